"""What an index has to survive: scripts with figures, run as `python -m tests.endurance.<name>`."""
