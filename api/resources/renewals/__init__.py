"""Renewals: the next period's scenario, made from a plan and what was done."""
