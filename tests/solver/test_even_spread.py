"""The even spread: amounts of very different size in one row, targets known to keep the rules."""

from dataclasses import replace

import numpy as np
from numpy.testing import assert_allclose
from scipy import sparse

from solver.engines.piqp import Piqp
from solver.engines.quadratic_program import Vector
from solver.model.program import Limits, Program
from solver.optimise.even_spread import spread_evenly

LARGE = 1.95e12
"""What two cells without a choice come to, in the first row."""


def small_beside_large(small: float) -> tuple[Program, Vector]:
    """Targets and a program that leaves no others: x0 = x1 = LARGE / 2, x2 = `small`, x3 two billion times as much.

    The first row, x0 + x1 + 250 x2 at most, leaves x2 room for a part of 1e-11 of it; the second ties x3 to x2, and the
    third asks for their sum.
    """
    known = np.array([LARGE / 2, LARGE / 2, small, 2e9 * small])
    matrix = sparse.csr_array([[1.0, 1.0, 250.0, 0.0], [0.0, 0.0, 2e9, -1.0], [0.0, 0.0, 1.0, 1.0]])
    amount = matrix @ known
    limits = replace(Limits.free(3, -np.inf), lower=np.array([-np.inf, *amount[1:]]), upper=np.array(amount))
    bounds = replace(
        Limits.free(4, 0.0),
        lower=np.array([LARGE / 2, LARGE / 2, 0.0, 0.0]),
        upper=np.array([LARGE / 2, LARGE / 2, np.inf, np.inf]),
    )
    fair_share, scale = np.array([LARGE, LARGE, 0.05, 1e8]), np.array([2 * LARGE, 2 * LARGE, 1e9, 1e9])
    return Program(fair_share, scale, bounds, matrix, limits, np.zeros((3, 2))), known


def test_what_is_noise_to_a_row_of_large_amounts_is_left_to_a_small_cell() -> None:
    program, known = small_beside_large(0.036)

    spread = spread_evenly(program, Piqp(), known)

    assert spread.certificate is not None
    assert spread.certificate.exact
    assert_allclose(spread.x, known, rtol=1e-12)
