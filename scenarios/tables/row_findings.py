"""The same mistake in many rows: the first are named one by one, the rest are counted."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from scenarios.findings.finding import Finding

MAX_NAMED = 20
"""How many rows are named; a planner mends the export, not row after row."""


def row_findings(rows: Sequence[int], make: Callable[[int], Finding]) -> tuple[Finding, ...]:
    """A finding for each of the first rows; the last one says how many more there are."""
    named = [make(row) for row in rows[:MAX_NAMED]]
    if left := len(rows) - len(named):
        more = f"{named[-1].message}; so are {left:,} more cells of this column"
        named[-1] = replace(named[-1], message=more)
    return tuple(named)
