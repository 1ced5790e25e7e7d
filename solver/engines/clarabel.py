"""Clarabel: quadratic programs by an interior point of its homogeneous embedding, for those at which others stall."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from scenarios.installed import version
from solver.engines.quadratic_program import QuadraticProgram, Solution, Termination, nothing
from solver.engines.shared_rows import SharedRows

_TOLERANCE = 1e-10
"""Of residuals and gap, absolute and relative: as near as floats let it come to most programs."""
_TERMINATIONS: dict[str, Termination] = {
    "Solved": "optimal",
    "AlmostSolved": "optimal",
    "InsufficientProgress": "optimal",
    "PrimalInfeasible": "infeasible",
    "DualInfeasible": "unbounded",
    "MaxTime": "time_limit",
}
"""Where it stalls, its last point is handed on: whoever asks judges the point, not the word."""


class Clarabel:
    """The engine behind the default one: slower, and less easily led astray by rows without room."""

    name = "Clarabel"

    def __init__(self, seconds: float = np.inf) -> None:
        """`seconds` are those after which it gives up: where somebody has asked for a limit."""
        self._seconds = max(0.0, seconds)

    @property
    def version(self) -> str:
        """The version of the library."""
        return version("clarabel")

    def solve(self, problem: QuadraticProgram) -> Solution:
        """The solution, close enough to be refined."""
        if shared := SharedRows.of(problem):
            return shared.solution(self._solve(shared.program))
        return self._solve(problem)

    def _solve(self, problem: QuadraticProgram) -> Solution:
        """The answer to the program as it stands."""
        # Imported here because most solves never need it.
        import clarabel

        # Crossed limits are an answer by themselves; as cones they would cost a whole solve.
        if np.any(problem.lower > problem.upper) or np.any(problem.row_lower > problem.row_upper):
            return nothing("infeasible")
        cone, settings = _Cone.of(problem), clarabel.DefaultSettings()
        settings.verbose, settings.max_threads, settings.time_limit = False, 1, self._seconds
        settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = _TOLERANCE
        cones = [clarabel.ZeroConeT(cone.equations), clarabel.NonnegativeConeT(cone.inequalities)]
        curvature = sparse.csc_matrix(sparse.diags_array(problem.curvature))
        found = clarabel.DefaultSolver(
            curvature, problem.cost, cone.matrix, cone.right, cones, settings
        ).solve()
        termination = _TERMINATIONS.get(str(found.status), "error")
        if termination != "optimal":
            return nothing(termination)
        return Solution("optimal", np.array(found.x), cone.multipliers(np.array(found.z)))


class _Cone:
    """Rows and bounds as matrix · x + slack = right, slack zero for equations, then zero or more."""

    def __init__(self, rows: list[np.ndarray], problem: QuadraticProgram) -> None:
        self._equal, self._least, self._most, floors, caps = rows
        self._rows = len(problem.row_lower)
        single = sparse.eye_array(len(problem.cost), format="csr")
        parts = [
            (problem.matrix[self._equal], problem.row_lower[self._equal]),
            # Cones know no lower limits: a row that is at least something is its negative at most the
            # negative of that.
            (-problem.matrix[self._least], -problem.row_lower[self._least]),
            (problem.matrix[self._most], problem.row_upper[self._most]),
            (-single[floors], -problem.lower[floors]),
            (single[caps], problem.upper[caps]),
        ]
        self.matrix = sparse.csc_matrix(sparse.vstack([matrix for matrix, _ in parts]))
        self.right = np.concatenate([right for _, right in parts])
        self.equations = len(self._equal)
        self.inequalities = len(self.right) - self.equations

    @classmethod
    def of(cls, problem: QuadraticProgram) -> _Cone:
        """The cone of a program."""
        equal = problem.row_lower == problem.row_upper
        sides = [
            equal,
            ~equal & np.isfinite(problem.row_lower),
            ~equal & np.isfinite(problem.row_upper),
            np.isfinite(problem.lower),
            np.isfinite(problem.upper),
        ]
        return cls([np.flatnonzero(side) for side in sides], problem)

    def multipliers(self, z: np.ndarray) -> np.ndarray:
        """(rows,) of the program's rows, from those of the cone's."""
        found = np.zeros(self._rows)
        ends = np.cumsum([len(self._equal), len(self._least), len(self._most)])
        equal, least, most, _ = np.split(z, ends)
        # Clarabel's z is minus what holds a row up at its limit; of the turned rows the two signs cancel.
        found[self._equal] -= equal
        found[self._least] += least
        found[self._most] -= most
        return found
