"""Child processes: limits, the fork server that solves start from, and the one pool of processes that work."""
