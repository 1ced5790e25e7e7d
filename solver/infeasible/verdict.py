"""Verdict: whether rules can hold together, with a point that keeps them or a certificate that they cannot.

No engine is believed: a point is put into the rows, a certificate is added up, in fractions where rules are as they
are stated. Arithmetic comes first: a floor above its cap, a row out of reach of its bounds, by more than floats can be
wrong. Then the rows that bounds alone do not keep, over one column for all cells alike in them, are asked for the least
sum of squared violations: where that is not zero, the violations themselves are the multipliers of a certificate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from solver.engines.ortools import OrTools
from solver.engines.quadratic_program import Engine, QuadraticProgram, Vector
from solver.infeasible.certificate import Certificate
from solver.infeasible.coarsening import classes
from solver.infeasible.system import System
from solver.model.matrices import alike, by_columns, by_rows, lengths
from solver.model.program import Index

_KEPT = 2e-9
"""A row may be violated by this part of its length and limit, as engines of floats leave it."""
_DROPPED = (1e-4, 1e-6, 1e-8, 0.0)
"""Multipliers below these parts of the largest are tried as none, so that certificates name few rules."""
_COARSE = 2_000
"""Columns from which partners alike are added up first."""
_LARGEST_SECOND = 5_000
"""Columns up to which a second engine is asked too: a simplex is slow beyond, and the certificate is added up anyway."""

_LARGEST_SIMPLEX = 20_000
"""Rows up to which a simplex is asked before an interior-point method."""


@dataclass(frozen=True, eq=False)
class Verdict:
    """Whether rules can hold."""

    feasible: bool
    certificate: Certificate | None = None
    """The proof that they cannot."""


class UndecidedError(ArithmeticError):
    """No engine finds a point that keeps the rules or a proof that none does."""


def decide(system: System, engine: Engine) -> Verdict:
    """The verdict on a system. Raises UndecidedError where nothing can be proved within what floats can tell."""
    if certificate := by_arithmetic(system):
        return Verdict(False, certificate)
    coarse = Question.coarse(system)
    if coarse is not None and (found := coarse.least_squares(engine)) is not None:
        return found
    question = Question.of(system)
    if not len(question.rows):
        return Verdict(True)
    return question.least_squares(engine) or question.least_sum(engine)


def confirmed(system: System, engine: Engine, second: Engine) -> tuple[str, ...]:
    """Who finds that rules cannot hold, of which there is a certificate: the engine, and another where that is asked."""
    if by_arithmetic(system):
        return ("arithmetic",)
    question = Question.of(system)
    if len(question.program.lower) > _LARGEST_SECOND:
        return (engine.name, "arithmetic")
    agrees = second.solve(question.program).termination == "infeasible"
    return (engine.name, second.name) if agrees else (engine.name, "arithmetic")


def by_arithmetic(system: System) -> Certificate | None:
    """A certificate of one cell or one row, where one is enough."""
    if part := system.impossible:
        return Certificate({part.rule: np.zeros(len(part.several))})
    gap = system.bounds.gap
    if gap.max(initial=0.0) > 0:
        # In shares of company targets: units of metrics cannot be compared.
        worst = np.argmax(gap / system.scale)
        return Certificate({}, np.array([worst], dtype=np.intp))
    rows = np.flatnonzero(system.row_gap > 0)
    if not len(rows):
        return None
    worst = rows[np.argmax(system.row_gap[rows] / system.row_scale[rows])]
    return _of_row(system, int(worst))


def _of_row(system: System, row: int) -> Certificate:
    """The certificate that one row is out of reach, or at odds with another over the same cells."""
    y = np.zeros(len(system.lower))
    short = system.lower[row] - system.most[row] >= system.least[row] - system.upper[row]
    y[row] = 1.0 if short else -1.0
    return certificate_of(system, y)


def certificate_of(system: System, y: Vector) -> Certificate:
    """The certificate of multipliers (rows,) of a system's rows."""
    ends = np.cumsum([len(part.several) for part in system.parts])
    parts = zip(system.parts, np.split(y, ends[:-1]), strict=True)
    return Certificate({part.rule: mine for part, mine in parts if mine.any()})


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
    """(rows,) the program's row of each asked row: its own, or of a coarse question the one it is added to."""

    @classmethod
    def of(cls, system: System) -> Question:
        """The question behind a system."""
        asking, rows = _asked(system)
        column, first, merged = _merged(rows)
        limits = [_with_definitions(each[asking], rows) for each in (system.lower, system.upper)]
        return cls._over(system, asking, np.arange(len(asking)), (column, first, merged), limits)

    @classmethod
    def coarse(cls, system: System) -> Question | None:
        """The question with rows of partners alike added up, too; None where that makes it no smaller.

        What cannot hold of it cannot hold; what holds of it may hold of each partner, which is tried.
        """
        if system.matrix.shape[1] < _COARSE:
            return None
        asking, rows = _asked(system)
        found = classes(rows, system.rule[asking])
        if found is None:
            return None
        limits = [found.sums(_with_definitions(each[asking], rows)) for each in (system.lower, system.upper)]
        merged = (found.column, found.first, found.added(rows))
        return cls._over(system, asking, found.row[: len(asking)], merged, limits)

    @classmethod
    def _over(
        cls,
        system: System,
        asking: Index,
        row: Index,
        merged: tuple[Index, Index, sparse.csr_array],
        limits: list[Vector],
    ) -> Question:
        column, first, matrix = merged
        lower, upper, share = (
            np.bincount(column[column >= 0], values[column >= 0], minlength=len(first)).astype(np.float64)
            for values in (system.column_lower, system.column_upper, _shares(system))
        )
        scale = np.concatenate([system.scale, system.members @ system.scale])[first]
        width, origin = np.sqrt(share * scale), np.clip(share, lower, upper)
        program, length = _scaled(matrix, lower, upper, limits, width, origin)
        own = length[: int(row.max(initial=-1)) + 1]
        return cls(system, asking, column, program, own, origin, width, row)

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

    def least_squares(self, engine: Engine) -> Verdict | None:
        """The verdict by the least squared violations of all asked rows; None where it proves nothing."""
        asked, (rows, columns) = len(self.length), self.program.matrix.shape
        # A violation column each, of either sign: its least square is its row's multiplier, by the
        # optimality conditions.
        violations = sparse.csr_array(sparse.eye_array(rows, asked, format="csr"))
        solution = engine.solve(
            replace(
                self.program,
                curvature=np.concatenate([np.zeros(columns), np.ones(asked)]),
                cost=np.zeros(columns + asked),
                matrix=sparse.csr_array(sparse.hstack([self.program.matrix, violations])),
                lower=np.concatenate([self.program.lower, np.full(asked, -np.inf)]),
                upper=np.concatenate([self.program.upper, np.full(asked, np.inf)]),
            )
        )
        if solution.termination != "optimal":
            return None
        return self._proved(solution.x[:columns], solution.x[columns:])

    def least_sum(self, engine: Engine) -> Verdict:
        """The verdict by the least sum of violations: multipliers stay large where rules all but hold.

        Raises UndecidedError.
        """
        asked, (rows, columns) = len(self.length), self.program.matrix.shape
        violations = sparse.csr_array(sparse.eye_array(rows, asked, format="csr"))
        problem = replace(
            self.program,
            curvature=np.zeros(columns + 2 * asked),
            cost=np.concatenate([np.zeros(columns), np.ones(2 * asked)]),
            matrix=sparse.csr_array(sparse.hstack([self.program.matrix, violations, -violations])),
            lower=np.concatenate([self.program.lower, np.zeros(2 * asked)]),
            upper=np.concatenate([self.program.upper, np.full(2 * asked, np.inf)]),
        )
        # A vertex is surer, and of many rows takes minutes.
        for judge in (OrTools(), engine) if rows <= _LARGEST_SIMPLEX else (engine, OrTools()):
            solution = judge.solve(problem)
            if solution.termination != "optimal":
                continue
            found = self._proved(solution.x[:columns], solution.multipliers[:asked])
            if found is not None:
                return found
        raise UndecidedError(
            "no engine finds targets that keep the hard rules, or a proof that there are none"
        )

    def _proved(self, x: Vector, y: Vector) -> Verdict | None:
        """The verdict that a point (columns,) or multipliers (asked rows,) prove, if they do.

        Multipliers come first: they are judged in fractions, and the point only within what floats can tell.
        """
        for thinned in self.thinned(y):
            certificate = self.certificate(thinned)
            if certificate.refutes(self.system):
                return Verdict(False, certificate)
        return Verdict(True) if self.kept_by(x) else None

    def thinned(self, y: Vector) -> Iterator[Vector]:
        """Multipliers (asked rows,) without the small ones, which engines leave where there are none; then with them."""
        for dropped in _DROPPED:
            yield np.where(np.abs(y) > dropped * np.abs(y).max(initial=0.0), y, 0.0)

    def certificate(self, y: Vector) -> Certificate:
        """The certificate of multipliers (asked rows,) of the program."""
        everywhere = np.zeros(len(self.system.lower))
        # From rows of length one back to the rule's own.
        everywhere[self.rows] = (y * self.length)[self.row]
        return certificate_of(self.system, everywhere)

    def kept_by(self, x: Vector) -> bool:
        """Whether a point (columns,), brought within its bounds, keeps all that is asked."""
        x = np.clip(x, self.program.lower, self.program.upper)
        return self._each_keeps(x) if len(self.length) < len(self.rows) else self._keeps(x)

    def _each_keeps(self, x: Vector) -> bool:
        """Whether a point (columns,), dealt out among the cells that are alike, keeps each of the asked rows."""
        system, rows = self.system, self.rows
        targets = self.targets(x)
        matrix = sparse.csr_array(system.matrix[rows])
        amount = matrix @ np.concatenate([targets, system.members @ targets])
        typical = _shares(system) * np.concatenate([system.scale, system.members @ system.scale])
        # The same room as for a row of length one in columns of their widths.
        room = _KEPT * (lengths(by_columns(matrix, np.sqrt(typical))) + np.abs(amount))
        return bool(
            np.all(amount >= system.lower[rows] - room) and np.all(amount <= system.upper[rows] + room)
        )

    def _keeps(self, x: Vector) -> bool:
        """Whether a point (columns,) keeps all rows within what floats can tell."""
        amount = self.program.matrix @ x
        low, high = self.program.row_lower, self.program.row_upper
        room = [_KEPT * (1 + np.where(np.isfinite(each), np.abs(each), 0.0)) for each in (low, high)]
        return bool(np.all(amount >= low - room[0]) and np.all(amount <= high + room[1]))


def _asked(system: System) -> tuple[Index, sparse.csr_array]:
    """The system's rows that are asked, and those with what defines the sums in them."""
    # Rows that bounds keep are left out: they would only tell cells apart that are alike in all that
    # matters.
    asking = np.flatnonzero((system.least < system.lower) | (system.most > system.upper))
    cells, matrix = system.frame.size, system.matrix[asking]
    used = np.unique(matrix.indices[matrix.indices >= cells]) - cells
    definitions = sparse.hstack(
        [-system.members[used], sparse.eye_array(system.members.shape[0], format="csr")[used]]
    )
    return asking, sparse.csr_array(sparse.vstack([matrix, definitions]))


def _with_definitions(limits: Vector, rows: sparse.csr_array) -> Vector:
    """(rows,) the limits of the asked rows, and zero for each that defines a sum."""
    return np.concatenate([limits, np.zeros(rows.shape[0] - len(limits))])


def _shares(system: System) -> Vector:
    """(cells + sums,) a typical amount of each."""
    return np.concatenate([system.typical, system.members @ system.typical])


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
