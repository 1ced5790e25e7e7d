"""An independent model: the same rules as lexicographic quadratic programs for Clarabel, in a process of its own.

Each priority's misses are made least, Σ weight · miss² / (2 · |limit| · T), and frozen; then cells without a fair share
get the least that is forced on them, and are frozen; then the even spread. It imports nothing of the product.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import clarabel
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

from tests.fuzz.program import Program

Floats = NDArray[np.float64]

_SMALL = 1e-4
"""Of T: a limit counts as at least this much where a miss is measured against it, so that zero limits have a measure."""
_ROOM = 1e-8
"""Of T: by how much frozen misses are widened, so that an interior point has room."""
Rooms = tuple[float, ...]

_ROOMS: Rooms = (1e-9, 1e-8, 1e-7)
"""Of the company target's scale: by how much rows are widened, the least first that leaves an interior to walk in."""
_NOISE = 1e-9
"""A miss of so little, in the measure of a stage, is none."""
_DOUBTED = 1e-3
"""A difference from ours beyond which the model is asked whether it knows that itself."""
_GOOD = ("Solved", "AlmostSolved")


class UnknownError(ArithmeticError):
    """The model cannot tell."""


def compare(program: Program) -> dict[str, Any]:
    """What the answer in a program misses beyond what it must, and how far it is from the even spread."""
    try:
        return {"compared": "yes", **_compare(program)}
    except UnknownError as reason:
        return {"compared": str(reason)}


def _compare(program: Program) -> dict[str, Any]:
    worse, bests, x = _chain(program, _ROOMS)
    apart = 0.0 if x is None else _apart(program, x)
    if max(worse.values(), default=0.0) > _DOUBTED or apart > _DOUBTED:
        _check_it_stands_still(program, bests, x)
    return {"worse": worse, "apart": apart}


def _chain(program: Program, rooms: Rooms) -> tuple[dict[str, float], list[float], Floats | None]:
    """Per priority by how much more is missed than must be, and what must be; (cells,) the even spread after them.

    There is no even spread to compare with where goals come before it, or where misses differ already.
    """
    worse, bests = dict[str, float](), list[float]()
    now = replace(program, lower=program.lower.copy(), upper=program.upper.copy())
    for priority in sorted(set(program.priority.tolist()) - {0}):
        rows = program.priority == priority
        best, reached = _stage(now, rows, rooms)
        ours = _missed(program, rows, program.answer)
        bests.append(best)
        more = float((ours - best) / max(best, _NOISE)) if ours > best + _NOISE else 0.0
        worse[str(priority)] = min(more, _improvable(program, priority)) if more > _DOUBTED else more
        room = _ROOM * _sizes(program)[rows]
        now.lower[rows] = np.minimum(now.lower[rows], reached + room)
        now.upper[rows] = np.maximum(now.upper[rows], reached - room)
    differ = program.goals.any() or any(more > _DOUBTED for more in worse.values())
    return worse, bests, None if differ else _even(now, rooms)


def _improvable(program: Program, priority: int) -> float:
    """By how much at most the answer's misses of a priority could be less, as a part of them, by a linear program.

    Misses are convex: they are no less than their tangent at the answer, over what the priorities before it leave there.
    No row is widened, which is how the model itself can come below what can be.
    """
    rows, kept = program.priority == priority, program.priority < priority
    amount, width = program.matrix @ program.answer, _width(program)
    slope = program.matrix[rows].T @ _slopes(program, rows, amount[rows]) * width
    size = max(float(np.abs(slope).max(initial=0.0)), 1e-300)
    matrix = sparse.csr_array(program.matrix[kept] * width)
    length = np.maximum(np.sqrt(np.asarray((matrix * matrix).sum(axis=1)).ravel()), 1e-300)
    low, high = (
        np.where(np.isfinite(limit), side(0.0, limit - amount), limit)[kept] / length
        for limit, side in ((program.lower, np.minimum), (program.upper, np.maximum))
    )
    scaled = sparse.csr_array(sparse.diags_array(1 / length) @ matrix)
    over, under = np.isfinite(high), np.isfinite(low)
    best = linprog(
        slope / size,
        A_ub=sparse.vstack([scaled[over], -scaled[under]]),
        b_ub=np.concatenate([high[over], -low[under]]),
        bounds=np.column_stack([-program.answer / width, np.full(len(width), np.inf)]),
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if best.status != 0:
        return float("inf")
    return -float(best.fun) * size / max(_missed(program, rows, program.answer), _NOISE)


def _slopes(program: Program, rows: NDArray[np.bool_], amount: Floats) -> Floats:
    """(rows chosen,) how fast what these rows miss grows with their amounts (rows chosen,)."""
    slopes = np.zeros(len(amount))
    for limits, sign in ((program.lower[rows], 1), (program.upper[rows], -1)):
        miss = np.where(np.isfinite(limits), np.maximum(0, sign * (limits - amount)), 0.0)
        unit = _units(program, np.where(np.isfinite(limits), limits, 0.0), rows)
        slopes -= sign * program.weight[rows] * miss / unit**2
    return slopes


def _check_it_stands_still(program: Program, bests: list[float], x: Floats | None) -> None:
    """Raises UnknownError where the model's own answer moves with its tolerance, so that it can judge no one."""
    _, others, y = _chain(program, tuple(10 * room for room in _ROOMS[-1:]))
    moved = [abs(one - other) > 0.005 * max(one, _NOISE) for one, other in zip(bests, others, strict=True)]
    if any(moved) or (x is not None and y is not None and _between(program, x, y) > _DOUBTED / 10):
        raise UnknownError("the model moves with its tolerance")


def _sizes(program: Program) -> Floats:
    """(rows,) T of each row, in the unit of its limits: the largest among its cells, times its largest coefficient."""
    largest = np.zeros(len(program.lower))
    count = np.diff(program.indptr)
    row = np.repeat(np.arange(len(count)), count)
    scale, coefficient = largest.copy(), largest.copy()
    np.maximum.at(scale, row, program.scale[program.indices])
    np.maximum.at(coefficient, row, np.abs(program.data))
    return np.maximum(scale * coefficient, 1e-12)


def _units(program: Program, limits: Floats, rows: NDArray[np.bool_]) -> Floats:
    """(rows chosen,) √(|limit| T): the amount whose miss costs weight / 2."""
    size = _sizes(program)[rows]
    return np.asarray(np.sqrt(np.maximum(np.abs(limits), _SMALL * size) * size))


def _missed(program: Program, rows: NDArray[np.bool_], x: Floats) -> float:
    """Σ weight · miss² / (2 · |limit| · T) of these rows at targets (cells,)."""
    amount, total = (program.matrix @ x)[rows], 0.0
    for limits, sign in ((program.lower[rows], 1), (program.upper[rows], -1)):
        miss = np.where(np.isfinite(limits), np.maximum(0, sign * (limits - amount)), 0.0)
        unit = _units(program, np.where(np.isfinite(limits), limits, 0.0), rows)
        total += float((program.weight[rows] * (miss / unit) ** 2).sum() / 2)
    return total


def _stage(program: Program, rows: NDArray[np.bool_], rooms: Rooms) -> tuple[float, Floats]:
    """The least that these rows can miss, and (rows chosen,) what they come to then."""
    kept = program.priority < program.priority[rows][0]
    cells, width = program.matrix.shape[1], _width(program)
    low, high = program.lower[rows], program.upper[rows]
    is_low, is_high = np.isfinite(low), np.isfinite(high)
    number, count = np.arange(rows.sum()), int(is_low.sum() + is_high.sum())
    unit = np.concatenate([_units(program, low[is_low], _only(rows, is_low)),
                           _units(program, high[is_high], _only(rows, is_high))])  # fmt: skip
    sign = np.concatenate([np.ones(is_low.sum()), -np.ones(is_high.sum())])
    row = np.concatenate([number[is_low], number[is_high]])
    misses = sparse.csr_array((sign * unit, (row, np.arange(count))), shape=(len(number), count))
    below = sparse.csr_array((int(kept.sum()), count))
    matrix = sparse.block_array(
        [[program.matrix[kept] * width, below], [program.matrix[rows] * width, misses]], format="csr"
    )
    weight = np.concatenate([program.weight[rows][is_low], program.weight[rows][is_high]])
    v = _solve(
        np.concatenate([np.zeros(cells), weight]),
        np.zeros(cells + count),
        matrix,
        np.concatenate([program.lower[kept], low]),
        np.concatenate([program.upper[kept], high]),
        rooms,
    )
    return _missed(program, rows, width * v[:cells]), (program.matrix @ (width * v[:cells]))[rows]


def _only(rows: NDArray[np.bool_], some: NDArray[np.bool_]) -> NDArray[np.bool_]:
    chosen = np.zeros_like(rows)
    chosen[np.flatnonzero(rows)[some]] = True
    return chosen


def _width(program: Program) -> Floats:
    """(cells,) the amount of a target that counts as one."""
    typical = np.maximum(program.fair_share, program.scale / len(program.scale))
    return np.asarray(np.sqrt(typical * program.scale))


def _even(program: Program, rooms: Rooms) -> Floats:
    """(cells,) the even spread, cells without a fair share first."""
    shareless, width = program.fair_share == 0, _width(program)
    matrix = sparse.csr_array(program.matrix * width)
    lower, upper = program.lower, program.upper
    if shareless.any():
        v = _solve(shareless.astype(float), np.zeros(len(width)), matrix, lower, upper, rooms)
        held = np.clip(v[shareless], 0, None)
        some = sparse.eye_array(len(width), format="csr")[np.flatnonzero(shareless)]
        matrix = sparse.csr_array(sparse.vstack([matrix, some]))
        lower, upper = np.append(lower, held - _ROOM), np.append(upper, held + _ROOM)
    active = np.where(
        shareless, 0.0, width**2 / (np.where(shareless, 1.0, program.fair_share) * program.scale)
    )
    goal = np.where(shareless, 0.0, program.fair_share / width)
    v = _solve(active, -active * goal, matrix, lower, upper, rooms)
    return np.asarray(width * v)


def _apart(program: Program, x: Floats) -> float:
    """The distance of the answer from the model's."""
    return _between(program, x, program.answer)


def _between(program: Program, x: Floats, y: Floats) -> float:
    """√Σ (x - y)² / (r T); of cells without a fair share, a share of T counts as it is."""
    size = np.where(program.fair_share > 0, np.sqrt(program.fair_share * program.scale), program.scale)
    return float(np.sqrt((((x - y) / size) ** 2).sum()))


def _solve(
    curvature: Floats, cost: Floats, matrix: sparse.csr_array, lower: Floats, upper: Floats, rooms: Rooms
) -> Floats:
    """The least of ½ Σ curvature v² + cost · v with lower ≤ matrix · v ≤ upper and v ≥ 0."""
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    length = np.where(length > 0, length, 1.0)
    scaled = sparse.csr_array(sparse.diags_array(1 / length) @ matrix)
    low, high = lower / length, upper / length
    least, most = np.isfinite(low), np.isfinite(high)
    rows = sparse.vstack([-scaled[least], scaled[most], -sparse.eye_array(len(cost))], format="csc")
    square = sparse.csc_matrix(sparse.diags_array(curvature))
    for room in rooms:
        right = np.concatenate([room - low[least], high[most] + room, np.zeros(len(cost))])
        cones = [clarabel.NonnegativeConeT(len(right))]
        solver = clarabel.DefaultSolver(square, cost, sparse.csc_matrix(rows), right, cones, _settings(room))
        solution = solver.solve()
        if str(solution.status) in _GOOD:
            return np.asarray(solution.x)
    raise UnknownError(f"Clarabel: {solution.status}")


def _settings(tolerance: float) -> clarabel.DefaultSettings:
    settings = clarabel.DefaultSettings()
    settings.verbose, settings.max_threads, settings.time_limit = False, 1, 15.0
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = tolerance
    settings.tol_infeas_abs = settings.tol_infeas_rel = tolerance / 10
    return settings
