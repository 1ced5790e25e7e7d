"""What moved between two finished runs in a few numbers per metric: what a plan's history says."""

from __future__ import annotations

from api.analysis.compare.build import extent_part, move_parts
from api.analysis.compare.comparison import Step, extent, moves, names_of
from api.analysis.compare.document import ExtentPart, TargetMove
from api.analysis.compare.frames import targets_of
from api.output.document import Amount
from scenarios.values.rational_array import decimal_text


class MetricSummary(ExtentPart):
    """How much moved of a metric."""

    total_before: Amount
    total_after: Amount
    largest: tuple[TargetMove, ...]
    """The furthest first."""


def summary(
    before: bytes, after: bytes, *, units: dict[str, str], most: int | None
) -> dict[str, MetricSummary]:
    """By metric what moved from one allocation.csv to another, at most so many moves of each, or all."""
    first, last = targets_of(before), targets_of(after)
    moved = moves(first, [Step((), last)])
    names = names_of(first).and_of(names_of(last))
    rows = moved.largest(len(moved.partner))
    found = {}
    for metric in moved.metrics():
        mine = moved.of(metric)
        found[metric] = MetricSummary(
            **extent_part(extent(moved, metric), units.get(metric, "")).model_dump(),
            total_before=decimal_text(moved.before[mine].sum()),
            total_after=decimal_text(moved.after[mine].sum()),
            largest=move_parts(moved, [row for row in rows if mine[row]][:most], names, explained=False),
        )
    return found
