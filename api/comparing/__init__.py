"""Solving a scenario more than once: side by side, over a grid, under old and new rules."""
