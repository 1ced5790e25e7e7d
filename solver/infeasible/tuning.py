"""Tuning: the least change of one number of a rule after which rules can hold, on the grid in which it is written.

Each certificate tells, for any other value, whether it still refutes the rules: that is arithmetic. So the search
goes to the first value that no certificate refutes and asks there for a verdict: rules that hold end it, a further
certificate drives it on (Kelley's cutting planes in one dimension). That one step less cannot be is proved likewise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from math import ceil, floor, inf

import numpy as np

from rules import Rule
from rules.tunable import TunableParameter
from solver.engines.quadratic_program import Engine, Vector
from solver.infeasible.certificate import Certificate
from solver.infeasible.incremental import IncrementalModel
from solver.infeasible.integer_feasibility import is_stricter, whole_system
from solver.infeasible.parametric import Answer, ParametricQuestion
from solver.infeasible.question import Alone, Question, refined
from solver.infeasible.system import System
from solver.infeasible.verdict import UndecidedError, Verdict, by_arithmetic, decide, least_squares
from solver.infeasible.work import Metered, Work

_MOST_CUTS = 40
"""Certificates for one number: a search that needs more is given up."""
_FACTORS = (2.0, 32.0, 1024.0)
"""What the multipliers of the rule that is tuned are stretched by: the certificate that proves most at one value is often
none at the next, and one that leans on this rule more refutes values far on."""
_WEAK = 0.5
"""Of the way that rates of change foretell: a certificate that refutes less of it is no guide to the answer."""
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
    verdict = refined(system, lambda question: least_squares(question, engine))
    if verdict is None:
        verdict, _ = least_squares(Question.of(system), engine)
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
    alone: Alone = field(default_factory=Alone)
    """Rows that failed when sums were dealt out."""

    def asking(self, system: Callable[[IncrementalModel], System]) -> Refutations:
        """The same certificates, kept in one list, for another question: multipliers are read with any limits."""
        return replace(self, system=system)

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

    def answer(
        self, model: IncrementalModel, further: IncrementalModel | None, tuned: int, near: Vector | None
    ) -> Answer | None:
        """Whether a model can hold, `further` the one with the next value, if any; None where it is undecided.

        Where it cannot, a certificate is kept, and what refutes more values of the rule `tuned`. Raises OutOfWorkError.
        """
        system, engine = self.system(model), Metered(self.engine, self.work)
        self.work.spend(system)
        if not by_arithmetic(system) and system.apart:
            return Answer(Verdict(True))
        question = None if further is None else ParametricQuestion.of(model, further, self.system, near)
        if question is not None and (found := question.answer(engine, self.alone)) is not None:
            if found.verdict.certificate is not None:
                self._keep(found.verdict.certificate, system)
            return found
        try:
            verdict = decide(system, engine, self.alone)
        except UndecidedError:
            return None
        if verdict.certificate is not None:
            self._keep(verdict.certificate, system)
            for factor in _FACTORS:
                stretched = verdict.certificate.stretched(tuned, factor)
                if stretched is not None and stretched.proof(system).holds:
                    self._keep(stretched, system)
        return Answer(verdict)

    def _keep(self, certificate: Certificate, system: System) -> None:
        # 1e-300: a proof of nothing has no size, and nothing is divided by zero.
        self.certificates.append((certificate, max(certificate.proof(system).size, 1e-300)))


_TIGHT = 1e-11
"""The part of what a certificate adds up by which it may stay above zero: floats cannot tell that from zero."""


def least_steps(model: IncrementalModel, grid: Grid, refutations: Refutations, start: int = 1) -> int | None:
    """The fewest steps after which the model can hold; None where no value lets it. Raises OutOfWorkError."""
    number, at = model.book.number(grid.parameter.rule), partial(stepped, model, grid)
    if (direct := _by_rates(at, start, grid.most, number, refutations)) is not None:
        return direct
    held: int | None = None
    near: Vector | None = None
    # The first that is not refuted: where it holds, it is the answer.
    first = steps = first_unrefuted(lambda k: refutations.gap(at(k)), start, grid.most)
    for turn in range(_MOST_CUTS):
        if first is None or steps is None or first == held:
            return held
        known, further = len(refutations.certificates), 0.0
        # Where nothing is known it is asked plainly, which is quicker, and most often leads straight to the answer.
        further_on = at(steps + 1) if known and steps < grid.most else None
        answer = refutations.answer(at(steps), further_on, number, near)
        if answer is not None and answer.verdict.feasible:
            held = steps
        elif answer is None or len(refutations.certificates) == known:
            # Undecided, so there is nothing to rule further values out by: one step on, or it would be asked
            # again for ever.
            first = steps + 1
        else:
            near, further = answer.near, answer.further
            # What was known before does not refute this value, and hardly one beyond: the new ones lead on alone.
            since = partial(_since, refutations, at, known)
            first = first_unrefuted(since, steps, grid.most, max(1, ceil(further)))
        if first is not None and held != first and (first > grid.most or refutations.gap(at(first)) > 0):
            first = first_unrefuted(lambda k: refutations.gap(at(k)), first, grid.most)
        # The targets with the least step keep the rules a step further, where limits go in straight lines: no solve is
        # needed to see it.
        if near is not None and first not in (None, held) and refutations.system(at(first)).kept_by(near):
            return first
        if first is not None:
            steps = _next(first, held, steps, further, turn, grid.most)
    return held


def _by_rates(
    at: Callable[[int], IncrementalModel], start: int, most: int, tuned: int, refutations: Refutations
) -> int | None:
    """The fewest steps by one linear program, proved: its targets keep the rules, its multipliers refute a step less.

    None where that is not so: numbers in coefficients bend, and sums of what may be whole do. Raises OutOfWorkError.
    """
    if start >= most or _bends(now := at(start), further := at(start + 1)):
        return None
    known = len(refutations.certificates)
    answer = refutations.answer(now, further, tuned, None)
    if answer is None or answer.verdict.feasible:
        return None if answer is None else start
    # A hair less: what floats add to a whole number of steps is no further step.
    steps = start + ceil(answer.further * (1 - _TIGHT))
    if answer.near is None or not start < steps <= most:
        return None
    refuted = steps == start + 1 or refutations.gap_since(at(steps - 1), known) > 0
    return steps if refuted and refutations.system(at(steps)).kept_by(answer.near) else None


def _bends(now: IncrementalModel, further: IncrementalModel) -> bool:
    """Whether a number moves more than limits."""
    pairs = zip(now.parts, further.parts, strict=True)
    return any(one.block.shape is not two.block.shape for one, two in pairs)


def _next(first: int, held: int | None, asked: int, further: float, turn: int, most: int) -> int:
    """The value to ask next, after one that was asked: the first that is not refuted, or one nearer to the answer.

    A certificate refutes little beyond its value where coefficients follow the number; `further` tells where that would
    have to go by its rates. Between the first and one that `held` both ends close in by turns.
    """
    if held is None:
        return first if first - asked >= _WEAK * further else min(most, max(first, asked + ceil(further)))
    if further:
        return min(held - 1, max(first, asked + ceil(further)))
    return held - 1 if turn % 2 else max(first, (first + held) // 2)


def least_steps_in_units(
    model: IncrementalModel, grid: Grid, refutations: Refutations, start: int = 1
) -> int | None:
    """The fewest steps after which whole units leave something, too: by rows and bounds. Raises OutOfWorkError."""
    hard, whole = refutations.asking(hard_system), refutations.asking(whole_system)
    if start <= grid.most and is_stricter(stepped(model, grid, start)):
        steps = least_steps(model, grid, whole, start)
        if steps is None or is_stricter(stepped(model, grid, steps)):
            return steps
    steps = least_steps(model, grid, hard, start)
    return None if steps is None else least_steps(model, grid, whole, steps)


def _since(refutations: Refutations, at: Callable[[int], IncrementalModel], known: int, steps: int) -> float:
    return refutations.gap_since(at(steps), known)


def changed(rule: Rule, grid: Grid, steps: int) -> Rule:
    """The rule with the value so many steps away."""
    return grid.parameter.with_value(rule, grid.value(steps))


def stepped(model: IncrementalModel, grid: Grid, steps: int) -> IncrementalModel:
    """The model with the value so many steps away."""
    return model.with_rule(changed(model.book.rules[model.book.number(grid.parameter.rule)], grid, steps))


def first_unrefuted(gap: Callable[[int], float], start: int, most: int, stride: int = 1) -> int | None:
    """The first whole number from `start` at which a gap is closed, for gaps that fall in straight lines or bends.

    None where it does not fall, or not by `most`. It is looked for `stride` further on first.
    """
    if start > most:
        return None
    low, at_low = start, gap(start)
    if at_low <= 0:
        return start
    worse = 0
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
    # A fall of some roundings only has its zero anywhere; gaps are parts of what is added up, and so are roundings.
    if not np.isfinite(fall) or fall <= 1e-12 * max(1.0, abs(at_low)):
        return 4 * (high - low)
    return max(1, ceil(at_high / fall * (high - low)))


def _between(gap: Callable[[int], float], low: tuple[int, float], high: tuple[int, float]) -> int:
    """The first closed number in (low, high], the gap open at low and closed at high."""
    (a, at_a), (b, at_b) = low, high
    turn = 0
    # To the end, as every third turn halves: a number before which nothing was asked is not the first.
    while b - a > 1:
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
        turn += 1
    return b
