"""A standing: which parts are over, then per metric a line for every node, and how many partners are in each state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from api.analysis.forecast.document import ForecastNode
from api.analysis.standing.document import StandingAmounts, StandingDocument, StandingNode
from api.output.findings import finding_lines
from api.output.numbers import amount, counted, decimals_of, percent, places_of_parts
from api.output.text_layout import aligned, bold, cut, width
from api.text.objectives import objective_lines
from api.text.parts import over_text
from solver.tracking.standing import State

_HEAD = ("", "target", "done", "attained", "pace", "needed", "")
STATES: dict[State, str] = {
    "met": "met",
    "ahead": "ahead",
    "on_track": "on track",
    "behind": "behind",
    "off_track": "off track",
    "missed": "missed",
    "not_due": "not due",
}
"""How states are called, best first."""
_SHORTEST_NAME = 12
"""Columns of a terminal that a node's name may take at least; it is cut to so many where a line is too long."""


def standing_lines(
    document: StandingDocument, *, metrics: Sequence[str] = (), columns: int | None = None
) -> Iterator[str]:
    """The lines to print, of some metrics or all; names are cut so that lines fit into so many columns."""
    yield bold(
        f"{document.title or document.scenario}, {document.as_of:%Y-%m-%d}: {over_text(document.parts)}"
    )
    for metric in metrics or document.units:
        yield ""
        yield from _metric(document, metric, columns)
    for objective in document.objectives:
        yield ""
        yield from objective_lines(objective, columns)
    if document.findings:
        yield ""
        yield from finding_lines(document.findings, 20)


def _metric(document: StandingDocument, metric: str, columns: int | None) -> Iterator[str]:
    unit = document.units[metric]
    yield bold(f"{metric}, {unit.unit}" if unit.unit != metric else metric)
    targets = (node.metrics[metric].target for node in document.nodes)
    decimals = places_of_parts(targets, decimals_of(unit.round_to))
    rows = [
        (node_label(document.levels, node), *_cells(node.metrics[metric], decimals))
        for node in document.nodes
    ]
    yield from aligned([_HEAD, *fitting(_HEAD, rows, columns)], right=range(1, 6))
    if not rows:
        yield "  no one is in these states"
    others = next((node.metrics[metric].unassigned for node in document.nodes if not node.path), "0")
    if float(others):
        yield f"  {amount(others)} of what was done is of no partner of the plan"
    counts = document.states[metric]
    listed = [f"{counts[state]:,} {word}" for state, word in STATES.items() if counts.get(state)]
    yield f"  {counted(sum(counts.values()), 'partner')}: {', '.join(listed)}"


def node_label(levels: Sequence[str], node: StandingNode | ForecastNode) -> str:
    """The node under the one above it; a partner with its name and tier."""
    own = node.path[-1] if node.path else f"{levels[0]} ({counted(node.partners, 'partner')})"
    who = " ".join(filter(None, (own, node.name, node.tier)))
    return f"{'  ' * levels.index(node.level)}{who}"


def fitting(
    head: Sequence[str], rows: Sequence[tuple[str, ...]], columns: int | None
) -> list[tuple[str, ...]]:
    """The rows, with names cut to what the other cells leave of a line."""
    if columns is None or not rows:
        return list(rows)
    table = [head, *rows]
    taken = sum(2 + max(width(row[at]) for row in table) for at in range(1, len(head)))
    room = max(_SHORTEST_NAME, columns - 2 - taken)
    return [(cut(row[0], room), *row[1:]) for row in rows]


def _cells(each: StandingAmounts, decimals: int) -> tuple[str, ...]:
    return (
        amount(each.target, decimals=decimals),
        amount(each.done, decimals=decimals),
        _ratio(each.attainment),
        _ratio(each.pace),
        _ratio(each.required_pace),
        STATES.get(each.state, each.state),
    )


def _ratio(ratio: str | None) -> str:
    return "-" if ratio is None else percent(ratio, sign=False)
