"""The frontier of a goal: what it reaches against how far targets lie from their fair shares."""

from typing import Any

from api.analysis.frontier.chart import spots_of
from api.analysis.frontier.document import FrontierDocument
from api.pages.pictures.scale import over, short, short_percent

WIDTH, HEIGHT = 760, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 30, 24, 44
"""Room for the axes, in the picture's units."""


def frontier_picture(found: FrontierDocument) -> dict[str, Any] | None:
    """What the template draws: a line through all points with targets, left to right; None with fewer than two."""
    spots = sorted(spots_of(found), key=lambda spot: spot.stretch)
    if len(spots) < 2:
        return None
    x = over([spot.stretch for spot in spots], _LEFT, WIDTH - _RIGHT)
    y = over([spot.value for spot in spots], HEIGHT - _BOTTOM, _TOP)
    drawn = [
        {"x": x.at(spot.stretch), "y": y.at(spot.value), "label": spot.label, "with_goal": spot.with_goal}
        for spot in spots
    ]
    value = short_percent if found.in_percent else short
    return {
        "width": WIDTH, "height": HEIGHT,
        "left": _LEFT, "right": WIDTH - _RIGHT, "top": _TOP, "bottom": HEIGHT - _BOTTOM,
        "x_ticks": [(x.at(tick), short_percent(tick, sign=False)) for tick in x.ticks()],
        "y_ticks": [(y.at(tick), value(tick)) for tick in y.ticks()],
        "spots": drawn, "path": "M" + "L".join(f"{spot['x']} {spot['y']}" for spot in drawn),
    }  # fmt: skip
