"""Objectives: how far a plan's objectives are, and the check-ins of their key results."""
