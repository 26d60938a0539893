"""For programs: the same answers as JSON, over HTTP on this machine, and as tools of an agent."""
