"""Incentives: what a plan would pay at target, at forecast and in expectation, beside its budget. Nothing is paid."""
