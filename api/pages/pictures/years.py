"""What was done year by year, and the target that comes after: one line from the past to what is asked."""

from collections.abc import Sequence
from typing import Any

from api.pages.pictures.scale import over

WIDTH, HEIGHT = 760, 170
_SIDE, _TOP, _BOTTOM = 60, 30, 136
"""Room beside the line, above its highest and below its lowest point, in the picture's units."""


def years(before: Sequence[tuple[str, float]], period: str, target: float) -> dict[str, Any] | None:
    """What the template draws: a point for each year and the target, from nothing up; None without earlier years."""
    if not before:
        return None
    amounts = [*(done for _, done in before), target]
    scale = over([0.0, *amounts], _BOTTOM, _TOP)
    step = (WIDTH - 2 * _SIDE) / (len(amounts) - 1)
    points = [
        {"name": name, "amount": amount, "x": round(_SIDE + number * step, 2), "y": scale.at(amount)}
        for number, (name, amount) in enumerate(
            zip((*(year for year, _ in before), period), amounts, strict=True)
        )
    ]
    return {
        "width": WIDTH, "height": HEIGHT, "left": _SIDE - 40, "right": WIDTH - _SIDE + 40, "zero": scale.at(0.0),
        "before": points[:-1], "target": points[-1], "path": "M" + "L".join(f"{each['x']} {each['y']}" for each in points),
    }  # fmt: skip
