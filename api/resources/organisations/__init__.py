"""Organisations: each sees its own alone."""
