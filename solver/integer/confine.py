"""Confine: rows of few cells kept by leaving out columns, so that what is left is a network again.

A capacity over a partner's metrics is no row of a network. But among its columns some can all be taken together
without breaking it: if only those may be, the row holds whatever is chosen. The cheapest that fit are kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from solver.engines.quadratic_program import Vector
from solver.integer.integer_program import IntegerProgram
from solver.integer.ranks import HARD
from solver.integer.unit_bounds import Integers
from solver.model.matrices import Matrix

Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

_FEW = 64
"""Columns: rows of more are left to branch and bound; they rarely hold with nothing taken."""
_SLACK = 1e-9
"""Steps: noise in sums of coefficients."""


@dataclass(frozen=True, eq=False)
class Confined:
    """A program in which some rows cannot be broken."""

    program: IntegerProgram
    """The other rows, over the same columns with less width."""
    taken: Integers
    """(columns,) what is taken of each in any case."""


def confined(program: IntegerProgram, rows: Mask) -> Confined | None:
    """The program with columns left out, or taken, so that some rows (rows,) always hold; None where that fails.

    Only hard rows with coefficients of one sign and columns of one unit can be so kept.
    """
    mine = np.flatnonzero(rows)
    part = program.rows.part(mine)
    if not _able(program, mine):
        return None
    low, high = np.zeros_like(program.width), program.width.copy()
    value = _value(program)
    upper = np.flatnonzero(np.isfinite(part.upper))
    if not _leave_out(Matrix(part.matrix[upper]), part.upper[upper], value, high):
        return None
    lower = np.flatnonzero(np.isfinite(part.lower))
    if not _take(Matrix(part.matrix[lower]), part.lower[lower], value, low, high):
        return None
    return Confined(
        replace(program.taken(low), width=high - low, rows=program.taken(low).rows.part(~rows)), low
    )


def _able(program: IntegerProgram, rows: Index) -> bool:
    matrix = program.rows.matrix[rows]
    return bool(
        (program.rows.rank[rows] == HARD).all()
        and (np.diff(matrix.indptr) <= _FEW).all()
        and (matrix.data > 0).all()
        and (program.width[matrix.indices] <= 1).all()
    )


def _value(program: IntegerProgram) -> Index:
    """(columns,) the place of each column among all by cost, the cheapest first."""
    place = np.empty(len(program.width), dtype=np.intp)
    place[np.lexsort(program.cost[::-1])] = np.arange(len(place))
    return place


def _leave_out(matrix: Matrix, room: Vector, value: Index, high: Integers) -> bool:
    """Leaves out what does not fit beside cheaper columns; changes `high`. False where not even nothing fits."""
    for entry, row, a in _in_turn(matrix, value):
        fits = (high[entry] > 0) & (a <= room[row] + _SLACK)
        np.subtract.at(room, row[fits], a[fits])
        high[entry[~fits]] = 0
    return bool((room >= -_SLACK).all())


def _take(matrix: Matrix, need: Vector, value: Index, low: Integers, high: Integers) -> bool:
    """Takes the cheapest columns until each row has what it needs; changes `low`. False where too little fits."""
    for entry, row, a in _in_turn(matrix, value):
        already = low[entry] > 0
        np.subtract.at(need, row[already], a[already])
    for entry, row, a in _in_turn(matrix, value):
        wanted = (low[entry] == 0) & (high[entry] > 0) & (need[row] > _SLACK)
        np.subtract.at(need, row[wanted], a[wanted])
        low[entry[wanted]] = 1
    return bool((need <= _SLACK).all())


def _in_turn(matrix: Matrix, value: Index) -> Iterator[tuple[Index, Index, Vector]]:
    """The cheapest column of each row, then the second of each, and so on: (column, row, coefficient), each (rows,)."""
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    order = np.lexsort((value[matrix.indices], row))
    turn = np.arange(len(order)) - matrix.indptr[:-1][row]
    for number in range(int(turn.max(initial=-1)) + 1):
        mine = np.flatnonzero(turn == number)
        entry = order[mine]
        yield matrix.indices[entry].astype(np.intp), row[mine], matrix.data[entry]
