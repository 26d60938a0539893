"""`python -m index`: its commands."""
