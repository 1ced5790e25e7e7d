"""From amounts to whole units: controlled rounding that keeps every total people read."""
