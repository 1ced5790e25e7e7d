"""The picture of growth: seconds over partners, both in powers of ten, as SVG."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, floor, log10

_WIDTH, _HEIGHT, _EDGE = 640, 360, 56
"""Pixels."""


def growth_picture(seconds: Mapping[int, float]) -> str:
    """SVG of partners to seconds of processor, with the line that grows as partners do beside it."""
    sizes = sorted(seconds)
    right, left = ceil(log10(sizes[-1])), floor(log10(sizes[0]))
    top, low = ceil(log10(max(seconds.values()))), floor(log10(min(seconds.values())))

    def at(size: float, cpu: float) -> tuple[float, float]:
        x = _EDGE + (log10(size) - left) / max(1, right - left) * (_WIDTH - 2 * _EDGE)
        y = _HEIGHT - _EDGE - (log10(cpu) - low) / max(1, top - low) * (_HEIGHT - 2 * _EDGE)
        return round(x, 1), round(y, 1)

    linear = [(sizes[0], seconds[sizes[0]]), (sizes[-1], seconds[sizes[0]] * sizes[-1] / sizes[0])]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        *(_text(*at(10**power, 10**low), f"{10**power:,}", below=True) for power in range(left, right + 1)),
        *(_text(*at(10**left, 10.0**power), f"{10.0**power:g} s") for power in range(low, top + 1)),
        _line([at(*point) for point in linear], "#bbbbbb"),
        _line([at(size, seconds[size]) for size in sizes], "#1f5fa8"),
        *(f'<circle cx="{x}" cy="{y}" r="4" fill="#1f5fa8"/>' for x, y in (at(s, seconds[s]) for s in sizes)),
        _text(_WIDTH / 2, _HEIGHT - 20, "partners, four metrics; grey: in proportion", below=True),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _line(points: list[tuple[float, float]], colour: str) -> str:
    path = " ".join(f"{x},{y}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'


def _text(x: float, y: float, words: str, *, below: bool = False) -> str:
    place = (
        f'x="{x}" y="{y + 18}" text-anchor="middle"'
        if below
        else f'x="{x - 8}" y="{y + 4}" text-anchor="end"'
    )
    return f'<text {place} fill="#444444">{words}</text>'
