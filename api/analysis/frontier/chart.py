"""The picture of a frontier: what the goal reaches against how far targets are from their fair shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from api.analysis.frontier.document import FrontierDocument

_INK, _SOFT, _QUIET = "#1c3d5a", "#9db8cf", "#5d7283"
_WIDTH, _HEIGHT = 560, 340
_AXIS: dict[str, Any] = {
    "gridColor": "#eef2f5",
    "domain": False,
    "tickColor": "#c6d2db",
    "labelColor": _QUIET,
    "titleColor": _QUIET,
    "titleFontWeight": "normal",
    "tickCount": 6,
}
_APART = (34, 15)
"""How many pixels labels need to stay apart, across and down."""


@dataclass(frozen=True)
class Spot:
    """A place in the picture where one or several points are."""

    stretch: float
    value: float
    label: str
    """Empty where there is no room for one."""
    with_goal: bool


def frontier_svg(frontier: FrontierDocument) -> str:
    """The SVG; nothing is loaded from anywhere. Raises ValueError where no point has targets."""
    import vl_convert

    spots = spots_of(frontier)
    if not spots:
        raise ValueError("there is no point to draw")
    chart = _chart(frontier, spots).properties(width=_WIDTH, height=_HEIGHT, title=_title(frontier, spots))
    drawn = chart.configure(font="sans-serif").configure_view(stroke=None).configure_axis(**_AXIS)
    return str(vl_convert.vegalite_to_svg(drawn.to_json()))


def _chart(frontier: FrontierDocument, spots: Sequence[Spot]) -> Any:
    """A line through all spots, a dot for each with the goal, a ring for the one without it, their labels."""
    import altair as alt

    more = frontier.more_is_better
    rows = [{"x": s.stretch, "y": s.value, "label": s.label, "goal": s.with_goal} for s in spots]
    scale = alt.Scale(zero=False, nice=True, padding=18)
    across = alt.Axis(format=".3~p", title="typical stretch, up or down (%): right is less even")
    up = alt.Axis(
        format=".3~p" if frontier.in_percent else ".4~s",
        title=frontier.measure + ("" if more else ", less is better"),
    )
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("x:Q", axis=across, scale=scale), y=alt.Y("y:Q", axis=up, scale=scale)
    )
    circle = base.transform_filter("!datum.goal")
    words: dict[str, Any] = {
        "align": "left",
        "baseline": "top" if more else "bottom",
        "dx": 7,
        "dy": 4 if more else -4,
    }
    return alt.layer(
        base.mark_line(color=_SOFT, strokeWidth=2).encode(order="x:Q"),
        base.transform_filter("datum.goal").mark_circle(color=_INK, size=55, opacity=1),
        circle.mark_point(color=_INK, size=90, fill="white", strokeWidth=2),
        base.mark_text(color=_INK, **words).encode(text="label:N"),
    )


def _title(frontier: FrontierDocument, spots: Sequence[Spot]) -> dict[str, object]:
    circle = "" if all(spot.with_goal for spot in spots) else "; the ring is the scenario without the goal"
    return {
        "text": frontier.title,
        "subtitle": f"Each point gives up so much of the goal's best{circle}.",
        "anchor": "start",
        "color": _INK,
        "subtitleColor": _QUIET,
        "offset": 14,
    }


def spots_of(frontier: FrontierDocument) -> list[Spot]:
    """The points with targets; those at one place together, with a label where there is room for one."""
    found: dict[tuple[float, float], list[str]] = {}
    for point in (*frontier.points, frontier.without):
        if point.typical_stretch is not None and point.reached is not None:
            place = (float(f"{point.typical_stretch:.6g}"), float(f"{point.reached:.6g}"))
            found.setdefault(place, []).append(point.give_up or "")
    places = list(found)
    roomy = _roomy(places)
    return [
        Spot(*place, _label(texts) if number in roomy else "", any(texts))
        for number, (place, texts) in enumerate(found.items())
    ]


def _label(texts: Sequence[str]) -> str:
    """The shares given up at one place, `2% to 10%`; a word where there is no goal."""
    shares = [text for text in texts if text]
    if not shares:
        return "without the goal"
    span = shares[0] if len(shares) == 1 else f"{shares[0]} to {shares[-1]}"
    return span if len(shares) == len(texts) else f"{span}, and without the goal"


def _roomy(places: Sequence[tuple[float, float]]) -> set[int]:
    """Which places can have a label: the first, the last, and whichever keep clear of those."""
    spans = [(max(axis) - min(axis)) or 1.0 for axis in zip(*places, strict=True)]
    scale = (_WIDTH / spans[0], _HEIGHT / spans[1]) if places else (1.0, 1.0)
    chosen: list[int] = []
    for number in (0, len(places) - 1, *range(1, len(places) - 1)):
        here = places[number]
        clear = all(
            any(abs(here[k] - places[other][k]) * scale[k] >= _APART[k] for k in (0, 1)) for other in chosen
        )
        if clear and number not in chosen:
            chosen.append(number)
    return set(chosen)
