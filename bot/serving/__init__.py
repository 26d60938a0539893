"""What keeps the bot running: threads, queue, health, logs, the way in and out."""
