"""Loose pieces: small sets of cells that hard rules fall into once a few long rows, the links, are set aside.

Rules about single partners and small groups leave pieces that have nothing to do with one another, once long rows such
as a company's total are set aside (as Dantzig & Wolfe 1960 decompose linear programs). Each piece is a small integer
program; one that has no whole units is a proof that there are none at all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from solver.engines.mixed_integer import Found, MixedIntegerProgram, search
from solver.engines.quadratic_program import Vector
from solver.integer.at_stake import IntegerRows
from solver.integer.nearest import Nearest
from solver.integer.pieces import joined
from solver.integer.unit_bounds import Integers
from solver.model.matrices import Matrix, distinct, largest, times

Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

_CELLS = 200
"""Cells of the largest piece: so many are decided at once."""
_LINKS = 100
"""Rows that may link pieces: with more of them little is decided piece by piece."""
_GAP = 0.05
"""Of the least distance: how near to it a piece alone comes."""
_MISSING = 1e4
"""Units of distance that a step counts which a link lacks: links come first, and units may go far for them."""


@dataclass(frozen=True, eq=False)
class LoosePieces:
    """Rows over cells counted from the least of each, divided."""

    rows: IntegerRows
    """That hold within a piece."""
    links: IntegerRows
    """That hold across pieces."""
    room: Vector
    """(cells,) units from the least to the most."""
    piece: Index
    """(cells,) the number of each cell's piece."""

    @classmethod
    def of(cls, rows: IntegerRows, room: Integers) -> LoosePieces | None:
        """The division by the fewest rows, the longest of them; None where pieces stay too large."""
        size = np.diff(rows.matrix.indptr)
        for longest in distinct(size)[::-1].tolist():
            inside = size <= longest
            if np.count_nonzero(~inside) > _LINKS:
                return None
            piece = _connected(Matrix(rows.matrix[inside]))
            if np.bincount(piece).max(initial=0) <= _CELLS:
                return cls(rows.part(inside), rows.part(~inside), room.astype(np.float64), piece)
        return None

    @cached_property
    def cells(self) -> list[Index]:
        """The cells of each piece."""
        return _divided(self.piece)

    @cached_property
    def rows_of(self) -> list[Index]:
        """The rows of each piece."""
        first = self.rows.matrix.indices[self.rows.matrix.indptr[:-1]]
        return _divided(self.piece[first], len(self.cells))

    @cached_property
    def scale(self) -> Vector:
        """(links,) the largest coefficient of each."""
        return largest(self.links.matrix)

    @cached_property
    def columns(self) -> tuple[sparse.csc_array, sparse.csc_array]:
        """The rows, and the links, column by column."""
        return self.rows.matrix.tocsc(), self.links.matrix.tocsc()

    def cells_of(self, chosen: Index) -> Index:
        """The cells of some pieces, one piece after the other."""
        return np.concatenate([self.cells[each] for each in chosen.tolist()])

    def linked(self, cells: Index) -> Mask:
        """(links,) those that hold some of the cells."""
        return np.asarray(np.diff(self.columns[1][:, cells].tocsr().indptr) > 0)

    def shortfall(self, count: Vector) -> Vector:
        """(links,) how much more, or less where negative, they ask than counts (cells,) come to."""
        amount = times(self.links.matrix, count)
        return np.maximum(self.links.lower - amount, 0) - np.maximum(amount - self.links.upper, 0)

    def broken(self, count: Vector) -> Index:
        """The pieces in which counts (cells,) break a row."""
        amount = times(self.rows.matrix, count)
        rows = np.flatnonzero((amount < self.rows.lower - 1e-9) | (amount > self.rows.upper + 1e-9))
        return distinct(self.piece[self.rows.matrix.indices[self.rows.matrix.indptr[rows]]])

    def nearest(
        self, chosen: Index, x: Vector, effort: float, more: tuple[Vector, Vector] | None = None
    ) -> Found:
        """The units (cells of some pieces,) nearest to x (cells,) that keep their rows; with `more`, counts (cells,) and the
        shortfall of links (links,) beside them, those that leave the least shortfall.
        """
        cells = self.cells_of(chosen)
        rows = self.rows.part(np.concatenate([self.rows_of[each] for each in chosen.tolist()]))
        natural = x[cells]
        nearest = Nearest.of(
            replace(rows, matrix=Matrix(rows.matrix[:, cells])), natural, np.asarray(self.room[cells])
        )
        program = nearest.program
        gap = _GAP * max(1.0, float(np.abs(np.rint(natural) - natural).sum()))
        if more is not None:
            program, gap = (
                self._missing(program, cells, more[0][cells] - nearest.down, more[1]),
                _MISSING * 0.9,
            )
        found = search(program, gap=gap, effort=effort)
        if found.x is None:
            return found
        return replace(found, x=nearest.units(found.x))

    def _missing(
        self, program: MixedIntegerProgram, cells: Index, taken: Vector, shortfall: Vector
    ) -> MixedIntegerProgram:
        """The program that looks first for what links (links,) lack beside what is taken of cells (cells,) already."""
        mine = np.flatnonzero(self.linked(cells))
        links = Matrix(self.columns[1][:, cells].tocsr()[mine])
        goal = times(links, taken) + shortfall[mine]
        step = sparse.diags_array(self.scale[mine])
        rest = 2 * len(mine)
        wider = sparse.hstack([program.matrix, sparse.csr_array((len(program.row_lower), rest))])
        return replace(
            program,
            cost=np.concatenate([program.cost, np.full(rest, _MISSING)]),
            matrix=Matrix(sparse.vstack([wider, sparse.hstack([links, links, -links, step, -step])])),
            row_lower=np.concatenate([program.row_lower, goal]),
            row_upper=np.concatenate([program.row_upper, goal]),
            lower=np.zeros(len(program.cost) + rest),
            upper=np.concatenate([program.upper, np.full(rest, np.inf)]),
            whole=np.concatenate([program.whole, np.zeros(rest, dtype=bool)]),
            plain=False,
        )


def _connected(matrix: Matrix) -> Index:
    """(cells,) numbers of sets of cells that no row (rows, cells) joins; cells in no row are put together in small sets."""
    label = joined(matrix)[1]
    alone = np.flatnonzero(np.bincount(matrix.indices, minlength=len(label)) == 0)
    label[alone] = len(label) + np.arange(len(alone)) // _CELLS
    return np.searchsorted(distinct(label), label).astype(np.intp)


def _divided(number: Index, size: int | None = None) -> list[Index]:
    """The places at which each number stands."""
    order = np.argsort(number, kind="stable").astype(np.intp)
    counts = np.bincount(number, minlength=size or 0)
    return np.split(order, np.cumsum(counts)[:-1])
