"""Tuning: the least change of one number of a rule after which rules can hold, on the grid in which it is written.

Each certificate tells, for any other value, whether it still refutes the rules: that is arithmetic. So the search
goes to the first value that no certificate refutes and asks there for a verdict: rules that hold end it, a further
certificate drives it on (Kelley's cutting planes in one dimension). That one step less cannot be is proved likewise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from math import ceil, floor, inf

import numpy as np

from rules import Rule
from rules.tunable import TunableParameter
from solver.engines.quadratic_program import Engine
from solver.infeasible.certificate import Certificate
from solver.infeasible.incremental import IncrementalModel
from solver.infeasible.system import System
from solver.infeasible.verdict import Question, UndecidedError, by_arithmetic, decide
from solver.infeasible.work import Work

_MOST_CUTS = 40
"""Certificates for one number: a search that needs more is given up."""
_FACTORS = (2.0, 32.0, 1024.0)
"""What the multipliers of the rule that is tuned are stretched by: the certificate that proves most at one value is often
none at the next, and one that leans on this rule more refutes values far on."""
_MOST_PROBES = 60
"""Values looked at for one certificate: doubling reaches any number, and lines through two points end in a few."""
_MOST_WORSE = 4
"""Values in a row at which a gap is wider: in whole units it may rise for a few steps on its way down."""


@dataclass(frozen=True, eq=False)
class Grid:
    """The values of a parameter in one direction, in steps of the unit in which it is written."""

    parameter: TunableParameter
    step: Fraction
    up: bool
    most: int
    """The last step: as far as values make sense."""

    def value(self, steps: int) -> Fraction:
        """The value so many steps away; the first step goes to the next whole multiple."""
        start = self.parameter.value / self.step
        whole = floor(start) + steps if self.up else ceil(start) - steps
        return whole * self.step


def hard_system(model: IncrementalModel) -> System:
    """The hard rules of a model."""
    return System.of(model.book.frame, model.hard)


def refuted_at_once(model: IncrementalModel, engine: Engine) -> bool:
    """Whether arithmetic or one solve proves that the hard rules cannot hold; if not, they may or may not."""
    system = hard_system(model)
    if by_arithmetic(system):
        return True
    coarse = Question.coarse(system)
    verdict = coarse.least_squares(engine) if coarse is not None else None
    if verdict is None:
        question = Question.of(system)
        verdict = question.least_squares(engine) if len(question.rows) else None
    return verdict is not None and not verdict.feasible


@dataclass(eq=False)
class Refutations:
    """The certificates found so far, by which values are refuted without a solve."""

    engine: Engine
    work: Work
    system: Callable[[IncrementalModel], System] = hard_system
    """What of a model is asked."""
    certificates: list[tuple[Certificate, float]] = field(default_factory=list)
    """Each with the size of what it added up when it was found."""

    def gap(self, model: IncrementalModel) -> float:
        """Above zero where arithmetic or a certificate refutes the model."""
        system = self.system(model)
        if system.impossible:
            return inf
        # In shares of company targets, so that gaps in several units go down one line.
        crossing = float((system.bounds.gap / system.scale).max(initial=-1.0))
        if crossing > 0:
            return crossing
        # Over the size it had when found: gaps of several certificates can be compared, and each still
        # falls in straight lines.
        read = [certificate.proof(system).amount / size for certificate, size in self.certificates]
        # Rows are put together only where nothing known refutes the model: that costs most.
        if (refuted := max(read, default=-1.0) - _TIGHT) > 0 or not len(system.lower):
            return refuted
        return float((system.row_gap / system.row_scale).max(initial=-1.0))

    def gap_since(self, model: IncrementalModel, known: int) -> float:
        """The same of the certificates after the first `known` alone, without arithmetic."""
        system = self.system(model)
        read = (certificate.proof(system).amount / size for certificate, size in self.certificates[known:])
        return max(read, default=-1.0) - _TIGHT

    def holds(self, model: IncrementalModel, tuned: int) -> bool:
        """Whether a model can hold; a certificate where it cannot, and what refutes more values of the rule `tuned`.

        Raises OutOfWorkError.
        """
        system = self.system(model)
        self.work.spend(system)
        try:
            verdict = decide(system, self.engine)
        except UndecidedError:
            return False
        if verdict.certificate is not None:
            self._keep(verdict.certificate, system)
            for factor in _FACTORS:
                stretched = verdict.certificate.stretched(tuned, factor)
                if stretched is not None and stretched.proof(system).holds:
                    self._keep(stretched, system)
        return verdict.feasible

    def _keep(self, certificate: Certificate, system: System) -> None:
        # 1e-300: a proof of nothing has no size, and nothing is divided by zero.
        self.certificates.append((certificate, max(certificate.proof(system).size, 1e-300)))


_TIGHT = 1e-11
"""The part of what a certificate adds up by which it may stay above zero: floats cannot tell that from zero."""


def least_steps(model: IncrementalModel, grid: Grid, refutations: Refutations, start: int = 1) -> int | None:
    """The fewest steps after which the model can hold; None where no value lets it. Raises OutOfWorkError."""
    number = model.book.number(grid.parameter.rule)
    rule = model.book.rules[number]

    def at(steps: int) -> IncrementalModel:
        return model.with_rule(changed(rule, grid, steps))

    steps = first_unrefuted(lambda k: refutations.gap(at(k)), start, grid.most)
    for _ in range(_MOST_CUTS):
        if steps is None:
            return None
        known = len(refutations.certificates)
        if refutations.holds(at(steps), number):
            return steps
        if len(refutations.certificates) > known:
            # What was known before does not refute this value, and hardly one beyond: the new ones lead on alone.
            steps = first_unrefuted(partial(_since, refutations, at, known), steps, grid.most)
        else:
            # Undecided, so there is nothing to rule further values out by: one step on, or it would be asked
            # again for ever.
            steps += 1
        if steps is not None and (steps > grid.most or refutations.gap(at(steps)) > 0):
            steps = first_unrefuted(lambda k: refutations.gap(at(k)), steps, grid.most)
    return None


def _since(refutations: Refutations, at: Callable[[int], IncrementalModel], known: int, steps: int) -> float:
    return refutations.gap_since(at(steps), known)


def changed(rule: Rule, grid: Grid, steps: int) -> Rule:
    """The rule with the value so many steps away."""
    return grid.parameter.with_value(rule, grid.value(steps))


def first_unrefuted(gap: Callable[[int], float], start: int, most: int) -> int | None:
    """The first whole number from `start` at which a gap is closed, for gaps that fall in straight lines or bends.

    None where it does not fall, or not by `most`.
    """
    if start > most:
        return None
    low, at_low = start, gap(start)
    if at_low <= 0:
        return start
    stride, worse = 1, 0
    for _ in range(_MOST_PROBES):
        high = min(most, low + stride)
        at_high = gap(high)
        if at_high <= 0:
            return _between(gap, (low, at_low), (high, at_high))
        # 1e-9: what rounding makes of a gap that stays the same is no rise.
        worse = worse + 1 if at_high > at_low * (1 + 1e-9) else 0
        if high == most or worse > _MOST_WORSE:
            return None
        stride = _stride(low, at_low, high, at_high)
        low, at_low = high, at_high
    return None


def _stride(low: int, at_low: float, high: int, at_high: float) -> int:
    """How far to go on from the higher of two numbers: to where their line meets zero, or four times as far."""
    fall = at_low - at_high
    # A fall of some roundings only has its zero anywhere.
    if not np.isfinite(fall) or fall <= 1e-12 * abs(at_low):
        return 4 * (high - low)
    return max(1, ceil(at_high / fall * (high - low)))


def _between(gap: Callable[[int], float], low: tuple[int, float], high: tuple[int, float]) -> int:
    """The first closed number in (low, high], the gap open at low and closed at high."""
    (a, at_a), (b, at_b) = low, high
    for turn in range(_MOST_PROBES):
        if b - a <= 1:
            break
        # By turns the secant, which straight gaps end at once; the last but one, which proves the first;
        # and halving, which bounds the steps where gaps bend.
        if turn % 3 == 2 or not np.isfinite(at_a - at_b) or at_a <= at_b:
            middle = (a + b) // 2
        elif turn % 3 == 1:
            middle = b - 1
        else:
            middle = min(b - 1, max(a + 1, a + ceil(at_a / (at_a - at_b) * (b - a))))
        at = gap(middle)
        if at <= 0:
            b, at_b = middle, at
        else:
            a, at_a = middle, at
    return b
