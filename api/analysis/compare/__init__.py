"""Runs side by side: what differs, what moved, and which change moved it."""
