"""Question: what of a system is left for an engine, over one column for all cells alike in what is asked of them.

A coarse question has rows and columns of partners alike added up. What holds of the sums may fail some partners when it
is dealt out; those are asked each by itself then, beside the sums of the others (iterative disaggregation: Rogers,
Plante, Wong & Evans 1991, Aggregation and disaggregation techniques and methodology in optimization).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from solver.engines.quadratic_program import QuadraticProgram, Vector
from solver.infeasible.certificate import Certificate
from solver.infeasible.coarsening import Classes, classes
from solver.infeasible.single_columns import SingleColumns
from solver.infeasible.system import KEPT, System
from solver.model.matrices import absolute, alike, by_columns, by_rows, lengths
from solver.model.program import Index, Mask

_DROPPED = (1e-4, 1e-6, 1e-8, 0.0)
"""Multipliers below these parts of the largest are tried as none, so that certificates name few rules."""
_COARSE = 2_000
"""Columns from which partners alike are added up first."""
_MOST_ALONE = 0.02
"""Of the columns: so many may be asked each by itself before all are, at once."""
_ROUNDS = 12
"""Rounds in which partners are taken out of their sums at most."""

_PLACES = 40
"""Bits of a row's place in its rule."""

Found = TypeVar("Found")


@dataclass(frozen=True, eq=False)
class Question:
    """What of a system is left for an engine: rows that bounds alone do not keep, cells alike in them as one column."""

    system: System
    rows: Index
    """(rows,) the system's rows that are asked."""
    column: Index
    """(cells + sums,) the column of each; -1 for cells in no row."""
    program: QuadraticProgram
    """Scaled, without a cost: columns count from within the bounds in their widths; the asked rows, of length one,
    then those that define sums."""
    length: Vector
    """(rows,) what each asked row was multiplied with."""
    origin: Vector
    """(columns,) the amount at which each counts as zero."""
    width: Vector
    """(columns,) the amount that counts as one."""
    row: Index
    """(rows,) the program's row of each asked row: its own, or of a coarse question the one it is added to; -1 for those
    that are bounds of a column there."""
    asked: sparse.csr_array
    """(rows + definitions, cells + sums) the asked rows as they are, and those that define the sums in them."""
    classes: Classes | None
    """What is added up; None where nothing is."""
    moving: frozenset[int]
    """The rules whose rows stay rows, for their limits give way."""
    bounding: Bounding | None
    """What becomes of rows of one column; None where there are none."""

    @classmethod
    def of(cls, system: System, moving: frozenset[int] = frozenset()) -> Question:
        """The question behind a system; the rows of some rules stay rows, because their limits give way."""
        asking, rows = system.asked
        return cls._over(system, asking, rows, np.arange(len(asking)), _merged(rows), moving)

    @classmethod
    def coarse(
        cls, system: System, known: Alone | None = None, moving: frozenset[int] = frozenset()
    ) -> Question | None:
        """The question with rows of partners alike added up, too; None where that makes it no smaller.

        What cannot hold of it cannot hold; what holds of it may hold of each partner, which is tried. Rows `known` to
        have failed are asked by themselves at once.
        """
        if system.matrix.shape[1] < _COARSE:
            return None
        asking, rows = system.asked
        found = classes(rows, system.rule[asking])
        if found is None:
            return None
        coarse = cls._of_classes(system, asking, rows, found, moving)
        before = np.empty(0, dtype=np.intp) if known is None else known.among(coarse)
        return coarse._without(before) or coarse

    def finer(self, x: Vector, give: Vector | float = 0.0) -> Question | None:
        """The question with each row that a point (columns,) breaks when dealt out asked by itself.

        None where there is none, or where so many are that all had better be. Limits `give` (2, rows) way, if at all.
        """
        if self.classes is None:
            return None
        x = np.clip(x, self.program.lower, self.program.upper)
        return self._without(np.flatnonzero(self._broken(x, give)))

    def _without(self, broken: Index) -> Question | None:
        """The question with some asked rows not added to others; None where there are none, or so many."""
        if self.classes is None or not len(broken):
            return None
        finer = self.classes.without(self.asked, broken)
        more = len(finer.first) - len(self.classes.first)
        if not more or len(finer.first) > _MOST_ALONE * self.asked.shape[1]:
            return None
        return Question._of_classes(self.system, self.rows, self.asked, finer, self.moving)

    @classmethod
    def _of_classes(
        cls,
        system: System,
        asking: Index,
        rows: sparse.csr_array,
        found: Classes,
        moving: frozenset[int],
    ) -> Question:
        merged = (found.column, found.first, found.added(rows))
        return cls._over(system, asking, rows, found.row[: len(asking)], merged, moving, found)

    @classmethod
    def _over(
        cls,
        system: System,
        asking: Index,
        rows: sparse.csr_array,
        row: Index,
        merged: tuple[Index, Index, sparse.csr_array],
        moving: frozenset[int],
        found: Classes | None = None,
    ) -> Question:
        column, first, matrix = merged
        limits = [_with_definitions(each[asking], rows) for each in (system.lower, system.upper)]
        if found is not None:
            limits = [found.sums(each) for each in limits]
        lower, upper, share = (
            np.bincount(column[column >= 0], values[column >= 0], minlength=len(first)).astype(np.float64)
            for values in (system.column_lower, system.column_upper, system.shares)
        )
        may = np.zeros(matrix.shape[0], dtype=bool)
        may[row[~np.isin(system.rule[asking], list(moving))]] = True
        # What multiplies the column of a sum is shared between its rows and its definition, so that those stay.
        single = SingleColumns.of(
            matrix, may, first < system.frame.size, (limits[0], limits[1]), (lower, upper)
        )
        bounding = None
        if single is not None:
            bounding = Bounding(single, row, first)
            place = np.where(single.kept, np.cumsum(single.kept) - 1, -1)
            matrix, limits, row = matrix[single.kept], [each[single.kept] for each in limits], place[row]
            lower, upper = single.lower, single.upper
        scale = np.concatenate([system.scale, system.members @ system.scale])[first]
        width, origin = np.sqrt(share * scale), np.clip(share, lower, upper)
        program, length = _scaled(matrix, lower, upper, limits, width, origin)
        own = length[: int(row.max(initial=-1)) + 1]
        return cls(system, asking, column, program, own, origin, width, row, rows, found, moving, bounding)

    def targets(self, x: Vector) -> Vector:
        """(cells,) targets that come to scaled columns (columns,): cells alike share theirs in step between their bounds."""
        system, cells = self.system, self.system.frame.size
        lower = system.bounds.lower
        upper = np.where(np.isfinite(system.bounds.upper), system.bounds.upper, lower + system.reach)
        share = np.clip(system.frame.fair_shares.floats, lower, upper)
        mine = self.column[:cells] >= 0
        column, found = self.column[:cells][mine], share.copy()

        def sums(values: Vector) -> Vector:
            return np.bincount(column, values[mine], minlength=len(x)).astype(np.float64)

        more = self.origin + self.width * x - sums(share)
        room = np.where(more > 0, sums(upper - share), sums(share - lower))
        # Each cell goes the same part of its way to the bound; without room that part is zero, not zero
        # over zero.
        part = np.minimum(np.abs(more), room)[column] / np.maximum(room, 1e-300)[column]
        end = np.where(more[column] > 0, upper[mine], lower[mine])
        found[mine] += part * (end - share[mine])
        return found

    def thinned(self, y: Vector) -> Iterator[Vector]:
        """Multipliers (asked rows,) without the small ones, which engines leave where there are none; then with them."""
        for dropped in _DROPPED:
            yield np.where(np.abs(y) > dropped * np.abs(y).max(initial=0.0), y, 0.0)

    def certificate(self, y: Vector) -> Certificate:
        """The certificate of multipliers (asked rows,) of the program."""
        everywhere = np.zeros(len(self.system.lower))
        # From rows of length one back to the rule's own.
        mine = np.append(y * self.length, 0.0)[self.row]
        if self.bounding is not None:
            mine += self.bounding.single.multipliers(*self._left(mine))[self.bounding.row]
        everywhere[self.rows] = mine
        return certificate_of(self.system, everywhere)

    def _left(self, y: Vector) -> tuple[Vector, Vector]:
        """Two (columns,) arrays: what multipliers (asked rows,) add up to, and their sizes."""
        assert self.bounding is not None
        members, rows, cells = self.system.members, self.asked[: len(self.rows)], self.system.frame.size
        found = []
        for matrix, weights in ((rows, y), (absolute(rows), np.abs(y))):
            all_columns = matrix.T @ weights
            all_columns[:cells] += members.T @ all_columns[cells:]
            found.append(all_columns[self.bounding.first])
        return found[0], found[1]

    def kept_by(self, x: Vector) -> bool:
        """Whether a point (columns,), brought within its bounds, keeps all that is asked."""
        x = np.clip(x, self.program.lower, self.program.upper)
        return self._keeps(x) if self.classes is None else not self._broken(x).any()

    def _broken(self, x: Vector, give: Vector | float = 0.0) -> Mask:
        """(rows,) the asked rows that a point (columns,) breaks, dealt out among the cells that are alike."""
        return self.system.broken(self.targets(x), give)

    def _keeps(self, x: Vector) -> bool:
        """Whether a point (columns,) keeps all rows within what floats can tell."""
        amount = self.program.matrix @ x
        low, high = self.program.row_lower, self.program.row_upper
        room = [KEPT * (1 + np.where(np.isfinite(each), np.abs(each), 0.0)) for each in (low, high)]
        return bool(np.all(amount >= low - room[0]) and np.all(amount <= high + room[1]))


@dataclass(frozen=True, eq=False)
class Bounding:
    """Rows of one column that are its bounds in the program."""

    single: SingleColumns
    row: Index
    """(asked rows,) the row of each, with those that are bounds."""
    first: Index
    """(columns,) the first cell or sum of each."""


class Alone:
    """Rows that were asked each by itself: where much the same is asked again, they will have to be again."""

    def __init__(self) -> None:
        self._keys = np.empty(0, dtype=np.int64)

    def note(self, question: Question) -> None:
        """Keeps the rows that a question asks each by itself."""
        self._keys = np.union1d(self._keys, _keys(question)[~_added(question)])

    def among(self, question: Question) -> Index:
        """The asked rows of a question that are kept and added to others there."""
        return np.flatnonzero(np.isin(_keys(question), self._keys) & _added(question))


def _added(question: Question) -> Mask:
    """(rows,) whether each asked row is added to others."""
    if question.classes is None:
        return np.zeros(len(question.rows), dtype=bool)
    row = question.classes.row[: len(question.rows)]
    return np.asarray(np.bincount(row)[row] > 1, dtype=bool)


def _keys(question: Question) -> NDArray[np.int64]:
    """(rows,) a number for each asked row by its rule and its place there."""
    system = question.system
    return (system.rule[question.rows].astype(np.int64) << _PLACES) + system.row[question.rows]


def refined(
    system: System,
    ask: Callable[[Question], tuple[Found | None, Question | None]],
    known: Alone | None = None,
    moving: frozenset[int] = frozenset(),
) -> Found | None:
    """What is found of a coarse question, refined for as long as it asks for that; the last that was found.

    `ask` gives what a question proves, if anything, and the finer one to ask next, if any. None where there is no coarse
    question, or none proves anything.
    """
    question, found = Question.coarse(system, known, moving), None
    for _ in range(_ROUNDS):
        if question is None:
            break
        latest, question = ask(question)
        found = latest or found
        if question is not None and known is not None:
            known.note(question)
    return found


def certificate_of(system: System, y: Vector) -> Certificate:
    """The certificate of multipliers (rows,) of a system's rows."""
    ends = np.cumsum([len(part.several) for part in system.parts])
    parts = zip(system.parts, np.split(y, ends[:-1]), strict=True)
    return Certificate({part.rule: mine for part, mine in parts if mine.any()})


def _with_definitions(limits: Vector, rows: sparse.csr_array) -> Vector:
    """(rows,) the limits of the asked rows, and zero for each that defines a sum."""
    return np.concatenate([limits, np.zeros(rows.shape[0] - len(limits))])


def _merged(rows: sparse.csr_array) -> tuple[Index, Index, sparse.csr_array]:
    """The column (columns before,) of each, -1 where it is in no row; the first of each; the rows over those."""
    columns = sparse.csc_array(rows)
    used = np.flatnonzero(np.diff(columns.indptr))
    # Two random sums stand for a column, as keys do for rows in `Shape`; a fixed seed keeps runs alike.
    probe = np.random.default_rng(23).random((rows.shape[0], 2))
    first, label = alike(np.asarray(columns[:, used].T @ probe))
    column = np.full(rows.shape[1], -1, dtype=np.intp)
    column[used] = label
    return column, used[first], sparse.csr_array(columns[:, used[first]])


def _scaled(
    matrix: sparse.csr_array,
    lower: Vector,
    upper: Vector,
    limits: Iterable[Vector],
    width: Vector,
    origin: Vector,
) -> tuple[QuadraticProgram, Vector]:
    """The program in columns (x - origin) / width and rows of length one, and what rows were multiplied with."""
    sized = by_columns(matrix, width)
    length = 1 / np.maximum(lengths(sized), 1e-300)
    offset = matrix @ origin
    low, high = limits
    program = QuadraticProgram(
        curvature=np.zeros(len(width)),
        cost=np.zeros(len(width)),
        matrix=by_rows(sized, length),
        row_lower=(low - offset) * length,
        row_upper=(high - offset) * length,
        lower=(lower - origin) / width,
        upper=(upper - origin) / width,
    )
    return program, length
