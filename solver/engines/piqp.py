"""PIQP: a proximal interior-point method for sparse quadratic programs."""

from __future__ import annotations

import numpy as np
import piqp
from scipy import sparse

from scenarios.installed import version
from solver.engines.problem import Problem, Solution, Termination, nothing

_TERMINATIONS: dict[piqp.Status, Termination] = {
    piqp.PIQP_SOLVED: "optimal",
    piqp.PIQP_PRIMAL_INFEASIBLE: "infeasible",
    piqp.PIQP_DUAL_INFEASIBLE: "unbounded",
}
_FINE = dict.fromkeys(("eps_abs", "eps_rel", "eps_duality_gap_abs", "eps_duality_gap_rel"), 1e-10)
_ATTEMPTS: tuple[dict[str, float], ...] = (
    _FINE,
    {**_FINE, "reg_lower_limit": 1e-8, "reg_finetune_lower_limit": 1e-10},
    {"reg_lower_limit": 1e-8},
)
"""Settings to try in turn when the method stalls."""
_ARRIVED = 1e-5


class Piqp:
    """The default engine for quadratic programs."""

    name = "PIQP"

    @property
    def version(self) -> str:
        """The version of the library."""
        return version("piqp")

    def solve(self, problem: Problem) -> Solution:
        """The solution, close enough for the certificate to make it exact."""
        solution = nothing("error")
        for settings in _ATTEMPTS:
            solution = _attempt(problem, settings)
            if solution.termination != "error":
                break
        return solution


def _close(info: piqp.Info) -> bool:
    """Whether a method that stalled had all but arrived, as it does where rows leave next to no room."""
    gap = info.duality_gap / (1 + abs(info.primal_obj))
    return bool(max(info.primal_res, info.dual_res, gap) <= _ARRIVED)


def _attempt(problem: Problem, settings: dict[str, float]) -> Solution:
    equal = problem.row_lower == problem.row_upper
    solver = piqp.SparseSolver()
    solver.settings.iterative_refinement_always_enabled = True
    for name, value in settings.items():
        setattr(solver.settings, name, value)
    solver.setup(
        sparse.diags(problem.curvature, format="csc"),
        problem.cost,
        sparse.csc_matrix(problem.matrix[equal]),
        problem.row_lower[equal],
        sparse.csc_matrix(problem.matrix[~equal]),
        problem.row_lower[~equal],
        problem.row_upper[~equal],
        problem.lower,
        problem.upper,
    )
    termination = _TERMINATIONS.get(solver.solve(), "error")
    if termination == "error" and _close(solver.result.info):
        termination = "optimal"
    if termination != "optimal":
        return nothing(termination)
    multipliers = np.empty(len(problem.row_lower))
    multipliers[equal] = -solver.result.y
    multipliers[~equal] = solver.result.z_l - solver.result.z_u
    return Solution("optimal", np.array(solver.result.x), multipliers)
