"""What keeps a process that reads what strangers wrote from everything else."""
