"""Incentives: what a plan would pay."""
