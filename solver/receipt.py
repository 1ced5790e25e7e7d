"""Receipts: how each target was made, item by item; the items of a target add up to it exactly.

From the even spread's x = clip(r + r T Σ a y, floor, cap): the fair share r, then r T a y per rule, then what the
floor or cap changed, then rounding. Items are in cents, each the difference of two rounded running totals.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from rules import RuleBook
from scenarios.exact import Exact
from solver.elastic import Settlement
from solver.engines.problem import Vector
from solver.even import Spread
from solver.program import NOBODY, Program

Index = NDArray[np.intp]

KINDS = ("fair share", "forced", "pull", "floor", "cap", "rounding")
FAIR_SHARE, FORCED, PULL, FLOOR, CAP, ROUNDING = range(6)
_CENTS = 100
_OTHERS = ("fair share", "no fair share of its own", "nothing below zero", "rounding")


@dataclass(frozen=True, eq=False)
class Receipts:
    """Items in the order of cells, and within a cell in the order in which they add up."""

    cell: Index
    """(items,) the cell of each item."""
    item_code: Index
    """(items,) the number of each item's name."""
    kind_code: Index
    """(items,) the number of each item's kind among KINDS."""
    amount: Exact
    """(items,) in the metric's unit."""
    names: tuple[str, ...]
    """What items are called: the rules, then what is no rule."""

    @cached_property
    def item(self) -> NDArray[np.object_]:
        """(items,) the rule's name, or what the item is."""
        return np.array(self.names, dtype=object)[self.item_code]

    @cached_property
    def kind(self) -> NDArray[np.object_]:
        """(items,) fair share, forced, pull, floor, cap or rounding."""
        return np.array(KINDS, dtype=object)[self.kind_code]

    def of(self, cell: int) -> list[tuple[str, str, Fraction]]:
        """(item, kind, amount) of one cell."""
        mine = slice(*np.searchsorted(self.cell, [cell, cell + 1]))
        kinds = [KINDS[code] for code in self.kind_code[mine].tolist()]
        names = [self.names[code] for code in self.item_code[mine].tolist()]
        return list(zip(names, kinds, self.amount[mine].tolist(), strict=True))


@dataclass(frozen=True, eq=False)
class _Layer:
    """One item for every cell."""

    item: Index | int
    """(cells,) or the same for all: the number of its name."""
    kind: Index | int
    """(cells,) or the same for all: the number of its kind."""
    change: Vector
    """(cells,)"""


class _Names:
    """The numbers of names: rules by their place in the book, then what is no rule."""

    def __init__(self, book: RuleBook) -> None:
        self.all = (*(rule.name for rule in book.rules), *_OTHERS)
        self.first = len(book.rules)

    def other(self, name: str) -> int:
        return self.first + _OTHERS.index(name)


def write_receipts(book: RuleBook, settlement: Settlement, targets: Exact) -> Receipts:
    """The receipts of rounded `targets` (cells,), from the multipliers of the even spread."""
    program, spread, names = settlement.program, settlement.spread, _Names(book)
    layers = [_Layer(names.other("fair share"), FAIR_SHARE, book.frame.fair_shares.floats)]
    if settlement.granted.any():
        layers.append(_Layer(names.other("no fair share of its own"), FORCED, settlement.granted))
    layers += _pulls(program, spread.multipliers)
    pulled = np.asarray(sum(layer.change for layer in layers))
    if spread.forced.any():
        layers.append(_without_choice(program, spread, pulled))
        pulled = pulled + layers[-1].change
    layers.append(_clip(program, names, pulled))
    return _joined(layers, names, targets)


def _without_choice(program: Program, spread: Spread, pulled: Vector) -> _Layer:
    """What rows that only just hold did to their cells: they fixed them at a bound, whatever pulled them."""
    rule = np.full(len(pulled), NOBODY, dtype=np.intp)
    for row in np.flatnonzero(spread.forced).tolist():
        rule[program.matrix[[row]].indices] = program.tightest_rule(row)
    change = spread.x - np.clip(pulled, program.lower, program.upper)
    return _Layer(rule, PULL, np.where(rule != NOBODY, change, 0.0))


def _pulls(program: Program, multipliers: Vector) -> list[_Layer]:
    found = []
    strength = program.fair_share * program.scale
    owner = np.where(multipliers == 0, NOBODY, program.row_rule(multipliers))
    for rule in np.unique(owner[owner != NOBODY]).tolist():
        mine = np.flatnonzero(owner == rule)
        pull = strength * (sparse.csr_array(program.matrix[mine]).T @ multipliers[mine])
        found.append(_Layer(rule, PULL, pull))
    return found


def _clip(program: Program, names: _Names, pulled: Vector) -> _Layer:
    below, above = pulled < program.lower, pulled > program.upper
    rule = np.where(below, program.bounds.lower_rule, program.bounds.upper_rule)
    bare = np.where(below, names.other("nothing below zero"), names.other("no fair share of its own"))
    kind = np.where(below, FLOOR, np.where(above & (rule == NOBODY), FORCED, CAP))
    return _Layer(
        np.where(rule == NOBODY, bare, rule), kind, np.clip(pulled, program.lower, program.upper) - pulled
    )


def _joined(layers: list[_Layer], names: _Names, targets: Exact) -> Receipts:
    cells, count = len(targets), len(layers)
    cents = np.empty((cells, count + 1), dtype=np.int64)
    running, last = np.zeros(cells), np.zeros(cells, dtype=np.int64)
    for step, layer in enumerate(layers):
        running = running + layer.change
        now = np.rint(running * _CENTS).astype(np.int64)
        cents[:, step], last = now - last, now
    rounding = targets - Exact(last, _CENTS)
    shown = np.empty((cells, count + 1), dtype=bool)
    np.not_equal(cents, 0, out=shown)
    shown[:, 0], shown[:, -1] = True, rounding.numerators != 0
    cell, number = np.nonzero(shown)
    amounts = Exact.join([Exact(cents[:, :-1].ravel(), _CENTS), rounding])
    place = np.where(number < count, cell * count + number, cells * count + cell)
    item, kind = np.empty(len(cell), dtype=np.intp), np.empty(len(cell), dtype=np.intp)
    for step, layer in enumerate([*layers, _Layer(names.other("rounding"), ROUNDING, running)]):
        mine = number == step
        item[mine], kind[mine] = _at(layer.item, cell[mine]), _at(layer.kind, cell[mine])
    return Receipts(cell, item, kind, amounts[place], names.all)


def _at(value: Index | int, cell: Index) -> Index | int:
    return value if isinstance(value, int) else value[cell]
