"""Blockers: the rules that stand against the limits that a stage could not keep."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from solver.model.matrices import Matrix, distinct
from solver.model.program import NO_RULE, ConstraintBlock
from solver.optimise.feasible_set import FeasibleSet
from solver.optimise.stage_solution import StageSolution

Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

_AT_BOUND = 1e-9
"""Of √(r T): how near to a bound a cell counts as standing at it."""
_STRONG = 1e-4
"""Of the largest multiplier of a stage: a row that pulls less is not named among those that stand against a limit."""


def heaviest(rules: Index, without: int) -> tuple[int, ...]:
    """The rules by how often they are named, the most often first."""
    names, counts = np.unique(rules[(rules != NO_RULE) & (rules != without)], return_counts=True)
    return tuple(names[np.argsort(-counts, kind="stable")].tolist())


def bound_owners(region: FeasibleSet, block: ConstraintBlock, short: Mask, over: Mask) -> Index:
    """The rules of bounds, and of what decided earlier, at which cells of rows that fall short or are over stand."""
    found = []
    for rows, up in ((short, True), (over, False)):
        part = Matrix(block.matrix[np.flatnonzero(rows)])
        rises, falls = (
            distinct(part.indices[side]).astype(np.intp) for side in (part.data > 0, part.data < 0)
        )
        found += [_at_upper(region, rises if up else falls), _at_lower(region, falls if up else rises)]
    return np.concatenate(found)


def _at_upper(region: FeasibleSet, cells: Index) -> Index:
    program, x = region.program, region.point
    at = program.upper[cells] - x[cells] <= _AT_BOUND * region.width[cells]
    # Away from its bound a cell may still be held by an earlier priority, whose rule then answers for it.
    return np.where(at, program.bounds.upper_rule[cells], region.lowered_by[cells])


def _at_lower(region: FeasibleSet, cells: Index) -> Index:
    program, x = region.program, region.point
    at = x[cells] - program.lower[cells] <= _AT_BOUND * region.width[cells]
    return np.where(at, program.bounds.lower_rule[cells], region.raised_by[cells])


def opposing_rows(
    block: ConstraintBlock, short: Mask, over: Mask, found: StageSolution, rules: Index
) -> Index:
    """The rules of the stage's rows (rows,) whose multipliers push cells of missed rows the other way."""
    wanted = np.zeros(block.matrix.shape[1])
    for missed, sign in ((short, 1.0), (over, -1.0)):
        part = Matrix(block.matrix[np.flatnonzero(missed)])
        # Of two missed rows that want different things of a cell the last one counts: it is a list of
        # names, not a proof.
        wanted[part.indices] = sign * np.sign(part.data)
    rows, y = found.scaled.polytope.rows, found.y
    clear = np.where(np.abs(y) > _STRONG * np.abs(y).max(initial=0.0), y, 0.0)
    row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    against = rows.data * clear[row] * wanted[found.scaled.cells[rows.indices]] < 0
    return rules[distinct(row[against])]
