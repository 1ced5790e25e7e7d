"""Relaxation: a mixed-integer program in fractions, by the simplex method of HiGHS.

The one inside OR-Tools hands on neither prices nor reduced costs, which tell what columns are nearest to changing; the
one inside SciPy does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from solver.engines.mixed_integer import MixedIntegerProgram, model_of, run, within_reach
from solver.engines.quadratic_program import Vector

_SIMPLEX = "output_flag=false,threads=1,simplex_iteration_limit={pivots}"
_PIVOTS, _PIVOT_ENTRIES = 100_000, 2e9
"""Steps of the simplex method, and these times entries: a limit on the work of a linear program of any size."""
_LEAST, _NONE = 0, 2
"""What SciPy calls the least cost found, and none that keeps the rows."""


@dataclass(frozen=True, eq=False)
class Relaxed:
    """The least cost in fractions."""

    x: Vector
    """(columns,)"""
    reduced: Vector
    """(columns,) reduced costs: what one unit more of each column costs once all others have made room for it."""
    prices: Vector
    """(rows,) what a unit more of each row's limit costs."""


@dataclass(frozen=True)
class NotRelaxed:
    """No fractions were found."""

    settled: bool
    """Whether it is proved that there are none; else the counted steps did not suffice."""


def relax(program: MixedIntegerProgram, *, priced: bool = True) -> Relaxed | NotRelaxed:
    """The least cost in fractions; prices and reduced costs are zero where they are not asked for."""
    pivots = max(1, int(min(_PIVOTS, _PIVOT_ENTRIES / max(1, program.matrix.nnz))))
    return _by_scipy(program, pivots) if priced else _by_ortools(program, pivots)


def _by_ortools(program: MixedIntegerProgram, pivots: int) -> Relaxed | NotRelaxed:
    found = run("highs", _SIMPLEX.format(pivots=pivots), model_of(program))
    if found.x is None:
        return NotRelaxed(found.settled)
    rows, columns = program.matrix.shape
    return Relaxed(found.x, np.zeros(columns), np.zeros(rows))


def _by_scipy(program: MixedIntegerProgram, pivots: int) -> Relaxed | NotRelaxed:
    from scipy import optimize  # takes a sixth of a second to load, as long as a small solve

    linprog: Any = optimize.linprog
    program = within_reach(program)
    matrix, equal = program.matrix, program.row_lower == program.row_upper
    above, below = ~equal & np.isfinite(program.row_upper), ~equal & np.isfinite(program.row_lower)
    found = linprog(
        program.cost,
        A_ub=sparse.vstack([matrix[above], -matrix[below]]),
        b_ub=np.concatenate([program.row_upper[above], -program.row_lower[below]]),
        A_eq=matrix[equal],
        b_eq=program.row_lower[equal],
        bounds=np.stack([program.lower, program.upper], axis=1),
        method="highs-ds",
        options={"maxiter": pivots},
    )
    if found.status != _LEAST:
        return NotRelaxed(found.status == _NONE)
    prices = np.zeros(len(equal))
    prices[equal] = found.eqlin.marginals
    one_sided = found.ineqlin.marginals
    count = int(above.sum())
    prices[above] += one_sided[:count]
    prices[below] -= one_sided[count:]
    return Relaxed(found.x, found.lower.marginals + found.upper.marginals, prices)
