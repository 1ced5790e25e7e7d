"""Changing the user's own files: what is there stays as it was written, comments and order too."""
