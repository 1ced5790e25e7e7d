"""Mixed-integer programs by the solvers inside OR-Tools: HiGHS, CP-SAT and SCIP, each with limits on its work."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from solver.engines.quadratic_program import Vector
from solver.model.matrices import Matrix, by_rows, largest

if TYPE_CHECKING:
    from ortools.linear_solver.python import model_builder_helper as helper

Mask = NDArray[np.bool_]

_HIGHS = "output_flag=false,threads=1,random_seed=7,mip_max_nodes={nodes},mip_abs_gap={gap},mip_rel_gap=0"
_SAT = (
    "num_workers:1 random_seed:7 linearization_level:2 max_deterministic_time:{time} absolute_gap_limit:{gap}"
    # Left alone, CP-SAT cuts bounds off at ten million and calls "infeasible" what only lies beyond.
    " mip_max_bound:1e15 mip_max_activity_exponent:62"
)
_IN_BRIEF = " mip_presolve_level:0 keep_all_feasible_solutions_in_presolve:true"
"""Without the presolve in floats, nor the steps of the other that lower bounds one by one for the cost's sake: the work of
neither is counted. The former warns on stderr where bounds creep along.
"""
_AT_ONCE, _PRESOLVED = " cp_model_presolve:false", 100_000
"""Beyond so many entries CP-SAT's presolve takes many times the work that a brief search is given, and is not counted."""
_SCIP = "limits/totalnodes = {nodes}\nlimits/absgap = {gap}"
_NODES = 2_000
"""Nodes of branch and bound: a limit on work, not time, so that the answer does not depend on the machine."""
_ENTRIES = 2e6
"""Nodes times entries: the same for large programs, whose nodes take longer."""
_TIME = 1.0
"""Units of CP-SAT's deterministic time, about a second each."""
_EARNEST = 0.2
"""Part of the usual work: searches of less do without an answer rather than take one at any cost."""
_SMALL, _DENSE = 20_000, 0.05
"""Rows times columns, and the part of these that are entries: beyond both, searches of less than that ask only CP-SAT. The
others do most of their work before the first node, where it is not counted.
"""
_BRIEF = 2.0
"""How much more of CP-SAT's own work is done where it alone is asked."""
_TAKEN, _SHRUNK = 1e14, 1e9
"""A coefficient up to which HiGHS takes rows (1e15, beyond which it calls a program invalid, with room for sums), and what
larger ones are shrunk to: its tolerance of 1e-7 is then a last digit of the row.
"""
_NODE = 3e4
"""Columns plus entries: HiGHS counts no work inside a node, so that it is not asked of programs with more."""


@dataclass(frozen=True, eq=False)
class MixedIntegerProgram:
    """Minimise cost · x with row_lower ≤ A x ≤ row_upper and lower ≤ x ≤ upper, some columns whole numbers."""

    cost: Vector
    """(columns,)"""
    matrix: Matrix
    """(rows, columns)"""
    row_lower: Vector
    """(rows,)"""
    row_upper: Vector
    """(rows,)"""
    lower: Vector
    """(columns,)"""
    upper: Vector
    """(columns,)"""
    whole: Mask
    """(columns,) which are whole numbers."""
    plain: bool
    """Whether coefficients are whole numbers, so that CP-SAT counts without rounding them."""


@dataclass(frozen=True, eq=False)
class Found:
    """What a search came to."""

    x: Vector | None
    """(columns,) None when nothing was found."""
    settled: bool
    """Whether it is proved: that `x` is least but for the gap, or that there is none."""


def search(program: MixedIntegerProgram, *, gap: float, effort: float = 1.0) -> Found:
    """Whole numbers whose cost is within `gap` of the least; `effort` is the part of the usual work.

    The solvers are asked in turn until one settles it; else the first that found something counts. All limits count
    work, none time: the answer is the same on a busy machine.
    """
    model = _whole_model(program)
    nodes = max(1, int(effort * min(_NODES, _ENTRIES / max(1, program.matrix.nnz))))
    size = program.matrix.shape[0] * len(program.cost)
    brief = effort < _EARNEST and size > _SMALL and program.matrix.nnz > _DENSE * size
    alone = brief or program.matrix.nnz + len(program.cost) > _NODE
    time = effort * _TIME * (_BRIEF if alone else 1)
    sat = _SAT + (_IN_BRIEF if effort < _EARNEST else "")
    sat += _AT_ONCE if effort < _EARNEST and program.matrix.nnz > _PRESOLVED else ""
    solvers = [("sat", sat)] if alone else [("highs", _HIGHS), ("sat", sat)]
    best = Found(None, settled=False)
    for name, parameters in reversed(solvers) if program.plain else solvers:
        found = run(name, parameters.format(nodes=nodes, time=time, gap=gap), model)
        if found.settled and _counts(found, best, exact=program.plain or name != "sat"):
            return found
        best = found if best.x is None else best
    best = replace(best, settled=False)
    return (
        best if best.x is not None or alone or effort < _EARNEST else _anything(program, nodes, gap, effort)
    )


def _counts(found: Found, best: Found, *, exact: bool) -> bool:
    """Whether what a solver says to have settled is so: there is no proof of none by rounded coefficients (CP-SAT has no
    others), nor where another solver has found something.
    """
    return found.x is not None or (exact and best.x is None)


def _anything(program: MixedIntegerProgram, nodes: int, gap: float, effort: float) -> Found:
    """Whole numbers at any cost: without one to prove, HiGHS finds them where rows all but determine them; else by SCIP."""
    model = _whole_model(replace(program, cost=np.zeros(len(program.cost))))
    found = run("highs", _HIGHS.format(nodes=max(1, int(effort * _NODES)), gap=0), model)
    if found.x is not None or found.settled:
        return replace(found, settled=found.x is None)
    # Last, because slowest: the work that SCIP does before its first node is not counted.
    return run("scip", _SCIP.format(nodes=nodes, gap=gap), _whole_model(program))


def _whole_model(program: MixedIntegerProgram) -> helper.ModelBuilderHelper:
    model = model_of(program)
    for column in np.flatnonzero(program.whole).tolist():
        model.set_var_integrality(column, True)
    return model


def model_of(program: MixedIntegerProgram) -> helper.ModelBuilderHelper:
    """The program as OR-Tools has it, all its columns in fractions."""
    from ortools.linear_solver.python import model_builder_helper as helper

    program = within_reach(program)
    model = helper.ModelBuilderHelper()
    fill: Any = model.fill_model_from_sparse_data
    fill(
        program.lower,
        program.upper,
        program.cost,
        program.row_lower,
        program.row_upper,
        sparse.csr_matrix(program.matrix),
    )
    return model


def within_reach(program: MixedIntegerProgram) -> MixedIntegerProgram:
    """The program with rows of huge coefficients divided by powers of two, which costs them no digit."""
    most = largest(program.matrix)
    huge = most > _TAKEN
    if not huge.any():
        return program
    factor = np.where(huge, 2.0 ** np.floor(np.log2(_SHRUNK / np.maximum(most, 1.0))), 1.0)
    return replace(
        program,
        matrix=by_rows(program.matrix, factor),
        row_lower=program.row_lower * factor,
        row_upper=program.row_upper * factor,
    )


def run(name: str, parameters: str, model: helper.ModelBuilderHelper) -> Found:
    """What one of OR-Tools' solvers comes to by its own parameters."""
    from ortools.linear_solver.python import model_builder_helper as helper

    solver = helper.ModelSolverHelper(name)
    solver.enable_output(False)
    solver.set_solver_specific_parameters(parameters)
    solver.solve(model)
    status = solver.status()
    if not solver.has_solution():
        return Found(None, status == helper.SolveStatus.INFEASIBLE)
    return Found(np.array(solver.variable_values()), status == helper.SolveStatus.OPTIMAL)
