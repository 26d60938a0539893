"""What keeps the bot running: threads, queue, health, metrics, logs."""
