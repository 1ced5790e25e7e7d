"""PIQP: a proximal interior-point method for sparse quadratic programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from scenarios.installed import version
from solver.engines.quadratic_program import QuadraticProgram, Solution, Termination, nothing
from solver.engines.shared_rows import SharedRows

if TYPE_CHECKING:
    import piqp

_TERMINATIONS: dict[str, Termination] = {
    "PIQP_SOLVED": "optimal",
    "PIQP_PRIMAL_INFEASIBLE": "infeasible",
    "PIQP_DUAL_INFEASIBLE": "unbounded",
}
# As near as floats let it come: the next step tells rows that hold from rows that all but hold.
_FINE = dict.fromkeys(("eps_abs", "eps_rel", "eps_duality_gap_abs", "eps_duality_gap_rel"), 1e-10)
_ATTEMPTS: tuple[dict[str, float], ...] = (
    _FINE,
    {**_FINE, "reg_lower_limit": 1e-8, "reg_finetune_lower_limit": 1e-10},
    {"reg_lower_limit": 1e-8},
)
"""Settings to try in turn when the method stalls."""
_LINEAR = {**dict.fromkeys(_FINE, 1e-9), "max_iter": 60}
"""Of a linear program, whose last digits floats do not give: without a curvature, steps go on and gain none of them."""
_ARRIVED = 1e-5
"""Of residuals and of the relative gap: a stalled answer this near counts as one. It is only where Newton
steps or refinement start, and those prove what they end at."""
_INFINITE = 1e30
"""What PIQP takes for no limit; rows without one on either side are not passed on, for it prints a warning of each."""


class Piqp:
    """The default engine for quadratic programs."""

    name = "PIQP"

    def __init__(self, attempts: int = len(_ATTEMPTS), steps: int | None = None) -> None:
        """`attempts` is how many settings are tried where the method stalls; one, where another engine stands behind.

        `steps` is how many steps each may take, where an answer that takes long is as good as none.
        """
        most = {} if steps is None else {"max_iter": steps}
        self._attempts = [{**settings, **most} for settings in _ATTEMPTS[:attempts]]

    @property
    def version(self) -> str:
        """The version of the library."""
        return version("piqp")

    def solve(self, problem: QuadraticProgram) -> Solution:
        """The solution, close enough for the certificate to make it exact."""
        if shared := SharedRows.of(problem):
            return shared.solution(self._solve(shared.program))
        return self._solve(problem)

    def _solve(self, problem: QuadraticProgram) -> Solution:
        """The first answer of a setting that does not stall."""
        solution = nothing("error")
        for settings in self._attempts:
            solution = _attempt(problem, {**settings, **_LINEAR} if problem.linear else settings)
            if solution.termination != "error":
                break
        return solution


def _close(info: piqp.Info) -> bool:
    """Whether a method that stalled had all but arrived, as it does where rows leave next to no room."""
    gap = info.duality_gap / (1 + abs(info.primal_obj))
    return bool(max(info.primal_res, info.dual_res, gap) <= _ARRIVED)


def _attempt(problem: QuadraticProgram, settings: dict[str, float]) -> Solution:
    """One try: rows as A x = b and h_l ≤ G x ≤ h_u, the multipliers turned to our sign."""
    import piqp  # for the few programs that Newton steps leave

    equal = problem.row_lower == problem.row_upper
    # PIQP takes equations by themselves: as two inequalities they would leave the interior point no inside.
    between = ~equal & ((problem.row_lower > -_INFINITE) | (problem.row_upper < _INFINITE))
    solver = piqp.SparseSolver()
    solver.settings.iterative_refinement_always_enabled = True
    for name, value in settings.items():
        setattr(solver.settings, name, value)
    solver.setup(
        sparse.diags(problem.curvature, format="csc"),
        problem.cost,
        sparse.csc_matrix(problem.matrix[equal]),
        problem.row_lower[equal],
        sparse.csc_matrix(problem.matrix[between]),
        problem.row_lower[between],
        problem.row_upper[between],
        problem.lower,
        problem.upper,
    )
    termination = _TERMINATIONS.get(solver.solve().name, "error")
    if termination == "error" and _close(solver.result.info):
        termination = "optimal"
    if termination != "optimal":
        return nothing(termination)
    multipliers = np.zeros(len(problem.row_lower))
    # PIQP adds yᵀ(A x - b) to the Lagrangian; here a positive multiplier holds a row up.
    multipliers[equal] = -solver.result.y
    multipliers[between] = solver.result.z_l - solver.result.z_u
    return Solution("optimal", np.array(solver.result.x), multipliers)
