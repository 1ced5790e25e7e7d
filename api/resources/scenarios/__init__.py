"""Scenarios and their versions."""
