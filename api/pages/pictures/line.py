"""One target on a line: what was before, the fair share, how far it could go, and where it stands."""

from collections.abc import Mapping
from typing import Any

from api.pages.pictures.scale import over, short

WIDTH, HEIGHT = 760, 62
_LEFT, _RIGHT = 12, 24
_FURTHEST = 3
"""A limit further off than so many times the largest amount would push all else together: it lies at the edge."""
_MARKS = ("baseline", "fair_share", "target")


def line(target: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the template draws of a target's row; None where there is nothing beside the target to draw."""
    known = {
        name: float(target[name]) for name in (*_MARKS, "floor", "cap") if target.get(name) not in (None, "")
    }
    marks = {name: known[name] for name in _MARKS if name in known}
    if len(marks) < 2:
        return None
    most = _FURTHEST * max(marks.values())
    limits = [known[name] for name in ("floor", "cap") if name in known and known[name] <= most]
    scale = over([*marks.values(), *limits], _LEFT, WIDTH - _RIGHT)
    return {
        "width": WIDTH, "height": HEIGHT, "left": _LEFT, "right": WIDTH - _RIGHT,
        "marks": {name: scale.at(value) for name, value in marks.items()},
        "from": scale.at(known.get("floor", scale.low)), "to": scale.at(known.get("cap", scale.high)),
        "limited": "floor" in known,
        "ticks": [(scale.at(tick), short(tick)) for tick in scale.ticks()],
    }  # fmt: skip
