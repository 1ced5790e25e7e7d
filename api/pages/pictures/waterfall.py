"""A receipt as a waterfall: from the fair share to the target, one step per item."""

from collections.abc import Sequence
from typing import Any

from api.pages.pictures.scale import over, short

WIDTH = 760
_ROW, _LABEL, _RIGHT = 26, 250, 90
"""Height of a step, and room for its name and its amount, in the picture's units."""


def waterfall(steps: Sequence[tuple[str, float]], total: float) -> dict[str, Any]:
    """What the template draws: (name, amount) of each step, the first a level, the rest on top of it."""
    levels = [0.0]
    for _, amount in steps:
        levels.append(levels[-1] + amount)
    scale = over([*levels[1:], total, min(levels[1:], default=0) * 0.96], _LABEL, WIDTH - _RIGHT)
    rows = [
        {
            "name": name, "y": number * _ROW, "from": scale.at(min(before, after) if number else scale.low),
            "to": scale.at(max(before, after)), "amount": amount, "end": scale.at(after),
            "kind": "sum" if number == 0 else "up" if amount >= 0 else "down",
        }
        for number, ((name, amount), before, after) in enumerate(zip(steps, levels, levels[1:], strict=False))
    ]  # fmt: skip
    last = {"name": "Target", "y": len(rows) * _ROW, "from": scale.at(scale.low), "to": scale.at(total), "amount": total,
            "end": scale.at(total), "kind": "sum"}  # fmt: skip
    height = (len(rows) + 1) * _ROW + 20
    ticks = [(scale.at(tick), short(tick)) for tick in scale.ticks()]
    return {
        "rows": [*rows, last],
        "width": WIDTH,
        "height": height,
        "row": _ROW,
        "label": _LABEL,
        "ticks": ticks,
    }
