"""Totals on the way down: the nodes of the cascade, and managers' numbers."""
