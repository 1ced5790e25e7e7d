"""Receipts: how each target was made, item by item; the items of a target add up to it exactly.

From the even spread's x = clip(r + r T Σ a y, floor, cap): the fair share r, then r T a y per rule, then what the
floor or cap changed, then rounding. Items are in cents, each the difference of two rounded running totals.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from rules import RuleBook
from scenarios.exact import Exact
from solver.elastic import Settlement
from solver.engines.problem import Vector
from solver.even import Spread
from solver.program import NOBODY, Program

FAIR_SHARE, PULL, FORCED, FLOOR, CAP, ROUNDING = "fair share", "pull", "forced", "floor", "cap", "rounding"
_CENTS = 100
_NO_SHARE = "no fair share of its own"


@dataclass(frozen=True, eq=False)
class Receipts:
    """Items in the order of cells, and within a cell in the order in which they add up."""

    cell: NDArray[np.intp]
    """(items,) the cell of each item."""
    item: NDArray[np.object_]
    """(items,) the rule's name, or what the item is."""
    kind: NDArray[np.object_]
    """(items,) fair share, pull, forced, floor, cap or rounding."""
    amount: Exact
    """(items,) in the metric's unit."""

    def of(self, cell: int) -> list[tuple[str, str, Fraction]]:
        """(item, kind, amount) of one cell."""
        mine = slice(*np.searchsorted(self.cell, [cell, cell + 1]))
        return list(zip(self.item[mine], self.kind[mine], self.amount[mine].tolist(), strict=True))


@dataclass(frozen=True, eq=False)
class _Layer:
    """One item for every cell."""

    item: NDArray[np.object_] | str
    kind: NDArray[np.object_] | str
    change: Vector
    """(cells,)"""


def write_receipts(book: RuleBook, settlement: Settlement, targets: Exact) -> Receipts:
    """The receipts of rounded `targets` (cells,), from the multipliers of the even spread."""
    program, spread = settlement.program, settlement.spread
    layers = [_Layer(FAIR_SHARE, FAIR_SHARE, book.frame.fair_shares.floats)]
    if settlement.granted.any():
        layers.append(_Layer(_NO_SHARE, FORCED, settlement.granted))
    layers += _pulls(book, program, spread.multipliers)
    pulled = np.asarray(sum(layer.change for layer in layers))
    if spread.forced.any():
        layers.append(_without_choice(book, program, spread, pulled))
        pulled = pulled + layers[-1].change
    layers.append(_clip(book, program, pulled))
    return _joined(layers, targets)


def _without_choice(book: RuleBook, program: Program, spread: Spread, pulled: Vector) -> _Layer:
    """What rows that only just hold did to their cells: they fixed them at a bound, whatever pulled them."""
    item = np.full(len(pulled), "", dtype=object)
    for row in np.flatnonzero(spread.forced).tolist():
        item[program.matrix[[row]].indices] = book.rules[program.tightest_rule(row)].name
    fixed = item != ""
    return _Layer(item, PULL, np.where(fixed, spread.x - np.clip(pulled, program.lower, program.upper), 0.0))


def _pulls(book: RuleBook, program: Program, multipliers: Vector) -> list[_Layer]:
    found = []
    strength = program.fair_share * program.scale
    owner = np.where(multipliers == 0, NOBODY, program.row_rule(multipliers))
    for rule in np.unique(owner[owner != NOBODY]).tolist():
        mine = np.flatnonzero(owner == rule)
        pull = strength * (sparse.csr_array(program.matrix[mine]).T @ multipliers[mine])
        found.append(_Layer(book.rules[rule].name, PULL, pull))
    return found


def _clip(book: RuleBook, program: Program, spread: Vector) -> _Layer:
    names = np.array([*(rule.name for rule in book.rules), "nothing below zero"], dtype=object)
    below, above = spread < program.lower, spread > program.upper
    rule = np.where(below, program.bounds.lower_rule, np.where(above, program.bounds.upper_rule, NOBODY))
    kind = np.where(below, FLOOR, CAP).astype(object)
    forced = above & (program.bounds.upper_rule == NOBODY)
    item = names[rule]
    item[forced], kind[forced] = _NO_SHARE, FORCED
    return _Layer(item, kind, np.clip(spread, program.lower, program.upper) - spread)


def _joined(layers: list[_Layer], targets: Exact) -> Receipts:
    cells = len(targets)
    running = np.cumsum(np.stack([layer.change for layer in layers], axis=1), axis=1)
    cents = np.rint(running * _CENTS).astype(np.int64)
    items = np.diff(cents, axis=1, prepend=0)
    rounding = targets - Exact(cents[:, -1], _CENTS)
    shown = np.ones((cells, len(layers) + 1), dtype=bool)
    shown[:, 1:-1] = items[:, 1:] != 0
    shown[:, -1] = rounding.numerators != 0
    cell, layer = np.nonzero(shown)
    names = np.stack([*(_column(la.item, cells) for la in layers), _column(ROUNDING, cells)], axis=1)
    kinds = np.stack([*(_column(la.kind, cells) for la in layers), _column(ROUNDING, cells)], axis=1)
    amounts = Exact.join([Exact(items.ravel(), _CENTS), rounding])
    order = np.concatenate([np.arange(items.size).reshape(items.shape), items.size + np.arange(cells)[:, None]], axis=1)
    return Receipts(cell, names[shown], kinds[shown], amounts[order[shown]])


def _column(value: NDArray[np.object_] | str, cells: int) -> NDArray[np.object_]:
    return np.full(cells, value, dtype=object) if isinstance(value, str) else value
