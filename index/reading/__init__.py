"""Files on disk to documents: found, read in a process of their own, watched."""
