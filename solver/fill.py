"""Filling: how many cells of each pattern are rounded up, so that every row keeps its limits at the least cost.

Cells with the same coefficients in the rows at stake are exchangeable, so one count per pattern is enough; the
cheapest cells of a pattern are rounded up first, which makes its cost a convex function of the count.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from solver.engines.ortools import OrTools
from solver.engines.problem import Problem, Solution, Vector
from solver.matrices import alike

Index = NDArray[np.intp]
Counts = NDArray[np.int64]
_WINDOW = 24
_WHOLE = 1e-6
_ONE = 1e-12
_SURE = 1e-5


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


def fill(
    steps: Steps, stakes: Stakes, *, patient: bool = True, share: float = 1.0
) -> NDArray[np.bool_] | None:
    """(steps,) which steps to take; None when no choice keeps the hard rows, or a share of the usual work finds none.

    Without patience only counts near each pattern's sum of remainders are looked at.
    """
    pattern, width = _patterns(stakes.matrix, steps.cell)
    order = np.lexsort((steps.cell, np.round(steps.cost, 9), pattern))
    starts = np.searchsorted(pattern[order], np.arange(width + 1))
    heap = _Heap(
        steps.cost[order], starts, sparse.csc_array(stakes.matrix)[:, steps.cell[order[starts[:-1]]]]
    )
    natural = np.bincount(pattern, np.clip((1 - steps.cost) / 2, 0, 1), minlength=width).astype(np.float64)
    counts = _fewest(heap, stakes, natural, patient=patient, share=share)
    if counts is None:
        return None
    taken = np.zeros(len(steps.cell), dtype=bool)
    rank = np.arange(len(order)) - np.repeat(starts[:-1], heap.sizes)
    taken[order] = rank < np.repeat(counts, heap.sizes)
    return taken


@dataclass(frozen=True, eq=False)
class _Heap:
    """The steps, pattern by pattern, the cheapest of each first."""

    cost: Vector
    """(steps,)"""
    starts: Index
    """(patterns + 1,) where the steps of each pattern begin."""
    coefficients: sparse.csc_array
    """(rows, patterns) what a step of each pattern adds to each row."""

    @property
    def sizes(self) -> Index:
        """(patterns,) how many steps each has."""
        return np.diff(self.starts)


def _fewest(heap: _Heap, stakes: Stakes, natural: Vector, *, patient: bool, share: float) -> Counts | None:
    """(patterns,) the cheapest whole counts; a relaxed answer first, whole numbers around it where it is not whole."""
    window, largest = max(_WINDOW, len(heap.sizes)), int(heap.sizes.max(initial=0))
    while True:
        relaxed = _solve(heap, stakes, natural, window)
        if relaxed is not None and not _leaves(heap, relaxed, natural, window):
            break
        if window >= largest or not patient:
            return None
        window *= 16
    if np.all(np.abs(relaxed - np.round(relaxed)) <= _WHOLE):
        return np.round(relaxed).astype(np.int64)
    if _never_whole(heap, stakes, relaxed):
        return None
    window = max(_WINDOW, len(heap.sizes))
    while (counts := _solve_whole(heap, stakes, relaxed, window, share)) is None and window < largest:
        window *= 16
    return None if counts is None else np.round(counts).astype(np.int64)


def _never_whole(heap: _Heap, stakes: Stakes, around: Vector) -> bool:
    """Whether limits brought to whole numbers show at once that whole counts cannot keep the hard rows."""
    sharp = _sharpened(stakes)
    windows = (max(_WINDOW, len(heap.sizes)), int(heap.sizes.max(initial=0)))
    return all(_solve(heap, sharp, around, window) is None for window in windows)


def _sharpened(stakes: Stakes) -> Stakes:
    """The hard rows to which every step adds one with whole limits; the others as they are."""
    odd = np.abs(stakes.matrix.data - 1) > _ONE
    row = np.repeat(np.arange(len(stakes.lower)), np.diff(stakes.matrix.indptr))
    counts = np.isinf(stakes.penalty) & (np.bincount(row[odd], minlength=len(stakes.lower)) == 0)
    lower = np.where(counts, np.ceil(stakes.lower - _SURE), stakes.lower)
    upper = np.where(counts, np.floor(stakes.upper + _SURE), stakes.upper)
    return replace(stakes, lower=lower, upper=upper)


def _range(heap: _Heap, around: Vector, window: int) -> tuple[Index, Index]:
    """Two (patterns,) arrays: the least and the most count within a window around some count."""
    middle = np.floor(around).astype(np.intp)
    return np.clip(middle - window, 0, heap.sizes), np.clip(middle + window + 1, 0, heap.sizes)


def _leaves(heap: _Heap, counts: Vector, around: Vector, window: int) -> bool:
    """Whether some count stands at an edge of its window that is not an edge of what there is."""
    low, high = _range(heap, around, window)
    return bool((((counts <= low) & (low > 0)) | ((counts >= high) & (high < heap.sizes))).any())


def _solve(heap: _Heap, stakes: Stakes, around: Vector, window: int) -> Vector | None:
    """(patterns,) the cheapest counts within a window, in fractions; None when there are none."""
    pieces, low, problem = _windowed(heap, stakes, around, window)
    return _counted(OrTools().solve(problem), pieces, low)


def _solve_whole(heap: _Heap, stakes: Stakes, around: Vector, window: int, share: float) -> Vector | None:
    """(patterns,) the cheapest whole counts within a window that a share of the usual work finds; None for none."""
    pieces, low, problem = _windowed(heap, stakes, around, window)
    integers = np.arange(len(problem.cost)) < len(pieces)
    return _counted(OrTools().solve_whole(problem, integers, share=share), pieces, low)


def _windowed(heap: _Heap, stakes: Stakes, around: Vector, window: int) -> tuple[Index, Index, Problem]:
    """The pattern of each step within a window, (patterns,) the counts below it, and the problem of the steps."""
    low, high = _range(heap, around, window)
    width = high - low
    pieces = np.repeat(np.arange(len(width)), width)
    offset = np.arange(len(pieces)) - np.repeat(np.cumsum(width) - width, width)
    cost = heap.cost[heap.starts[pieces] + low[pieces] + offset]
    return pieces, low, _problem(heap, stakes, pieces, low, cost)


def _counted(solution: Solution, pieces: Index, low: Index) -> Vector | None:
    """(patterns,) the counts that a solution takes."""
    if solution.termination != "optimal":
        return None
    taken = np.bincount(pieces, solution.x[: len(pieces)], minlength=len(low))
    return np.asarray(low + taken, dtype=np.float64)


def _problem(heap: _Heap, stakes: Stakes, pieces: Index, low: Index, cost: Vector) -> Problem:
    """Steps within the windows, each taken or not, then what elastic rows lack, then what they have too much."""
    already = heap.coefficients @ low.astype(np.float64)
    soft = np.flatnonzero(np.isfinite(stakes.penalty))
    slack = sparse.csr_array(
        (np.ones(len(soft)), (soft, np.arange(len(soft)))), shape=(len(stakes.lower), len(soft))
    )
    columns = len(pieces) + 2 * len(soft)
    upper = np.full(columns, np.inf)
    upper[: len(pieces)] = 1.0
    return Problem(
        curvature=np.zeros(columns),
        cost=np.concatenate([cost, stakes.penalty[soft], stakes.penalty[soft]]),
        matrix=sparse.csr_array(sparse.hstack([heap.coefficients[:, pieces], slack, -slack])),
        row_lower=stakes.lower - already,
        row_upper=stakes.upper - already,
        lower=np.zeros(columns),
        upper=upper,
    )


def _patterns(matrix: sparse.csr_array, cell: Index) -> tuple[Index, int]:
    """(steps,) the pattern of each step's cell, and how many patterns there are."""
    columns = sparse.csc_array(matrix)
    probe = np.random.default_rng(20).random((2, matrix.shape[0]))
    keys = np.stack([columns.T @ p for p in probe], axis=1)[cell]
    first, pattern = alike(keys)
    return pattern, len(first)
