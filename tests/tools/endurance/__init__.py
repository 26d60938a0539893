"""What an index has to survive: scripts run as `python -m tests.tools.endurance.<name>`."""
