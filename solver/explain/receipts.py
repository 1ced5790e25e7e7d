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
from rules.replan.rest import RestIndex
from scenarios.values.rational_array import Exact
from solver.engines.quadratic_program import Vector
from solver.model.matrices import distinct
from solver.model.program import NO_RULE, Program
from solver.optimise.elastic import ElasticSolution
from solver.optimise.even_spread import Spread

Index = NDArray[np.intp]

KINDS = ("fair share", "forced", "pull", "floor", "cap", "rounding", "published")
FAIR_SHARE, FORCED, PULL, FLOOR, CAP, ROUNDING, PUBLISHED = range(7)
_CENTS = 100
"""Parts of a unit in which items are counted."""
_BEYOND = 1e16
"""An amount whose cents no longer fit 64 bits: rows that all but depend on each other contribute more, and cancel."""
_OTHERS = ("fair share", "no fair share of its own", "nothing below zero", "rounding", "published target")


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
        """(items,) fair share or published, then forced, pull, floor, cap or rounding."""
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


def write_receipts(book: RuleBook, elastic: ElasticSolution, targets: Exact) -> Receipts:
    """The receipts of rounded `targets` (cells,), from the multipliers of the even spread."""
    program, spread, names = elastic.program, elastic.spread, _Names(book)
    layers = [_first(book, names)]
    # Cells without a fair share get no contributions, r being zero: what rules force upon them is an item of its
    # own.
    if elastic.zero_share.any():
        layers.append(_Layer(names.other("no fair share of its own"), FORCED, elastic.zero_share))
    layers += _contributions(program, spread.multipliers)
    pulled = np.asarray(sum(layer.change for layer in layers))
    # After those: what a rule fixed is the rest of the way, wherever those led.
    if (np.maximum(spread.raised_by, spread.lowered_by) != NO_RULE).any():
        layers.append(_without_choice(spread, pulled))
        pulled = pulled + layers[-1].change
    layers.append(_clip(program, names, pulled))
    return _joined(layers, names, targets)


def _first(book: RuleBook, names: _Names) -> _Layer:
    """What a receipt begins with: the fair share, or in a re-plan what was published, where something was."""
    frame, fair, published = book.frame, names.other("fair share"), names.other("published target")
    if not isinstance(frame, RestIndex) or frame.past is None:
        return _Layer(fair, FAIR_SHARE, frame.fair_shares.floats)
    known = frame.past.known[frame.cells_of_year]
    item, kind = np.where(known, published, fair), np.where(known, PUBLISHED, FAIR_SHARE)
    return _Layer(item, kind, frame.fair_shares.floats)


def _without_choice(spread: Spread, pulled: Vector) -> _Layer:
    """What a rule did to cells that it leaves no choice: it fixed them, whatever pulled them.

    All the way from what pulled them: a cap on that way would be taken off twice, once by the rule and once by
    the clip that follows.
    """
    change = spread.x - pulled
    rule = np.where(change > 0, spread.raised_by, spread.lowered_by)
    return _Layer(rule, PULL, np.where(rule != NO_RULE, change, 0.0))


def _contributions(program: Program, multipliers: Vector) -> list[_Layer]:
    """Per rule an item of r T Σ a y (cells,) over its rows, y their multipliers."""
    found = []
    # r T Σ a y, by rule: the terms of x = clip(r + r T Σ a y, floor, cap).
    strength = program.fair_share * program.scale
    owner = np.where(multipliers == 0, NO_RULE, program.row_rule(multipliers))
    for rule in distinct(owner[owner != NO_RULE]).tolist():
        mine = np.flatnonzero(owner == rule)
        contribution = strength * (sparse.csr_array(program.matrix[mine]).T @ multipliers[mine])
        found.append(_Layer(rule, PULL, contribution))
    return found


def _clip(program: Program, names: _Names, pulled: Vector) -> _Layer:
    """What the floor l or the cap u changes: clip(p, l, u) - p, where p is what came before."""
    below, above = pulled < program.lower, pulled > program.upper
    rule = np.where(below, program.bounds.lower_rule, program.bounds.upper_rule)
    bare = np.where(below, names.other("nothing below zero"), names.other("no fair share of its own"))
    kind = np.where(below, FLOOR, np.where(above & (rule == NO_RULE), FORCED, CAP))
    return _Layer(
        np.where(rule == NO_RULE, bare, rule), kind, np.clip(pulled, program.lower, program.upper) - pulled
    )


def _joined(layers: list[_Layer], names: _Names, targets: Exact) -> Receipts:
    """The receipts: item k of a cell is round(S_k) - round(S_{k-1}) in cents, S_k the sum of the first k layers."""
    cells, count = len(targets), len(layers)
    cents = np.empty((cells, count + 1), dtype=np.int64)
    running, last = np.zeros(cells), np.zeros(cells, dtype=np.int64)
    for step, layer in enumerate(layers):
        running = running + layer.change
        # A pull beyond any amount is listed with the one that takes it back.
        fits = np.abs(running) < _BEYOND
        now = np.where(fits, np.rint(np.where(fits, running, 0.0) * _CENTS), last).astype(np.int64)
        # Each item is the difference of two rounded totals: items rounded by themselves would leave cents
        # over.
        cents[:, step], last = now - last, now
    # The last item closes the sum exactly, so that every receipt adds up whatever floats lost before it.
    rounding = targets - Exact(last, _CENTS)
    listed = np.empty((cells, count + 1), dtype=bool)
    np.not_equal(cents, 0, out=listed)
    # A receipt begins with the fair share, be it zero; other items that are nothing are left out.
    listed[:, 0], listed[:, -1] = True, rounding.numerators != 0
    cell, number = np.nonzero(listed)
    amounts = Exact.join([Exact(cents[:, :-1].ravel(), _CENTS), rounding])
    # Amounts stand cell by cell, and the roundings of all cells after them.
    place = np.where(number < count, cell * count + number, cells * count + cell)
    item, kind = np.empty(len(cell), dtype=np.intp), np.empty(len(cell), dtype=np.intp)
    for step, layer in enumerate([*layers, _Layer(names.other("rounding"), ROUNDING, running)]):
        mine = number == step
        item[mine], kind[mine] = _at(layer.item, cell[mine]), _at(layer.kind, cell[mine])
    return Receipts(cell, item, kind, amounts[place], names.all)


def _at(value: Index | int, cell: Index) -> Index | int:
    return value if isinstance(value, int) else value[cell]
