"""OR-Tools: GLOP for linear programs, PDLP for quadratic ones; whole numbers are mixed_integer's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from scenarios.installed import version
from solver.engines.quadratic_program import QuadraticProgram, Solution, Termination, nothing

if TYPE_CHECKING:
    from ortools.linear_solver.python import model_builder_helper as helper

_TERMINATIONS: dict[str, Termination] = {
    "OPTIMAL": "optimal",
    "INFEASIBLE": "infeasible",
    "UNBOUNDED": "unbounded",
}


class OrTools:
    """The default engine for linear programs; the second opinion on quadratic ones."""

    name = "OR-Tools"

    @property
    def version(self) -> str:
        """The version of the library."""
        return version("ortools")

    def solve(self, problem: QuadraticProgram) -> Solution:
        """The solution: a vertex for a linear program, about six digits for a quadratic one."""
        return _simplex(problem) if problem.linear else _first_order(problem)


def _model(problem: QuadraticProgram) -> helper.ModelBuilderHelper:
    from ortools.linear_solver.python import model_builder_helper as helper

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


def _simplex(problem: QuadraticProgram) -> Solution:
    """A linear program by GLOP; its dual values have our sign."""
    solution = _glop(problem)
    if solution.termination == "infeasible" and problem.cost.any():
        # GLOP's presolve says so of a program that is unbounded, too, and of one whose rows leave next to nothing.
        solution = _glop(problem, "use_preprocessing: false")
    # The same question without a cost cannot be unbounded: it tells the two apart.
    if solution.termination == "infeasible" and problem.cost.any():
        without = replace(problem, cost=np.zeros(len(problem.cost)))
        return nothing("unbounded") if _glop(without).termination == "optimal" else solution
    return solution


def _glop(problem: QuadraticProgram, parameters: str = "") -> Solution:
    from ortools.linear_solver.python import model_builder_helper as helper

    solver = helper.ModelSolverHelper("glop")
    solver.set_solver_specific_parameters(parameters)
    solver.solve(_model(problem))
    termination = _TERMINATIONS.get(solver.status().name, "error")
    if termination != "optimal":
        return nothing(termination)
    return Solution("optimal", np.array(solver.variable_values()), np.array(solver.dual_values()))


def _first_order(problem: QuadraticProgram) -> Solution:
    """A quadratic program by PDLP, a primal-dual hybrid gradient method (Applegate et al. 2021)."""
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
    # Tighter than PDLP's 1e-6, for its answers are compared with others; steps and not seconds are limited,
    # so that the answer does not depend on the machine.
    settings.termination_criteria.simple_optimality_criteria.eps_optimal_absolute = 1e-9
    settings.termination_criteria.simple_optimality_criteria.eps_optimal_relative = 1e-9
    settings.termination_criteria.iteration_limit = 200_000
    result = pdlp.primal_dual_hybrid_gradient(program, settings)
    reason = result.solve_log.termination_reason
    if reason == solve_log_pb2.TERMINATION_REASON_OPTIMAL:
        return Solution("optimal", np.array(result.primal_solution), np.array(result.dual_solution))
    refuted = reason == solve_log_pb2.TERMINATION_REASON_PRIMAL_INFEASIBLE
    return nothing("infeasible" if refuted else "error")
