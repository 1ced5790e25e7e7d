"""Numbers and words as people write them, read and formatted exactly."""
