"""Pieces: parts of an integer program that no row joins, each decided by itself, and those that were decided before."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solver.integer.branch_and_bound import Answer
from solver.integer.integer_program import IntegerProgram
from solver.model.matrices import Matrix, distinct

Index = NDArray[np.intp]

_MOST = 8
"""Pieces: where there are more the small ones stay together, for each takes a program of its own."""
_KEPT = 32
"""Pieces that are kept at most; a solve of four metrics has some eight."""


@dataclass(frozen=True, eq=False)
class Piece:
    """Some columns of a program with all rows that hold any of them."""

    columns: Index
    """In rising order."""
    program: IntegerProgram


class KnownPieces:
    """Answers of pieces, for programs that have the very same: those asked for last."""

    def __init__(self) -> None:
        self._answers: OrderedDict[bytes, Answer | None] = OrderedDict()

    def answer(self, piece: IntegerProgram, find: Callable[[IntegerProgram], Answer | None]) -> Answer | None:
        """What `find` says of a piece; it is not asked twice of the same."""
        key = _digest(piece)
        if key not in self._answers:
            self._answers[key] = find(piece)
            if len(self._answers) > _KEPT:
                self._answers.popitem(last=False)
        self._answers.move_to_end(key)
        return self._answers[key]


def _digest(program: IntegerProgram) -> bytes:
    """The same for two programs that are the same to the last bit."""
    from hashlib import sha256  # only series keep pieces

    found, rows = sha256(), program.rows
    parts = (program.width, program.active, program.cost[program.active], program.natural)
    limits = (rows.lower, rows.upper, rows.rank, rows.weight)
    for array in (*parts, *limits, rows.matrix.data, rows.matrix.indices, rows.matrix.indptr):
        found.update(f"{array.dtype}{array.shape}".encode())
        found.update(np.ascontiguousarray(array).data)
    return found.digest()


def pieces_of(program: IntegerProgram) -> Iterator[Piece]:
    """The pieces of a program; columns without a row are one."""
    of_row, of_column = joined(program.rows.matrix)
    labels = distinct(of_column)
    if len(labels) < 2:
        yield Piece(np.arange(len(of_column)), program)
        return
    size = np.bincount(of_column)[labels]
    alone = labels[np.argsort(-size, kind="stable")[: _MOST - 1]] if len(labels) > _MOST else labels
    others = np.isin(labels, alone, invert=True)
    for mine in (*([label] for label in alone.tolist()), labels[others].tolist()):
        if mine:
            rows, columns = (np.isin(label, mine) for label in (of_row, of_column))
            chosen = np.flatnonzero(columns)
            yield Piece(chosen, program.choose(chosen).under(rows))


def joined(matrix: Matrix) -> tuple[Index, Index]:
    """(rows,) and (columns,) the same number for what rows join: of its first column; of columns without a row, of the first
    of these.
    """
    size = matrix.shape[1]
    filled = np.flatnonzero(np.diff(matrix.indptr))
    starts, entries = matrix.indptr[:-1][filled], np.diff(matrix.indptr)[filled]
    alone = np.ones(size, dtype=bool)
    alone[matrix.indices] = False
    column = np.arange(size)
    column[alone] = np.append(np.flatnonzero(alone), 0)[0]
    row = np.full(matrix.shape[0], -1, dtype=np.intp)
    # Each round takes the least number across every row, and then that of the column so numbered: paths are halved.
    while len(filled):
        least = np.minimum.reduceat(column[matrix.indices], starts)
        nearer = column.copy()
        np.minimum.at(nearer, matrix.indices, np.repeat(least, entries))
        nearer = nearer[nearer]
        if np.array_equal(nearer, column):
            row[filled] = least
            break
        column = nearer
    return row, column
