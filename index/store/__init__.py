"""Generations on disk: what a build writes and what answering reads."""
