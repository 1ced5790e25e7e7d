"""Ground: partners, metrics and a known point in whole units, from which the rules of a scenario are drawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor, log10
from typing import Any

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
RuleFields = dict[str, Any]

STYLES = ("plain", "wide", "equal", "zeros", "tiny", "huge", "mixed")
"""How amounts are spread over partners."""
GROUPS = ("region", "tier", "cluster", "flag")
"""Columns of groups that overlap."""
PLACES = 6
"""Decimals of a written amount."""


@dataclass(frozen=True)
class Measured:
    """A metric, and what is known of it."""

    name: str
    unit: Fraction
    """Its round_to."""
    last: list[Fraction]
    """(partners,) the baseline."""
    share: Floats
    """(partners,) fair shares of one, all partners together."""
    profile: Floats
    """(parts, partners) what part of the year falls to each."""
    point: Counts
    """(parts, partners) targets, in units, that keep every hard rule."""
    phasing: Any
    """As a scenario says it."""
    drivers: dict[str, str]
    """Columns of the fair share to their weights."""

    @property
    def total(self) -> Fraction:
        """What the point places."""
        return int(self.point.sum()) * self.unit


@dataclass
class Ground:
    """A scenario as it grows: rules add columns."""

    draw: np.random.Generator
    partners: int
    periods: tuple[str, ...]
    columns: dict[str, list[str]]
    """Name to text per partner, the id first."""
    metrics: list[Measured] = field(default_factory=list)

    def pick(self, values: Iterable[Any]) -> Any:
        """One of these."""
        listed = list(values)
        return listed[int(self.draw.integers(len(listed)))]

    def chance(self, part: float) -> bool:
        """True in this part of all cases."""
        return bool(self.draw.random() < part)

    def where(self, *, most: float = 0.6) -> tuple[RuleFields, Mask]:
        """Some group, or everybody, as a rule says it and as (partners,)."""
        everybody = np.ones(self.partners, dtype=bool)
        if not self.chance(most):
            return {}, everybody
        column = self.pick(GROUPS)
        cells = np.array(self.columns[column])
        names = sorted(set(cells.tolist()))
        chosen = [self.pick(names)] if self.chance(0.7) else names[: 1 + int(self.draw.integers(len(names)))]
        mask = np.isin(cells, chosen)
        if self.chance(0.1) and not mask.all():
            return {"where": {"not": {column: chosen}}}, ~mask
        return {"where": {column: chosen if len(chosen) > 1 else chosen[0]}}, mask

    def when(self) -> tuple[RuleFields, list[int] | None]:
        """The whole period, each part or one; as a rule says it and as the parts (None: the whole)."""
        if not self.periods or self.chance(0.5):
            return {}, None
        if self.chance(0.5):
            return {"period": "each"}, list(range(len(self.periods)))
        part = int(self.draw.integers(len(self.periods)))
        return {"period": self.periods[part]}, [part]

    def column(self, name: str, values: Iterable[Fraction | int], *, up: bool | None = None) -> str:
        """Adds a column of amounts, rounded up or down to what can be written; returns its name."""
        while name in self.columns:
            name += "x"
        self.columns[name] = [text(Fraction(value), up=up) for value in values]
        return name

    def slack(self, counts: Counts) -> Counts:
        """(partners,) how far a limit stands from the point, in units; for most not at all."""
        more = self.draw.integers(0, 2 + counts // 3)
        return np.where(self.draw.random(len(counts)) < self.pick([0, 0.5, 1]), more, 0)


def text(amount: Fraction, *, up: bool | None = None) -> str:
    """The amount with as many decimals as it needs, six at most; beyond, rounded up, down or to the nearest.

    What is rounded up or down has no more than fifteen digits: tables of numbers are read as floats, which would turn
    more of them to the other side.
    """
    unit = 1 if up is None else 10 ** max(0, len(str(int(abs(amount)))) + PLACES - 15)
    scaled = amount * 10**PLACES / unit
    whole = (round(scaled) if up is None else ceil(scaled) if up else floor(scaled)) * unit
    sign, (units, rest) = "-" if whole < 0 else "", divmod(abs(whole), 10**PLACES)
    return f"{sign}{units}.{rest:0{PLACES}d}".rstrip("0").rstrip(".")


def percent(share: float, *, up: bool) -> str:
    """A share as a percentage of four decimals, rounded outwards by more than floats can err."""
    outward = share + (1 if up else -1) * (1e-9 + 1e-7 * abs(share))
    whole = ceil(outward * 1e6) if up else floor(outward * 1e6)
    whole = max(0, whole) if share >= 0 else whole
    return f"{text(Fraction(whole, 10**4))}%"


def amounts(style: str, draw: np.random.Generator, count: int) -> Floats:
    """(partners,) what partners did before."""
    spread = draw.lognormal(0, 1, count)
    if style == "wide":
        return np.asarray(1000 * draw.lognormal(0, 3, count))
    if style == "equal":
        return np.full(count, 100.0 * draw.integers(1, 100))
    if style == "zeros":
        return np.where(draw.random(count) < draw.choice([0.3, 0.7, 0.95]), 0.0, 1000 * spread)
    if style == "tiny":
        return np.asarray(0.05 * spread / spread.sum())
    if style == "huge":
        return np.asarray(10.0 ** draw.integers(7, 11) * spread)
    if style == "mixed":
        return np.asarray(10.0 ** draw.uniform(-2, 9, count))
    return np.asarray(1000 * spread)


def unit_for(values: Floats, draw: np.random.Generator) -> Fraction:
    """A round_to between a thousandth of a usual amount and three times it."""
    usual = float(np.median(values[values > 0])) if (values > 0).any() else 1.0
    return Fraction(10) ** int(np.clip(floor(log10(usual)) + draw.integers(-3, 2), -PLACES, 9))


def in_parts(counts: Counts, parts: int, draw: np.random.Generator) -> Counts:
    """(parts, partners) whole numbers that add up to the counts."""
    shares = draw.dirichlet(np.full(parts, 6.0), len(counts)).T
    split = np.floor(counts * shares).astype(np.int64)
    left = counts - split.sum(axis=0)
    split[int(draw.integers(parts))] += left
    return split
