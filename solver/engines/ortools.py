"""OR-Tools: GLOP for linear programs, SCIP and CP-SAT for whole numbers, PDLP for quadratic programs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver.python import model_builder_helper as helper
from scipy import sparse

from scenarios.installed import version
from solver.engines.problem import Problem, Solution, Termination, nothing

_TERMINATIONS: dict[helper.SolveStatus, Termination] = {
    helper.SolveStatus.OPTIMAL: "optimal",
    helper.SolveStatus.INFEASIBLE: "infeasible",
    helper.SolveStatus.UNBOUNDED: "unbounded",
}
_WHOLE = (
    ("scip", "limits/totalnodes = {nodes}"),
    ("sat", "max_deterministic_time: {time} num_workers: 1 random_seed: 7 linearization_level: 2"),
)
"""Solvers for whole numbers, in turn, with limits on work, not time: the answer must not depend on the machine."""
_NODES, _TIME = 20_000, 20.0


class OrTools:
    """The default engine for linear programs; the second opinion on quadratic ones."""

    name = "OR-Tools"

    @property
    def version(self) -> str:
        """The version of the library."""
        return version("ortools")

    def solve(self, problem: Problem) -> Solution:
        """The solution: a vertex for a linear program, about six digits for a quadratic one."""
        return _simplex(problem) if problem.linear else _first_order(problem)

    def solve_whole(self, problem: Problem, whole: NDArray[np.bool_], *, share: float = 1.0) -> Solution:
        """The solution of a linear program in which the columns marked `whole` (columns,) are integers.

        It is looked for with a share of the usual work; when that is done, the termination is time_limit.

        SCIP closes rounding programs about twenty times sooner than CP-SAT, which stands behind it.
        """
        model = _model(problem)
        for column in np.flatnonzero(whole).tolist():
            model.set_var_integrality(column, True)
        for name, limit in _WHOLE:
            solver = helper.ModelSolverHelper(name)
            limited = limit.format(nodes=max(1, int(share * _NODES)), time=share * _TIME)
            solver.set_solver_specific_parameters(limited)
            solver.solve(model)
            if solver.has_solution():
                return Solution("optimal", np.array(solver.variable_values()), np.empty(0))
            if solver.status() == helper.SolveStatus.INFEASIBLE:
                return nothing("infeasible")
        return nothing("time_limit")


def _model(problem: Problem) -> helper.ModelBuilderHelper:
    model = helper.ModelBuilderHelper()
    fill: Any = model.fill_model_from_sparse_data
    fill(
        problem.lower,
        problem.upper,
        problem.cost,
        problem.row_lower,
        problem.row_upper,
        sparse.csr_matrix(problem.matrix),
    )
    return model


def _simplex(problem: Problem) -> Solution:
    solver = helper.ModelSolverHelper("glop")
    solver.solve(_model(problem))
    termination = _TERMINATIONS.get(solver.status(), "error")
    if termination == "infeasible" and problem.cost.any():
        # GLOP's presolve calls a program infeasible when it is that or unbounded.
        without = replace(problem, cost=np.zeros(len(problem.cost)))
        termination = "unbounded" if _simplex(without).termination == "optimal" else termination
    if termination != "optimal":
        return nothing(termination)
    return Solution("optimal", np.array(solver.variable_values()), np.array(solver.dual_values()))


def _first_order(problem: Problem) -> Solution:
    # Imported here because only a second opinion needs it, and it takes a tenth of a second.
    from ortools.pdlp import solve_log_pb2, solvers_pb2
    from ortools.pdlp.python import pdlp

    if np.any(problem.lower > problem.upper) or np.any(problem.row_lower > problem.row_upper):
        return nothing("infeasible")
    program = pdlp.QuadraticProgram()
    program.resize_and_initialize(len(problem.cost), len(problem.row_lower))
    program.objective_vector = problem.cost
    program.set_objective_matrix_diagonal(problem.curvature)
    program.constraint_matrix = sparse.csc_matrix(problem.matrix)
    program.constraint_lower_bounds, program.constraint_upper_bounds = problem.row_lower, problem.row_upper
    program.variable_lower_bounds, program.variable_upper_bounds = problem.lower, problem.upper
    settings = solvers_pb2.PrimalDualHybridGradientParams()
    settings.termination_criteria.simple_optimality_criteria.eps_optimal_absolute = 1e-9
    settings.termination_criteria.simple_optimality_criteria.eps_optimal_relative = 1e-9
    settings.termination_criteria.iteration_limit = 200_000
    result = pdlp.primal_dual_hybrid_gradient(program, settings)
    reason = result.solve_log.termination_reason
    if reason == solve_log_pb2.TERMINATION_REASON_OPTIMAL:
        return Solution("optimal", np.array(result.primal_solution), np.array(result.dual_solution))
    refuted = reason == solve_log_pb2.TERMINATION_REASON_PRIMAL_INFEASIBLE
    return nothing("infeasible" if refuted else "error")
