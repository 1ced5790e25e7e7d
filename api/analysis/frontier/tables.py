"""A frontier as a table: a row per share given up, that without the goal last; stretch as a fraction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from api.analysis.frontier.document import FrontierDocument
from api.output.result_parts import FIVE
from api.output.sheets import Sheet, sheet

_NUMBERS = ("best", "kept", "reached", "unevenness", "typical_stretch")


def frontier_sheet(frontier: FrontierDocument) -> Sheet:
    """The rows."""
    points = (*frontier.points, frontier.without)
    columns: dict[str, Sequence[Any]] = {
        "give_up": [_share(point.give_up) for point in points],
        "state": [point.state for point in points],
        **{name: [getattr(point, name) for point in points] for name in _NUMBERS},
    }
    for metric in dict.fromkeys(metric for point in points for metric in point.stretch):
        for name in FIVE:
            columns[f"{metric} stretch {name}"] = [
                getattr(point.stretch[metric], name) if metric in point.stretch else None for point in points
            ]
    columns["partners_moved"] = [point.partners_moved for point in points]
    columns["reason"] = [point.reason or "" for point in points]
    return sheet("Frontier", columns)


def _share(text: str | None) -> float | None:
    """The share given up as a fraction."""
    return None if text is None else float(text.removesuffix("%")) / 100
