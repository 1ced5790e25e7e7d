"""Stretch by group: least, quartiles, median and most of each, on one scale with a line at zero."""

from collections.abc import Mapping
from typing import Any

from api.pages.pictures.scale import over, short_percent

WIDTH = 760
_ROW, _LABEL, _RIGHT = 24, 210, 16
"""Height of a group, and room for its name, in the picture's units."""
TIERS = ("diamond", "platinum", "gold", "silver", "bronze", "registered", "member")
"""Usual tiers from the highest down; groups of other names stand by their number of partners."""


def stretch(spread: Mapping[str, Any]) -> dict[str, Any]:
    """What the template draws of one metric's spread."""
    found = [("", "All partners", spread["all"])]
    for by, groups in spread["by"].items():
        found += [(by, name, five) for name, five in sorted(groups.items(), key=_rank)]
    known = [(by, name, five) for by, name, five in found if five["median"] is not None]
    values = [float(five[key]) for _, _, five in known for key in ("least", "most")]
    scale = over([*values, 0.0], _LABEL, WIDTH - _RIGHT)
    rows = [
        {
            "by": by, "name": name, "y": number * _ROW, "partners": five["partners"], "five": five,
            **{key: scale.at(float(five[key])) for key in ("least", "lower_quartile", "median", "upper_quartile", "most")},
        }
        for number, (by, name, five) in enumerate(known)
    ]  # fmt: skip
    ticks = [(scale.at(tick), short_percent(tick)) for tick in scale.ticks()]
    return {
        "rows": rows, "width": WIDTH, "height": len(rows) * _ROW + 22, "row": _ROW, "label": _LABEL,
        "ticks": ticks, "zero": scale.at(0.0),
    }  # fmt: skip


def _rank(group: tuple[str, Mapping[str, Any]]) -> tuple[int, int]:
    name, five = group
    tier = name.lower()
    return (TIERS.index(tier) if tier in TIERS else len(TIERS), -int(five["partners"]))
