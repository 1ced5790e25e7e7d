"""Mistakes and doubts in the input: their codes, their places, and how they are found in typed forms."""
