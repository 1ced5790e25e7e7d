"""A standing as tables: a row for each node and metric, and a row for each state."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from api.analysis.standing.document import StandingAmounts, StandingDocument
from api.output.sheets import Sheet, sheet

AMOUNTS = (
    "target", "done", "expected", "unassigned", "attainment", "pace", "at_this_pace", "rest", "required_pace",
)  # fmt: skip
"""The numbers of a row."""


def standing_sheet(document: StandingDocument) -> Sheet:
    """Every node listed, metric by metric."""
    rows = [(node, metric, found) for node in document.nodes for metric, found in node.metrics.items()]
    columns: dict[str, Sequence[str] | Sequence[float | None]] = {
        "level": [node.level for node, _, _ in rows],
        "path": [" / ".join(node.path) for node, _, _ in rows],
        "partners": [float(node.partners) for node, _, _ in rows],
        "metric": [metric for _, metric, _ in rows],
    }
    columns |= {name: [_number(name)(found) for _, _, found in rows] for name in AMOUNTS}
    return sheet("Standing", {**columns, "state": [found.state for _, _, found in rows]})


def states_sheet(document: StandingDocument) -> Sheet:
    """How many partners are in each state."""
    rows = [
        (metric, state, count) for metric, found in document.states.items() for state, count in found.items()
    ]
    return sheet("States", {
        "metric": [metric for metric, _, _ in rows],
        "state": [state for _, state, _ in rows],
        "partners": [float(count) for _, _, count in rows],
    })  # fmt: skip


def _number(name: str) -> Callable[[StandingAmounts], float | None]:
    def of(found: StandingAmounts) -> float | None:
        text = getattr(found, name)
        return None if text is None else float(text)

    return of
