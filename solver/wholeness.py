"""Wholeness: whether hard rules could hold in whole units at all, told without spreading or rounding anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rules import Rows
from solver.engines.problem import Engine, Vector
from solver.feasible import feasible
from solver.matrices import by_columns, largest
from solver.program import Demand, Program
from solver.stated import Stated
from solver.whole import Range, Units


def could_be_whole(stated: Stated, engine: Engine) -> bool:
    """False only where rounding finds no whole units that keep the hard rules, wherever it starts."""
    units, program, hard = Units.of(stated.book.frame), stated.program, stated.hard
    allowed = Range.everything(len(program.scale))
    for rows, demand in hard:
        allowed = allowed.within(rows, demand, units)
    still = allowed.least > allowed.most
    if still.any() and not _plain(hard):
        return True
    lower, upper = allowed.amounts(units)
    inner = program.with_bounds(np.where(still, program.lower, lower), np.where(still, program.upper, upper))
    room = _odd_units(hard) * largest(by_columns(program.matrix, units.floats))
    return feasible(_roomier(inner, room), engine)


def _plain(hard: Sequence[tuple[Rows, Demand]]) -> bool:
    """Whether bounds are amounts of targets themselves, so that a target without a whole unit stays at one."""
    return all(bool(rows.coefficient.equals(1).all()) for rows, demand in hard if demand.single.any())


def _odd_units(hard: Sequence[tuple[Rows, Demand]]) -> int:
    """How many units a row may be off: one for each total, whose odd remainder some target carries, and one more."""
    return 1 + sum(int((demand.lower == demand.upper)[~demand.single].sum()) for _, demand in hard)


def _roomier(program: Program, room: Vector) -> Program:
    """The program with rows that are so much wider (rows,)."""
    limits = replace(program.limits, lower=program.row_lower - room, upper=program.row_upper + room)
    return replace(program, limits=limits)
