"""What a stage decides: the face on which its misses stay least, for the stages after it, and who pulls at each cell."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from solver import tolerances
from solver.engines.quadratic_program import Vector
from solver.model.program import NO_RULE
from solver.optimise.feasible_set import FeasibleSet
from solver.optimise.priority_level import Level
from solver.optimise.stage_solution import StageMemory, StageSolution

Index = NDArray[np.intp]
Mask = NDArray[np.bool_]


def remember(region: FeasibleSet, level: Level, found: StageSolution) -> StageMemory:
    """The memory of a stage."""
    scaled, rows, own = found.scaled, np.zeros(len(region.equation)), np.zeros(len(level.rule))
    rows[scaled.hard] = found.y[: len(scaled.hard)]
    own[scaled.soft] = found.y[len(scaled.hard) :]
    return StageMemory(targets(region, found), rows, own)


def decide(region: FeasibleSet, level: Level, found: StageSolution) -> FeasibleSet:
    """The set in which no miss of the level grows: on the face that the multipliers show, at the point found."""
    point = targets(region, found)
    bare = region.at(point)
    # Nothing is missed, so all multipliers are zero at the optimum: what floats show of them would hold
    # free cells.
    if found.certificate.cost <= tolerances.KEPT:
        return bare
    cells, held = found.scaled.cells, np.zeros(len(point), dtype=np.bool_)
    held[cells] = _held(found)
    raised_by, lowered_by = np.full((2, len(point)), NO_RULE, dtype=np.intp)
    raised_by[cells], lowered_by[cells] = _pullers(level, found, rules_of(region, level, found))
    equation = np.zeros(len(region.equation), dtype=np.bool_)
    # Rows of one cell are NO_RULE here, which would index the last row: `_clear` never names one.
    equation[_rows(level, found)[_clear(found)]] = True
    return bare.decided(held, raised_by, lowered_by, equation)


def targets(region: FeasibleSet, found: StageSolution) -> Vector:
    """(cells,) the point in amounts, on the spot where it stands at a bound."""
    scaled, v, x = found.scaled, found.v, region.point.copy()
    lower, upper = region.program.lower[scaled.cells], region.program.upper[scaled.cells]
    moved = np.clip(x[scaled.cells] + scaled.width * v, lower, upper)
    # point + width · v misses a bound by a rounding, and a cell beside its bound would count as free in the
    # next stage.
    moved = np.where(v <= scaled.polytope.lower, lower, np.where(v >= scaled.polytope.upper, upper, moved))
    x[scaled.cells] = moved
    return x


def _rows(level: Level, found: StageSolution) -> Index:
    """(rows,) the set's row behind each row of the stage; NO_RULE for rows of one cell."""
    return np.concatenate([found.scaled.hard, level.row[found.scaled.soft]])


def _clear(found: StageSolution) -> Mask:
    """(rows,) rows of several cells whose multiplier is no noise."""
    y, scaled = np.abs(found.y), found.scaled
    several = np.diff(scaled.polytope.rows.indptr) > 1
    return np.asarray(
        (y > max(tolerances.CLEAR * y.max(initial=0.0), _doubt(found))) & several, dtype=np.bool_
    )


def _doubt(found: StageSolution) -> float:
    """A multiplier above this is proved to hold: what it holds can give no more than the gap over the multiplier."""
    return abs(found.certificate.gap) / tolerances.PINNED


def _held(found: StageSolution) -> Mask:
    """(columns,) cells that a multiplier holds at a bound, or at what a priced floor or cap reached."""
    scaled, v = found.scaled, found.v
    base, (up, down) = scaled.polytope, scaled.multipliers(v)
    contribution = scaled.contribution(found.y, v)
    # What pulls a cell both ways is known only to the roundings of both, not to those of the difference.
    around = abs(base.columns) @ np.abs(found.y)
    around[base.floors.column] += up
    around[base.caps.column] += down
    # At a bound by a contribution that points out of it: the complementary slackness that makes the face.
    outward = (v <= base.lower) & (contribution < 0) | (v >= base.upper) & (contribution > 0)
    doubt = _doubt(found)
    held = outward & (np.abs(contribution) > np.maximum(tolerances.CLEAR * around, doubt))
    largest = max(up.max(initial=0.0), down.max(initial=0.0), np.abs(found.y).max(initial=0.0))
    held[base.floors.column[up > max(tolerances.CLEAR * largest, doubt)]] = True
    held[base.caps.column[down > max(tolerances.CLEAR * largest, doubt)]] = True
    return np.asarray(held, dtype=np.bool_)


def rules_of(region: FeasibleSet, level: Level, found: StageSolution) -> Index:
    """(rows,) the rule behind each row of the stage: of rows that must hold, the one of the side to which it pulls."""
    scaled, y = found.scaled, np.zeros(region.program.matrix.shape[0])
    y[scaled.hard] = found.y[: len(scaled.hard)]
    return np.concatenate([region.program.row_rule(y)[scaled.hard], level.rule[scaled.soft]])


def _pullers(level: Level, found: StageSolution, rules: Index) -> tuple[Index, Index]:
    """Two (columns,) arrays: the rule that pulls each cell up most, and down most; NO_RULE for none."""
    scaled, base = found.scaled, found.scaled.polytope
    up, down = scaled.multipliers(found.v)
    entries = base.columns
    column = np.concatenate([
        np.repeat(np.arange(len(scaled.cells)), np.diff(entries.indptr)), base.floors.column, base.caps.column
    ])  # fmt: skip
    rule = np.concatenate([rules[entries.indices], level.rule[scaled.floor_row], level.rule[scaled.cap_row]])
    force = np.concatenate([entries.data * found.y[entries.indices], up, -down])
    return tuple(_strongest(len(scaled.cells), column, rule, sign * force) for sign in (1, -1))  # type: ignore[return-value]


def _strongest(columns: int, column: Index, rule: Index, force: Vector) -> Index:
    """(columns,) the rule of the largest positive force on each column."""
    strongest = np.full(columns, NO_RULE, dtype=np.intp)
    # Of several assignments to one column NumPy keeps the last: in rising order that is the strongest
    # force.
    order = np.argsort(force, kind="stable")
    order = order[force[order] > 0]
    strongest[column[order]] = rule[order]
    return strongest
