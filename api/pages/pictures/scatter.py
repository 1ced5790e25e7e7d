"""A scatter of two amounts: a dot per partner that can be opened, or where there are too many, squares by their number."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api.pages.pictures.scale import Scale, over, short, short_percent

Floats = NDArray[np.float64]

WIDTH, HEIGHT = 760, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 12, 30, 44
"""Room for the axes, in the picture's units."""
MOST_DOTS = 3000
"""With more partners dots would hide each other and the page would grow heavy: squares count them instead."""
_SQUARE = 12
"""Size of a square, in the picture's units."""


@dataclass(frozen=True)
class Point:
    """One partner."""

    x: float
    y: float
    title: str
    href: str
    kind: str = ""


def scatter(points: Sequence[Point], x_title: str, y_title: str) -> dict[str, Any]:
    """What the template draws; points without both amounts are counted as `left_out`."""
    xs, ys = np.array([point.x for point in points]), np.array([point.y for point in points])
    if len(points) > MOST_DOTS:
        return density(xs, ys, x_title, y_title)
    picture, x, y = _frame(xs, ys, x_title, y_title)
    return {**picture, "dots": _dots([point for point in points if point.x > 0 and point.y > 0], x, y)}


def changes(points: Sequence[Point], x_title: str, y_title: str) -> dict[str, Any]:
    """The same of `y` as a part of `x`, up and down from a line at no change; points without an `x` are `left_out`.

    The furthest hundredth at either end lies at the edge, so that one large change does not flatten all others.
    """
    drawn = [point for point in points if point.x > 0]
    xs, ys = np.array([point.x for point in drawn]), np.array([point.y for point in drawn])
    x = over(xs, _LEFT, WIDTH - _RIGHT, log=True)
    y = over(np.append(_within(ys), 0.0), HEIGHT - _BOTTOM, _TOP)
    picture = _axes(x, x_title, y_title, [(y.at(tick), short_percent(tick)) for tick in y.ticks()])
    picture |= {
        "same": (x.start, y.at(0.0), x.end, y.at(0.0)), "shown": len(drawn), "left_out": len(points) - len(drawn),
    }  # fmt: skip
    if len(drawn) > MOST_DOTS:
        return {**picture, "squares": _squares(xs, ys, x, y)}
    return {**picture, "dots": _dots(drawn, x, y)}


def _within(ys: Floats) -> Floats:
    """(points,) all but the furthest hundredth at either end, which are drawn at the edge."""
    return np.clip(ys, *np.quantile(ys, (0.01, 0.99))) if len(ys) else ys


def _dots(points: Sequence[Point], x: Scale, y: Scale) -> list[dict[str, Any]]:
    return [
        {"x": x.at(p.x), "y": y.at(p.y), "title": p.title, "href": p.href, "kind": p.kind} for p in points
    ]


def density(xs: Floats, ys: Floats, x_title: str, y_title: str) -> dict[str, Any]:
    """The same as squares, each with the number of points in it; `xs` and `ys` are (points,)."""
    picture, x, y = _frame(xs, ys, x_title, y_title)
    drawn = (xs > 0) & (ys > 0)
    return {**picture, "squares": _squares(xs[drawn], ys[drawn], x, y)}


def _squares(xs: Floats, ys: Floats, x: Scale, y: Scale) -> list[dict[str, Any]]:
    """Squares with the number of the points in each."""
    columns, rows = (np.floor(x.all_at(xs) / _SQUARE), np.floor(y.all_at(ys) / _SQUARE))
    places, counts = np.unique(np.stack([columns, rows], axis=1).astype(int), axis=0, return_counts=True)
    most = math.log1p(counts.max()) if len(counts) else 1.0
    return [
        {"x": column * _SQUARE, "y": row * _SQUARE, "size": _SQUARE - 1, "count": count,
         "opacity": round(0.15 + 0.85 * math.log1p(count) / most, 2)}
        for (column, row), count in zip(places.tolist(), counts.tolist(), strict=True)
    ]  # fmt: skip


def _frame(xs: Floats, ys: Floats, x_title: str, y_title: str) -> tuple[dict[str, Any], Scale, Scale]:
    """The axes, and the scales along them."""
    drawn = (xs > 0) & (ys > 0)
    x = over(xs[drawn], _LEFT, WIDTH - _RIGHT, log=True)
    y = over(ys[drawn], HEIGHT - _BOTTOM, _TOP, log=True)
    count = int(drawn.sum())
    picture = _axes(x, x_title, y_title, [(y.at(tick), short(tick)) for tick in y.ticks()])
    return {**picture, "same": _same(x, y), "shown": count, "left_out": len(xs) - count}, x, y


def _axes(x: Scale, x_title: str, y_title: str, y_ticks: list[tuple[float, str]]) -> dict[str, Any]:
    return {
        "width": WIDTH, "height": HEIGHT, "x_title": x_title, "y_title": y_title,
        "left": _LEFT, "right": WIDTH - _RIGHT, "top": _TOP, "bottom": HEIGHT - _BOTTOM,
        "x_ticks": [(x.at(tick), short(tick)) for tick in x.ticks()], "y_ticks": y_ticks, "dots": [], "squares": [],
    }  # fmt: skip


def _same(x: Scale, y: Scale) -> tuple[float, float, float, float] | None:
    """The line on which both amounts are the same."""
    low, high = max(x.low, y.low), min(x.high, y.high)
    return (x.at(low), y.at(low), x.at(high), y.at(high)) if low < high else None
