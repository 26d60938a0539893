"""A stand-in for Discord on a loopback socket: what the bot uses of its REST API and gateway.

discord.py itself talks to it, so its retries, rate limits, heartbeats and resumes are the real
ones. Faults are put into queues, one queue a route.
"""
