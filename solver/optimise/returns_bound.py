"""The proof that no targets bring more than a bound: weak duality in decimals of fifty digits, trusting no solver.

For slopes p of lines above the curves and any multipliers y of the program's rows, targets x of the program bring at
most Σ intercept(p) + Σ p · done + Σ_cells max (gradient + A'y)_j x_j - Σ_rows min y_i (A x)_i, each max and min over
the cell's bounds and the row's limits. At the best, with its multipliers, that is what the best brings.
"""

from __future__ import annotations

from decimal import Decimal, localcontext

import numpy as np

from solver.engines.quadratic_program import Vector
from solver.model.program import Program
from solver.optimise.curves import DIGITS
from solver.optimise.returns import Returns


def proven_bound(program: Program, returns: Returns, x: Vector, multipliers: Vector) -> Decimal | None:
    """The most that any targets of the program can bring, from targets (cells,) and multipliers (rows,) at the best.

    None where nothing bounds it. The program's limits are taken as the doubles that they are.
    """
    slopes = returns.curves.slopes(returns.amounts(x))
    upper = np.minimum(program.upper, _within_rows(program))
    # A multiplier on a limit that there is not is noise of the engine, and would make the bound infinite.
    y = np.where((multipliers > 0) & ~np.isfinite(program.row_lower), 0.0, multipliers)
    y = np.where((y < 0) & ~np.isfinite(program.row_upper), 0.0, y)
    with localcontext() as context:
        context.prec = DIGITS
        steep = _reduced(program, returns, slopes, y)
        bound = returns.curves.exact_intercepts(slopes) + _sum_of_products(slopes, returns.done)
        for slope, least, most in zip(steep, program.lower.tolist(), upper.tolist(), strict=True):
            if slope > 0 and most == np.inf:
                return None
            bound += slope * Decimal(most if slope > 0 else least)
        limits = np.where(y > 0, program.row_lower, np.where(y < 0, program.row_upper, 0.0))
        return bound - _sum_of_products(y, limits)


def _reduced(program: Program, returns: Returns, slopes: Vector, y: Vector) -> list[Decimal]:
    """(cells,) gradient + A'y."""
    found = [Decimal(each) for each in returns.linear.tolist()]
    lines = ((returns.sums, slopes), (program.matrix, y)) if returns.metrics else ((program.matrix, y),)
    for matrix, factors in lines:
        entries = matrix.tocoo()
        factor = [Decimal(each) for each in factors.tolist()]
        for row, cell, value in zip(
            entries.row.tolist(), entries.col.tolist(), entries.data.tolist(), strict=True
        ):
            found[cell] += factor[row] * Decimal(value)
    return found


def _sum_of_products(one: Vector, other: Vector) -> Decimal:
    pairs = zip(one.tolist(), other.tolist(), strict=True)
    return sum((Decimal(a) * Decimal(b) for a, b in pairs), Decimal(0))


def _within_rows(program: Program) -> Vector:
    """(cells,) the most that rows without a falling cell leave to each cell, the others at their least."""
    found, matrix = np.full(len(program.lower), np.inf), program.matrix
    falling = np.zeros(matrix.shape[0], dtype=bool)
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    falling[row[matrix.data < 0]] = True
    used = ~falling[row] & np.isfinite(program.row_upper[row]) & (matrix.data > 0)
    np.minimum.at(found, matrix.indices[used], program.row_upper[row[used]] / matrix.data[used])
    # The quotient is rounded to nearest: one double up, so that the bound stays one.
    wider: Vector = np.nextafter(found, np.inf)
    return wider
