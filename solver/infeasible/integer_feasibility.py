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


def whole_verdict(model: IncrementalModel, engine: Engine) -> bool | None:
    """Whether what whole units leave of the hard rules can hold; None, which rules nothing out, where it is undecided."""
    try:
        return decide(whole_system(model), engine).feasible
    except UndecidedError:
        return None


def whole_system(model: IncrementalModel) -> System:
    """What whole units leave of the hard rules: floors and caps in units, limits brought to sums of units.

    Where a target has no whole unit within its bounds, or a total is no whole number of units, some targets are no
    whole units: limits are then wider by what those may come to.
    """
    frame, hard = model.book.frame, model.hard
    left = _range(model)
    still = left.least > left.most
    # What a cell without a whole unit stays at is known only where bounds are amounts of targets: else
    # units rule out nothing.
    if still.any() and not all(part.plain for part in hard):
        return System.of(frame, hard)
    system = System.of(frame, _wider(hard) if _loosens(model, left) else [part.in_units for part in hard])
    lower, upper = left.amounts(Units.of(frame))
    return System(frame, system.parts, _within(system.bounds, lower, upper, ~still))


def is_stricter(model: IncrementalModel) -> bool:
    """Whether what whole units leave keeps the hard rules as they are stated, so that one question answers both.

    But for what lies beyond a limit by less than rounding overlooks.
    """
    return not _loosens(model, _range(model))


def _range(model: IncrementalModel) -> Range:
    """The whole units that all bounds leave each cell."""
    ranges = [
        Range.everything(model.book.frame.size),
        *(part.own_range for part in model.hard if len(part.cell)),
    ]
    least, most = ([getattr(each, end) for each in ranges] for end in ("least", "most"))
    return Range(np.maximum.reduce(least), np.minimum.reduce(most))


def _loosens(model: IncrementalModel, left: Range) -> bool:
    """Whether some target is no whole unit, so that limits have to be wider."""
    return bool((left.least > left.most).any()) or any(part.odd for part in model.hard)


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
