"""Lets chance act in servers with collections, and looks for what somebody sees who may not."""
