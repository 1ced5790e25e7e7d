"""Targets in the forms that other programs take in."""
