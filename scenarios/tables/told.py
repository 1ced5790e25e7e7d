"""The same mistake in many rows: the first are named one by one, the rest are counted."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from scenarios.findings import Finding

MAX_SHOWN = 20
"""How many rows are named."""


def told(rows: Sequence[int], say: Callable[[int], Finding]) -> tuple[Finding, ...]:
    """A finding for each of the first rows; the last one tells how many more there are."""
    shown = [say(row) for row in rows[:MAX_SHOWN]]
    if left := len(rows) - len(shown):
        more = f"{shown[-1].message}; so are {left:,} more cells of this column"
        shown[-1] = replace(shown[-1], message=more)
    return tuple(shown)
