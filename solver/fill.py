"""Filling: how many cells of each pattern are rounded up, so that every row keeps its limits at the least cost.

Cells with the same coefficients in the rows at stake are exchangeable, so one count per pattern is enough; the
cheapest cells of a pattern are rounded up first, which makes its cost a convex function of the count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from solver.engines.ortools import OrTools
from solver.engines.problem import Problem, Vector

Index = NDArray[np.intp]
_WINDOW = 24
_WHOLE = 1e-6


@dataclass(frozen=True, eq=False)
class Steps:
    """Choices of one unit more, in the order in which a cell may take them."""

    cell: Index
    """(steps,) the cell that would get one unit more."""
    cost: Vector
    """(steps,) what it adds to the cost; does not fall from a cell's one step to its next."""


@dataclass(frozen=True, eq=False)
class Stakes:
    """The rows that rounding could break."""

    matrix: sparse.csr_array
    """(rows, cells) what one unit of each cell adds to each row."""
    lower: Vector
    """(rows,) the least that the steps taken must add."""
    upper: Vector
    """(rows,) the most that they may add."""
    penalty: Vector
    """(rows,) the cost of a miss of one, infinite where the row is hard."""


def fill(steps: Steps, stakes: Stakes) -> NDArray[np.bool_] | None:
    """(steps,) which steps to take; None when no choice keeps the hard rows."""
    pattern, width = _patterns(stakes.matrix, steps.cell)
    order = np.lexsort((steps.cell, np.round(steps.cost, 9), pattern))
    starts = np.searchsorted(pattern[order], np.arange(width + 1))
    sizes = np.diff(starts)
    first = order[starts[:-1]]
    natural = np.bincount(pattern, np.clip((1 - steps.cost) / 2, 0, 1), minlength=width)
    window = _WINDOW
    while True:
        counts, inside = _counts(stakes, steps.cost[order], starts, sizes, natural, steps.cell[first], window)
        if inside or counts is None and window >= sizes.max(initial=0):
            break
        window *= 16
    if counts is None:
        return None
    taken = np.zeros(len(steps.cell), dtype=bool)
    rank = np.arange(len(order)) - np.repeat(starts[:-1], sizes)
    taken[order] = rank < np.repeat(counts, sizes)
    return taken


def _patterns(matrix: sparse.csr_array, cell: Index) -> tuple[Index, int]:
    """(steps,) the pattern of each step's cell, and how many patterns there are."""
    columns = sparse.csc_array(matrix)
    probe = np.random.default_rng(20).random((2, matrix.shape[0]))
    keys = np.stack([columns.T @ p for p in probe], axis=1)[cell]
    _, pattern = np.unique(keys, axis=0, return_inverse=True)
    return np.asarray(pattern, dtype=np.intp).ravel(), int(pattern.max(initial=-1)) + 1


def _counts(
    stakes: Stakes,
    cost: Vector,
    starts: Index,
    sizes: Index,
    natural: Vector,
    cell: Index,
    window: int,
) -> tuple[NDArray[np.int64] | None, bool]:
    """(patterns,) how many steps each pattern takes, and whether none of them wanted to leave the window."""
    low = np.clip(np.floor(natural).astype(np.intp) - window, 0, sizes)
    high = np.clip(np.floor(natural).astype(np.intp) + window + 1, 0, sizes)
    pieces = np.repeat(np.arange(len(sizes)), high - low)
    offset = np.arange(len(pieces)) - np.repeat(np.cumsum(high - low) - (high - low), high - low)
    piece_cost = cost[starts[pieces] + low[pieces] + offset]
    coefficients = sparse.csc_array(stakes.matrix)[:, cell]
    already = coefficients @ low.astype(np.float64)
    soft = np.flatnonzero(np.isfinite(stakes.penalty))
    slack = sparse.csr_array((np.ones(len(soft)), (soft, np.arange(len(soft)))), shape=(len(stakes.lower), len(soft)))
    problem = Problem(
        curvature=np.zeros(len(pieces) + 2 * len(soft)),
        cost=np.concatenate([piece_cost, stakes.penalty[soft], stakes.penalty[soft]]),
        matrix=sparse.csr_array(sparse.hstack([coefficients[:, pieces], slack, -slack])),
        row_lower=stakes.lower - already,
        row_upper=stakes.upper - already,
        lower=np.zeros(len(pieces) + 2 * len(soft)),
        upper=np.concatenate([np.ones(len(pieces)), np.full(2 * len(soft), np.inf)]),
    )
    taken = _whole(problem, len(pieces))
    if taken is None:
        return None, False
    counts = np.bincount(pieces, taken, minlength=len(sizes)).round().astype(np.int64) + low
    at_edge = ((counts == low) & (low > 0)) | ((counts == high) & (high < sizes))
    return counts, not bool(at_edge.any())


def _whole(problem: Problem, pieces: int) -> Vector | None:
    """(pieces,) the cheapest whole choice: the vertex of the linear program, or CP-SAT's where that is not whole."""
    engine = OrTools()
    solution = engine.solve(problem)
    if solution.termination == "optimal":
        taken = solution.x[:pieces]
        if np.all(np.abs(taken - np.round(taken)) <= _WHOLE):
            return np.round(taken)
    whole = np.zeros(len(problem.cost), dtype=bool)
    whole[:pieces] = True
    solution = engine.solve_whole(problem, whole)
    return np.round(solution.x[:pieces]) if solution.termination == "optimal" else None
