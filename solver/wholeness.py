"""Wholeness: whether hard rules could hold in whole units at all, told without spreading or rounding anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rules import Rows
from solver.engines.problem import Engine, Vector
from solver.feasible import awake, feasible
from solver.matrices import by_columns, largest
from solver.program import Demand, Program, assemble
from solver.stated import Stated
from solver.whole import Range, Units

_OVERLOOKED = 1e-6
_TOLD = 1e8


def could_be_whole(stated: Stated, engine: Engine) -> bool:
    """False only where rounding finds no whole units that keep the hard rules, wherever it starts."""
    units, program, hard = Units.of(stated.book.frame), stated.program, stated.hard
    allowed = Range.everything(len(program.scale))
    for rows, demand in hard:
        allowed = allowed.within(rows, demand, units)
    still = allowed.least > allowed.most
    if still.any() and not _plain(hard):
        return True
    if not still.any() and not any(_odd(rows, demand, units) for rows, demand in hard):
        sharp = [_sharpened(rows, demand, units) for rows, demand in hard]
        return _not_denied(
            awake(assemble(stated.book.frame, sharp)).with_bounds(*allowed.amounts(units)), engine
        )
    lower, upper = allowed.amounts(units)
    inner = program.with_bounds(np.where(still, program.lower, lower), np.where(still, program.upper, upper))
    room = _odd_units(hard) * largest(by_columns(program.matrix, units.floats))
    return _not_denied(_roomier(inner, room), engine)


def _not_denied(program: Program, engine: Engine) -> bool:
    """Whether a program can hold, or the engine cannot tell: rounding will."""
    try:
        return feasible(program, engine)
    except ArithmeticError:
        return True


def _plain(hard: Sequence[tuple[Rows, Demand]]) -> bool:
    """Whether bounds are amounts of targets themselves, so that a target without a whole unit stays at one."""
    return all(bool(rows.coefficient.equals(1).all()) for rows, demand in hard if demand.single.any())


def _odd(rows: Rows, demand: Demand, units: Units) -> bool:
    """Whether a total of the rule is no whole number of units, so that some target carries what is left."""
    if rows.lower is None or rows.upper is None or not rows.coefficient.equals(1).all():
        return False
    totals = np.flatnonzero(rows.lower.equals(rows.upper) & (demand.shape.entries > 1))
    metric = units.metric[demand.matrix.indices[demand.matrix.indptr[totals]]]
    asked = zip(rows.lower[totals].tolist(), metric.tolist(), strict=True)
    return any(total % units.size[m] != 0 for total, m in asked)


def _sharpened(rows: Rows, demand: Demand, units: Units) -> Demand:
    """The demand with limits brought to what whole units can come to: multiples of what all units in a row divide by.

    A hair beyond a limit, which rounding overlooks, does not move it (Gomory's cut: Chvátal 1973).
    """
    step = units.common(rows)
    room = _OVERLOOKED * (1 + demand.shape.entries) * largest(by_columns(demand.matrix, units.floats))
    lower, upper = demand.lower - room, demand.upper + room
    up = (step > 0) & (np.abs(lower) < _TOLD * step)
    down = (step > 0) & (np.abs(upper) < _TOLD * step)
    lower[up] = np.ceil(lower[up] / step[up]) * step[up]
    upper[down] = np.floor(upper[down] / step[down]) * step[down]
    return demand.with_limits(lower, upper)


def _odd_units(hard: Sequence[tuple[Rows, Demand]]) -> int:
    """How many units a row may be off: one for each total, whose odd remainder some target carries, and one more."""
    return 1 + sum(int((demand.lower == demand.upper)[~demand.single].sum()) for _, demand in hard)


def _roomier(program: Program, room: Vector) -> Program:
    """The program with rows that are so much wider (rows,)."""
    limits = replace(program.limits, lower=program.row_lower - room, upper=program.row_upper + room)
    return replace(program, limits=limits)
