"""Whole steps: the least change of a number after which targets can be given out in whole units too."""

from __future__ import annotations

from collections.abc import Callable

from solver.engines.quadratic_program import Engine
from solver.infeasible.feasibility import middle
from solver.infeasible.incremental import IncrementalModel
from solver.infeasible.inner_point import has_inner_point
from solver.infeasible.integer_feasibility import whole_verdict
from solver.integer.whole_point import has_whole_point

ROUNDED = 4_000
"""Cells up to which whole units are found as a proof of a repair; beyond, rows and bounds in units must do."""
_FURTHEST = 4_096
"""Steps further at which rounding is tried, each twice as far as the one before."""
_SEARCHED = 32
"""The same for searches, which take a hundred times as long."""
_ONE_BY_ONE = 4
"""Steps that are looked at one by one where units alone are what is missing, before each goes half as far again."""
_NEAR = 8
"""The same for rounding where the answer hardly matters: near the last value without whole units searches are long."""


def has_targets(model: IncrementalModel, engine: Engine) -> bool:
    """Whether targets can be given out in whole units; of larger books, bounds and rows in units have shown."""
    if model.book.frame.size > ROUNDED:
        return True
    # Rounding first: where limits leave room for it, it is a hundred times quicker than a search.
    return has_inner_point(model) or _searched(model, engine) is not False


def has_whole_targets(model: IncrementalModel, engine: Engine) -> bool | None:
    """Whether whole units that keep every hard rule are found, at any size.

    False proves nothing; None where only a search could tell, among too many kinds of cells.
    """
    # What units leave of bounds and rows is asked first, then rounding: searches take a hundred times as long.
    if whole_verdict(model, engine) is False:
        return False
    return has_inner_point(model) or _searched(model, engine)


def least_whole_steps(
    at: Callable[[int], IncrementalModel], least: int, most: int, engine: Engine, *, brief: bool = False
) -> int | None:
    """The first number of steps from `least` after which whole units are found; None where none are found near.

    Whole units come and go with single steps: what is returned has them, and one step less has not. A brief search goes
    on only where rounding finds them nearby.
    """
    if least > most:
        return None
    if has_targets(at(least), engine):
        return least
    rounded = min(most, least + (_NEAR if brief else _FURTHEST))
    reached = _first(lambda steps: has_inner_point(at(steps)), least, rounded)
    if reached is None and not brief:
        searched = min(most, least + _SEARCHED)
        reached = _first(lambda steps: _searched(at(steps), engine) is not False, least, searched)
    if reached is None:
        return None
    return _halved(lambda steps: has_targets(at(steps), engine), least, reached)


def first_whole_steps(at: Callable[[int], IncrementalModel], most: int, engine: Engine) -> int | None:
    """The same where rules hold already, but in no whole units: the first steps that are proved to have them.

    None where those are many: a unit more or less is then not what is missing.
    """

    def holds(steps: int) -> bool:
        return has_whole_targets(at(steps), engine) is True

    without, step, most = 0, 1, min(most, _FURTHEST)
    while step <= most and not holds(step):
        without, step = step, step + max(1, step // 2 if step >= _ONE_BY_ONE else 1)
    return _halved(holds, without, step) if step <= most else None


def whole_steps_within(at: Callable[[int], IncrementalModel], least: int, known: int, engine: Engine) -> int:
    """The same where whole units are known to be found after some steps: those, or less."""
    if least >= known or has_targets(at(least), engine):
        return min(least, known)
    reached = _first(lambda steps: has_inner_point(at(steps)), least, known)
    return _halved(lambda steps: has_targets(at(steps), engine), least, known if reached is None else reached)


def walked_back(holds: Callable[[int], bool], steps: int) -> int:
    """Fewer steps for which it holds, the way back ever twice as far; one less than those, and it does not."""
    back = 1
    while back < steps and holds(steps - back):
        steps, back = steps - back, 2 * back
    return steps if back == 1 or steps == 1 else walked_back(holds, steps)


def _halved(holds: Callable[[int], bool], without: int, reached: int) -> int:
    """The first of steps for which it holds, between some for which it does not and some for which it does."""
    while reached - without > 1:
        half = (without + reached) // 2
        without, reached = (without, half) if holds(half) else (half, reached)
    return reached


def _first(holds: Callable[[int], bool], start: int, most: int) -> int | None:
    """The first of steps ever twice as far from a start for which it holds, `most` the last; None where none does."""
    further = 1
    while start + further < most:
        if holds(start + further):
            return start + further
        further *= 2
    return most if most > start and holds(most) else None


def _searched(model: IncrementalModel, engine: Engine) -> bool | None:
    """What a search for whole numbers finds; None where there are too many kinds of cells."""
    blocks = [part.block for part in model.hard]
    return has_whole_point(model.book, blocks, middle(model.program, engine))
