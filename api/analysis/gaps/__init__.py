"""Gaps: what each partner lacks for the nearest tier above its own, and whether its target carries it there."""
