"""Levels: an allocation rolled up from the partners to the company, each level with its padded number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from rules import CellIndex
from scenarios.values.rational_array import Exact
from solver.allocation import Allocation
from solver.cascade.level import COMPANY, PARTNER, Level, levels_of
from solver.cascade.over_assignment import Part, pad
from solver.engines.quadratic_program import Vector
from solver.whole_period import whole_period

__all__ = [
    "COMPANY",
    "PARTNER",
    "Layer",
    "Level",
    "Levels",
    "Sums",
    "assigned_to_partners",
    "levels_of",
    "of_partners",
    "over_periods",
    "roll_up",
]

Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

_DECIMALS = 9
"""Digits after the point to which floats of the even spread become fractions, so that nodes add up
exactly."""
_AS_FLOAT = 10**9
"""In the metric's unit: below it an amount times ten to the power of nine fits 64 bits. Larger ones become
fractions one by one, which is slower."""


@dataclass(frozen=True, eq=False)
class Sums:
    """What the partners of each node come to; (blocks · nodes,) each, a block for every metric and period."""

    baseline: Exact
    """What they did before; gaps as their policy fills them."""
    fair_share: Exact
    """Their fair shares."""
    floor: Exact
    """Their floors."""
    cap: Exact
    """The caps of those that have one."""
    endless: Exact
    """How many have no cap, each by its share."""
    base: Exact
    """Their targets."""

    def credited(self, level: Level) -> Sums:
        """The sums of the level's entries, from those of partners."""
        return Sums(**{name: level.credited(amounts) for name, amounts in vars(self).items()})

    def by(self, group: Index, groups: int) -> Sums:
        """The sums of groups of nodes; `group` tells for each of these amounts whose it is."""
        return Sums(**{name: amounts.sum_by(group, groups) for name, amounts in vars(self).items()})


@dataclass(frozen=True, eq=False)
class Layer:
    """A level with its amounts."""

    level: Level
    sums: Sums
    """What its nodes come to."""
    assigned: Exact
    """(blocks · nodes,) the base with the padding of the level."""


@dataclass(frozen=True, eq=False)
class Levels:
    """Every level of an allocation, from the company down to the partners."""

    allocation: Allocation
    layers: tuple[Layer, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The levels' names, from the company down."""
        return tuple(layer.level.name for layer in self.layers)

    def layer(self, name: str) -> Layer:
        """The layer of a level. Raises KeyError for an unknown name."""
        for layer in self.layers:
            if layer.level.name == name:
                return layer
        raise KeyError(name)


def roll_up(allocation: Allocation) -> Levels:
    """The levels of an allocation that has targets; all amounts are exact sums of those one level down.

    Fair shares, floors and caps are summed to nine decimals.
    """
    allocation = whole_period(allocation)
    frame, over_assign = allocation.frame, allocation.scenario.over_assign
    blocks = len(frame.metrics) * frame.parts
    levels = levels_of(frame.columns, allocation.scenario.cascade)
    sums = [of_partners(allocation).credited(levels[-1])]
    for level, above in zip(levels[:0:-1], levels[-2::-1], strict=True):
        sums.insert(0, sums[0].by(level.above(blocks, len(above)), blocks * len(above)))
    bases = [each.base for each in sums]
    assigned = [
        _assigned(frame, levels[: depth + 1], bases, over_assign.get(level.name, Fraction(0)))
        for depth, level in enumerate(levels)
    ]
    return Levels(allocation, tuple(map(Layer, levels, sums, assigned)))


def assigned_to_partners(allocation: Allocation) -> Exact:
    """(cells,) the padded number of each partner."""
    layer, frame = roll_up(allocation).layer(PARTNER), allocation.frame
    if layer.level.partner is None:
        return layer.assigned
    blocks = np.arange(len(layer.assigned) // len(layer.level), dtype=np.intp)
    cell = (blocks[:, None] * frame.partners + layer.level.partner).ravel()
    return layer.assigned.sum_by(cell, len(blocks) * frame.partners)


def over_periods(frame: CellIndex, amounts: Exact, nodes: int) -> Exact:
    """(metrics · nodes,) the amounts (blocks · nodes,) of a level, all periods together."""
    entry = np.arange(len(amounts), dtype=np.intp)
    metric = entry // (nodes * frame.parts)
    return amounts.sum_by(metric * nodes + entry % nodes, len(frame.metrics) * nodes)


def of_partners(allocation: Allocation) -> Sums:
    """The amounts of the partners themselves."""
    frame = allocation.frame
    views = [frame.within(period) for period in frame.periods] or [frame]
    # Infinite caps are counted, not added: one of them would make every cap above it infinite.
    endless = np.isinf(allocation.cap)
    return Sums(
        baseline=Exact.join([view.baseline(metric) for metric in frame.metrics for view in views]),
        fair_share=_exactly(allocation.fair_share),
        floor=_exactly(allocation.floor),
        cap=_exactly(np.where(endless, 0.0, allocation.cap)),
        endless=Exact(endless.astype(np.int64), 1),
        base=allocation.target,
    )


def _exactly(values: Vector) -> Exact:
    """(n,) the numbers to nine decimals."""
    if np.abs(values).max(initial=0.0) < _AS_FLOAT:
        return Exact(np.rint(values * 10**_DECIMALS).astype(np.int64), 10**_DECIMALS)
    return Exact.of([Fraction(round(Decimal(value), _DECIMALS)) for value in values.tolist()])


def _assigned(
    frame: CellIndex, levels: Sequence[Level], bases: Sequence[Exact], over_assigned: Fraction
) -> Exact:
    """(blocks · nodes,) base + over-assignment of the last of these levels; whole units fall from the metric downwards."""
    base = bases[len(levels) - 1]
    if not over_assigned:
        return base
    units = [metric.round_to for metric in frame.metrics.values()]
    blocks = len(units) * frame.parts
    metric = np.arange(blocks, dtype=np.intp) // frame.parts
    parts = [Part(bases[0], metric)] + [
        Part(amounts, level.above(blocks, len(above)))
        for above, level, amounts in zip(levels, levels[1:], bases[1:], strict=False)
    ]
    added = pad(
        bases[0].sum_by(metric, len(units)), parts, Exact.of([over_assigned / unit for unit in units])
    )
    each = np.repeat(np.arange(len(units)), frame.parts * len(levels[-1]))
    return (base + added * Exact.of(units)[each]).reduced()
