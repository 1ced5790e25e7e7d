"""The integer program of a window: whole numbers of units in columns, rows that are hard or kept by rank."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from solver.engines.quadratic_program import Vector
from solver.integer.at_stake import IntegerRows, stacked
from solver.integer.ranks import HARD, TOTALS
from solver.integer.unit_bounds import Integers
from solver.integer.window import Columns
from solver.model.matrices import Matrix, alike, reach, short, times

Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

_SLACK = 1e-6
"""Units: what solvers of integer programs may pass a row by; limits of whole rows lie a whole unit apart."""


@dataclass(frozen=True, eq=False)
class IntegerProgram:
    """Lexicographically least cost and lack, rank by rank."""

    width: Integers
    """(columns,) each holds from none to so many units."""
    cost: Vector
    """(ranks, columns) of a unit."""
    natural: Vector
    """(columns,) the even spread's units, in fractions: they keep every row but for noise."""
    rows: IntegerRows
    """Over the columns."""

    @classmethod
    def of(cls, columns: Columns, rows: IntegerRows) -> IntegerProgram:
        """The program of columns under rows over cells."""
        matrix = Matrix(rows.matrix.tocsc()[:, columns.cell])
        width = columns.width.astype(np.float64)
        fall, most = reach(matrix, width)
        # What a row kept by rank lacks in any case is no choice, and may be too large beside what is one.
        soft = rows.rank != HARD
        lower = np.where(soft, np.minimum(rows.lower, most), rows.lower)
        upper = np.where(soft, np.maximum(rows.upper, -fall), rows.upper)
        reachable = replace(rows, matrix=matrix, lower=lower, upper=upper)
        return cls(columns.width, columns.cost, columns.natural, reachable)

    @property
    def ranks(self) -> int:
        """How many ranks there are."""
        return len(self.cost)

    @cached_property
    def active(self) -> Index:
        """The ranks in which some column costs."""
        return np.flatnonzero(self.cost.any(axis=1))

    @cached_property
    def columns(self) -> sparse.csc_array:
        """(rows, columns) the coefficients, column by column."""
        return self.rows.matrix.tocsc()

    @cached_property
    def patterns(self) -> tuple[Index, Index]:
        """The columns in the order of patterns, the cheapest of each first, and (patterns + 1,) where each starts.

        Columns of one pattern have the same coefficients in all rows.
        """
        probe = np.random.default_rng(20).random((2, len(self.rows)))
        _, pattern = alike(np.stack([self.columns.T @ p for p in probe], axis=1))
        order = np.lexsort((*self.cost[self.active][::-1], short(pattern)))
        return order, np.searchsorted(pattern[order], np.arange(int(pattern.max(initial=-1)) + 2))

    def strict(self) -> IntegerProgram:
        """The same, every total that people read as hard as a hard rule."""
        return replace(self, rows=self.rows.hard(self.rows.rank < len(TOTALS)))

    def by_rank(self) -> IntegerProgram:
        """The program as it is: every total kept by its rank."""
        return self

    def within_a_unit(self) -> IntegerProgram:
        """The same, every total that people read within a unit as hard as a hard rule: whole ones may go a unit both ways,
        and are kept by their rank besides.
        """
        rows = self.rows
        whole = (rows.rank < len(TOTALS)) & (rows.rank != HARD) & (rows.lower == rows.upper)
        others = rows.hard((rows.rank < len(TOTALS)) & ~whole)
        beside = rows.part(whole).hard(np.ones(int(whole.sum()), dtype=bool))
        beside = replace(beside, lower=beside.lower - 1, upper=beside.upper + 1)
        return replace(self, rows=stacked([others, beside]))

    def under(self, rows: Mask) -> IntegerProgram:
        """The program under some of its rows (rows,)."""
        return replace(self, rows=self.rows.part(rows))

    def lacks(self, counts: Vector) -> Vector:
        """(rows,) by how much counts (columns,) miss each row."""
        amount = times(self.rows.matrix, counts)
        violation = np.maximum(self.rows.lower - amount, amount - self.rows.upper)
        return np.where(violation > _SLACK, violation, 0.0)

    def keeps(self, counts: Vector, rows: Mask) -> bool:
        """Whether counts (columns,) miss none of some rows (rows,)."""
        return not self.lacks(counts)[rows].any()

    def score(self, counts: Vector) -> Vector:
        """(ranks,) what counts (columns,) cost and lack."""
        found = self.cost @ counts
        soft = self.rows.rank != HARD
        lacks = self.lacks(counts) * self.rows.weight
        found += np.bincount(self.rows.rank[soft], lacks[soft], minlength=self.ranks)
        return np.asarray(found, dtype=np.float64)

    def choose(self, columns: Index, others: Integers | None = None) -> IntegerProgram:
        """The program of some columns, the others at what they are taken to be (columns,), none if left out."""
        rows = self.rows if others is None else self.taken(others).rows
        matrix = Matrix(self.columns[:, columns])
        cost = np.zeros((self.ranks, len(columns)))
        for rank in self.active.tolist():
            cost[rank] = self.cost[rank][columns]
        return replace(
            self,
            width=self.width[columns],
            cost=cost,
            natural=self.natural[columns],
            rows=replace(rows, matrix=matrix),
        )

    def taken(self, counts: Integers) -> IntegerProgram:
        """The same rows when counts (columns,) are taken already."""
        amount = times(self.rows.matrix, counts.astype(np.float64))
        rows = replace(self.rows, lower=self.rows.lower - amount, upper=self.rows.upper - amount)
        return replace(self, rows=rows)


@dataclass(frozen=True, eq=False)
class Part:
    """A program of fewer columns, and what the others are taken to be."""

    of: IntegerProgram
    """The whole."""
    columns: Index
    """(columns of the part,) where they stand in the whole."""
    base: Integers
    """(columns of the whole,) what is taken of those outside."""
    edges: tuple[Index, Index]
    """Columns of the part that are the first and the last looked at of a pattern that goes on."""

    @cached_property
    def program(self) -> IntegerProgram:
        """The program of its columns."""
        return self.of.choose(self.columns, self.base)

    @property
    def complete(self) -> bool:
        """Whether no column is outside."""
        return len(self.columns) == len(self.of.width)

    def impossible(self) -> bool:
        """Whether a hard row is beyond all choices, without putting the program together."""
        room = np.zeros_like(self.of.width)
        room[self.columns] = self.of.width[self.columns]
        return self.of.taken(self.base).rows.impossible(room)

    def whole(self, counts: Integers) -> Integers:
        """(columns of the whole,) the counts of the part among the others."""
        found = self.base.copy()
        found[self.columns] = counts
        return found

    def inside(self, counts: Integers) -> bool:
        """Whether no pattern takes so few or so many that more of it would have to be looked at."""
        first, last = self.edges
        return bool((counts[first] > 0).all() and (counts[last] < self.program.width[last]).all())


def nearest_part(program: IntegerProgram, near: int, *, beyond: int, around: Vector | None = None) -> Part:
    """The `near` columns on each side of counts (columns,), the even spread's own where `around` is none: of cells with
    the same coefficients only these can change. All columns where there are not more than `beyond`.

    Such cells are exchangeable and the cheapest go first, so that the cost of a pattern is convex in its count.
    """
    everything = np.arange(len(program.width), dtype=np.intp)
    nothing = np.empty(0, dtype=np.intp)
    if len(everything) <= beyond:
        return Part(program, everything, np.zeros_like(program.width), (nothing, nothing))
    order, starts = program.patterns
    size = np.diff(starts)
    pattern = np.repeat(np.arange(len(size)), size)
    place = np.arange(len(order)) - starts[:-1][pattern]
    before = np.cumsum(program.width[order]) - program.width[order]
    first_before = before[starts[:-1]]
    natural = np.add.reduceat((program.natural if around is None else around)[order], starts[:-1])
    middle = np.searchsorted(before, first_before + natural, side="right") - 1 - starts[:-1]
    low, high = np.maximum(0, middle - near), np.minimum(size, middle + near + 1)
    looked = (place >= low[pattern]) & (place < high[pattern])
    columns = order[looked]
    base = np.zeros_like(program.width)
    taken = order[place < low[pattern]]
    base[taken] = program.width[taken]
    number = np.cumsum(looked) - 1
    first = number[(starts[:-1] + low)[low > 0]]
    last = number[(starts[:-1] + high - 1)[high < size]]
    return Part(program, columns, base, (first, last))
