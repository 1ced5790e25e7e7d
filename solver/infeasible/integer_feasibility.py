"""Integer feasibility: whether hard rules could hold in whole units at all, shown without spreading or rounding."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solver.engines.quadratic_program import Engine, Vector
from solver.infeasible.incremental import IncrementalModel, RulePart
from solver.infeasible.system import Bounds, System
from solver.infeasible.verdict import UndecidedError, decide
from solver.integer.unit_bounds import Range, Units
from solver.model.program import Mask


def could_be_whole(model: IncrementalModel, engine: Engine) -> bool:
    """False only where rounding finds no whole units that keep the hard rules, wherever it starts."""
    try:
        return decide(whole_system(model), engine).feasible
    except UndecidedError:
        # Undecided rules nothing out: only what is proved to have no whole units may be passed over.
        return True


def whole_system(model: IncrementalModel) -> System:
    """What whole units leave of the hard rules: floors and caps in units, limits brought to sums of units.

    Where a target has no whole unit within its bounds, or a total is no whole number of units, some targets are no
    whole units: limits are then wider by what those may come to.
    """
    frame, hard = model.book.frame, model.hard
    ranges = [part.own_range for part in hard]
    everything = Range.everything(frame.size)
    least = np.maximum.reduce([everything.least, *(each.least for each in ranges)])
    most = np.minimum.reduce([everything.most, *(each.most for each in ranges)])
    still = least > most
    # What a cell without a whole unit stays at is known only where bounds are amounts of targets: else
    # units rule out nothing.
    if still.any() and not all(part.plain for part in hard):
        return System.of(frame, hard)
    if not still.any() and not any(part.odd for part in hard):
        system = System.of(frame, [part.in_units for part in hard])
    else:
        system = System.of(frame, _wider(hard))
    lower, upper = Range(least, most).amounts(Units.of(frame))
    return System(frame, system.parts, _within(system.bounds, lower, upper, ~still))


def _within(bounds: Bounds, lower: Vector, upper: Vector, moved: Mask) -> Bounds:
    """The bounds, with other floors and caps for the cells that are moved."""
    return replace(
        bounds, lower=np.where(moved, lower, bounds.lower), upper=np.where(moved, upper, bounds.upper)
    )


def _wider(hard: list[RulePart]) -> list[RulePart]:
    """The parts with rows as much wider as targets that are no whole units may come to.

    That is one unit for each total, whose odd remainder some target carries, and one more.
    """
    odd = 1 + sum(int((part.lower == part.upper).sum()) for part in hard)
    return [part.wider(odd * part.unit * ~part.single) for part in hard]
