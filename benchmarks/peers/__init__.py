"""Peers: each a module whose `ready(folder)` prepares, untimed, and returns the work to be timed.

The work returns the unrounded targets (cells,). A peer is imported in a process of its own: highspy and ortools,
for one, cannot be loaded together.
"""
