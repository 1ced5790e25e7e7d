"""What a planner asks of an allocation first: the largest moves, and who stands at a floor or a cap."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from rules import Rows
from solver import Allocation, Effect


@dataclass(frozen=True)
class Move:
    """How far one partner's target is from what it did before; all periods together."""

    partner: str
    metric: str
    baseline: Fraction | None
    """None where none is stated."""
    target: Fraction

    @property
    def change(self) -> Fraction:
        """The move, from nothing where there is no baseline."""
        return self.target - (self.baseline or 0)

    @property
    def growth(self) -> Fraction | None:
        """The move as a part of the baseline; None without one."""
        return self.change / self.baseline if self.baseline else None


def largest_moves(allocation: Allocation, most: int = 10) -> list[Move]:
    """The moves that are the largest parts of their metric's company target, the largest first."""
    found = [move for metric in allocation.frame.metrics for move in _moves(allocation, metric, most)]
    totals = allocation.frame.totals
    return sorted(found, key=lambda move: -abs(move.change) / (totals[move.metric] or 1))[:most]


def _moves(allocation: Allocation, metric: str, most: int) -> list[Move]:
    frame = allocation.frame
    column = frame.metrics[metric].baseline
    if column is None:
        return []
    baseline = frame.baseline(metric)
    cells = frame.cells(metric)
    partner = np.tile(np.arange(frame.partners), len(cells))
    target = allocation.target[cells.ravel()].sum_by(partner, frame.partners)
    size = np.abs((target - baseline).floats())
    stated = ~frame.columns.empty(column)
    first = np.argsort(-np.where(stated, size, target.floats()), kind="stable")[:most]
    return [
        Move(frame.columns.ids[p], metric, baseline.at(p) if stated[p] else None, target.at(p))
        for p in first.tolist()
    ]


@dataclass(frozen=True)
class AtLimit:
    """How many targets or groups one rule holds with nothing to spare."""

    rule: str
    at_floor: int
    """Targets that cannot fall further."""
    at_cap: int
    """Targets that cannot rise further."""
    others: int
    """Groups of partners, or partners over several metrics."""


def at_limits(allocation: Allocation) -> list[AtLimit]:
    """Every rule that holds a target or a group, in the order of the book; company targets aside."""
    found = [
        _at_limit(allocation, effect, rows)
        for effect, rows in zip(allocation.effects, allocation.book.rows, strict=True)
        if effect.binding and effect.kind != "company_target"
    ]
    return [each for each in found if each.at_floor or each.at_cap or each.others]


def _at_limit(allocation: Allocation, effect: Effect, rows: Rows) -> AtLimit:
    one_target_each = bool((rows.partner >= 0).all()) and len(rows.cell) == len(rows)
    if not one_target_each:
        return AtLimit(effect.rule, 0, 0, effect.binding)
    if rows.upper is None:
        return AtLimit(effect.rule, effect.binding, 0, 0)
    if rows.lower is None:
        return AtLimit(effect.rule, 0, effect.binding, 0)
    at_floor, at_cap = (_clipped(allocation, effect.rule, kind) for kind in ("floor", "cap"))
    return AtLimit(effect.rule, at_floor, at_cap, 0)


def _clipped(allocation: Allocation, rule: str, kind: str) -> int:
    """The number of targets on whose receipt the rule stands as this kind."""
    receipts = allocation.receipts
    assert receipts is not None, "only an allocation with targets has receipts"
    return int(((receipts.kind == kind) & (receipts.item == rule)).sum())
