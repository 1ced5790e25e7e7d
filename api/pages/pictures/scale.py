"""Scales of pictures: numbers to places, and the round numbers that axes name."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from api.pages.number_format import current


@dataclass(frozen=True)
class Scale:
    """From `low` to `high`, in proportion or by logarithms, to `start` to `end` in the picture."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """Where a value lies; values outside lie at the edge."""
        value = min(max(value, self.low), self.high)
        low, high, value = (
            map(math.log10, (self.low, self.high, value)) if self.log else (self.low, self.high, value)
        )
        part = 0.5 if high == low else (value - low) / (high - low)
        return round(self.start + part * (self.end - self.start), 2)

    def all_at(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """(values,) where they lie."""
        inside = np.clip(values, self.low, self.high)
        low, high, inside = (
            (np.log10(each) for each in (self.low, self.high, inside))
            if self.log
            else (self.low, self.high, inside)
        )
        return np.asarray(self.start + (inside - low) / ((high - low) or 1.0) * (self.end - self.start))

    def ticks(self) -> list[float]:
        """A handful of round numbers within."""
        return _log_ticks(self.low, self.high) if self.log else _round_ticks(self.low, self.high)


def over(
    values: Sequence[float] | NDArray[np.float64], start: float, end: float, *, log: bool = False
) -> Scale:
    """The scale that holds all values with a little room; by logarithms only the positive ones count."""
    array = np.asarray(values, dtype=float)
    kept = array[array > 0] if log else array
    low, high = (float(kept.min()), float(kept.max())) if len(kept) else (1.0, 1.0)
    if log:
        return Scale(low / 1.15, high * 1.15, start, end, log=True)
    room = (high - low or abs(high) or 1.0) * 0.05
    return Scale(low - room, high + room, start, end)


def _log_ticks(low: float, high: float) -> list[float]:
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (1,) if len(powers) > 4 else (1, 3) if len(powers) > 2 else (1, 2, 5)
    found = [step * 10.0**power for power in powers for step in steps if low <= step * 10.0**power <= high]
    return found if len(found) > 2 else _round_ticks(low, high)


def _round_ticks(low: float, high: float) -> list[float]:
    rough = (high - low) / 6 or 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    first = math.ceil(low / step)
    return [round(number * step, 12) for number in range(first, math.floor(high / step) + 1)]


def short(value: float) -> str:
    """1.5M, 20k, 300."""
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return _formatted(value / size) + letter
    return _formatted(value)


def _formatted(value: float) -> str:
    return current().write(f"{value:g}")


def short_percent(part: float, *, sign: bool = True) -> str:
    """+2.5 %, as exact as the steps of a scale."""
    return current().write(f"{part * 100:{'+' if sign else ''}.4g} %").replace("-", "−") if part else "0 %"
