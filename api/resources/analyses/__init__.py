"""Analyses: what can be asked of scenarios, runs and rules, answered without leaving anything behind."""
