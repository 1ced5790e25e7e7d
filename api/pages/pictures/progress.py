"""How far something is: what is done as a bar on what is asked in all, with a mark at what is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 760
_ROW, _LABEL, _RIGHT = 34, 150, 150
"""Height of a row, and room for its name and for its numbers, in the picture's units."""


@dataclass(frozen=True)
class Progress:
    """One metric, amounts in its unit."""

    name: str
    done: float
    due: float
    target: float


def progress(found: Sequence[Progress]) -> dict[str, Any]:
    """What the template draws; each row has a scale of its own, from nothing to its target or what is done."""
    rows = []
    for number, each in enumerate(found):
        full = max(each.target, each.done, each.due) or 1.0
        at = {
            name: round(_LABEL + max(0.0, amount) / full * (WIDTH - _LABEL - _RIGHT), 2)
            for name, amount in (("done", each.done), ("due", each.due), ("target", each.target))
        }
        rows.append({"name": each.name, "y": number * _ROW, "at": at, "amounts": vars(each)})
    return {
        "rows": rows,
        "width": WIDTH,
        "height": len(rows) * _ROW + 4,
        "left": _LABEL,
        "right": WIDTH - _RIGHT,
    }
