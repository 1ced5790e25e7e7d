"""Centre: what fractions would take of each pattern, for programs too large to be decided column by column.

Cells with the same coefficients are exchangeable and the cheapest go first, so the cost of a pattern is convex in its
count. Near the count looked at every column stands alone, further away they come in bundles that double in size:
where the least of these stands among single columns, it is the least of all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from solver.engines.quadratic_program import Vector
from solver.integer.branch_and_bound import relaxed
from solver.integer.integer_program import IntegerProgram
from solver.integer.unit_bounds import Integers

Index = NDArray[np.intp]

_ALONE = 8
"""Columns: so many on each side of the count looked at are no bundles."""
_ROUNDS = 12
"""How often bundles are laid anew around what they gave: each round brings it nearer by a factor of about eight."""
_WHOLLY = 1e-9
"""Units: what a column may lack and count as taken."""


def centre_of(program: IntegerProgram) -> tuple[Vector | None, bool]:
    """(columns,) the lexicographically least counts in fractions, and whether that is proved; None for none."""
    order, starts = program.patterns
    size = np.diff(starts)
    pattern = np.repeat(np.arange(len(size)), size)
    place = np.arange(len(order)) - starts[:-1][pattern]
    width: Vector = program.width[order].astype(np.float64)
    before: Vector = np.cumsum(width) - width
    before -= before[starts[:-1]][pattern]
    after: Vector = before + width
    natural = program.natural[order]
    total: Vector = np.add.reduceat(natural, starts[:-1])
    cost = np.zeros(program.cost.shape)
    for rank in program.active.tolist():
        cost[rank] = program.cost[rank][order] * width
    ordered = _Ordered(program, order, program.width[order], cost, natural)
    middle = _middle(after, total, pattern)
    proved = False
    for _ in range(_ROUNDS):
        bundle = _bundles(place - middle[pattern], pattern)
        counts, settled = relaxed(ordered.bundled(bundle))
        if counts is None:
            return None, settled
        total = np.bincount(pattern[bundle], counts, minlength=len(size)).astype(np.float64)
        last, middle = middle, _middle(after, total, pattern)
        exact = bool((np.abs(middle - last) < _ALONE).all())
        proved = exact and settled
        if exact:
            break
    found = np.empty(len(order))
    found[order] = np.clip(total[pattern] - before, 0, width)
    return found, proved


def _middle(after: Vector, total: Vector, pattern: Index) -> Index:
    """(patterns,) how many columns of each are wholly taken when the cheapest go first."""
    taken = after <= total[pattern] + _WHOLLY
    return np.bincount(pattern, taken, minlength=len(total)).astype(np.intp)


def _bundles(away: Index, pattern: Index) -> Index:
    """(bundles,) where each begins; `away` (columns,) is how far each column stands from its pattern's count."""
    doubled = np.floor(np.log2(np.maximum(np.abs(away), _ALONE) / _ALONE))
    key = np.where(np.abs(away) <= _ALONE, away, np.sign(away) * (_ALONE + 1 + doubled))
    return np.flatnonzero(np.r_[True, (np.diff(key) != 0) | (np.diff(pattern) != 0)])


@dataclass(frozen=True, eq=False)
class _Ordered:
    """A program with its columns in the order of patterns."""

    program: IntegerProgram
    order: Index
    """(columns,)"""
    width: Integers
    """(columns,) in that order, as all below."""
    cost: Vector
    """(ranks, columns) of all the units of each."""
    natural: Vector
    """(columns,)"""

    def bundled(self, bundle: Index) -> IntegerProgram:
        """The program whose columns are bundles, at the mean cost of the units in each."""
        size = np.add.reduceat(self.width, bundle)
        cost = np.zeros((self.program.ranks, len(bundle)))
        for rank in self.program.active.tolist():
            cost[rank] = np.add.reduceat(self.cost[rank], bundle) / np.maximum(size, 1)
        natural = np.add.reduceat(self.natural, bundle)
        return replace(self.program.choose(self.order[bundle]), width=size, cost=cost, natural=natural)
