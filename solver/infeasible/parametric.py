"""Parametric question: how far one number has to move for rules to hold, the number as a column of the program.

Limits that follow a number in a straight line, L + s L', make the least s a linear program (parametric programming: Gass
& Saaty 1955); its multipliers are the certificate that refutes all numbers before. Where the number is in coefficients,
a + s a', they are taken along at typical amounts, s (a'·x); the certificate, read at the numbers themselves, is then a
step of Newton's method for such quotients (Dinkelbach 1967). Nothing is believed: a certificate is added up, a point
put into the rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from solver.engines.ortools import OrTools
from solver.engines.quadratic_program import Engine, QuadraticProgram, Vector
from solver.infeasible.certificate import Certificate
from solver.infeasible.incremental import IncrementalModel, RulePart
from solver.infeasible.question import Alone, Question, refined
from solver.infeasible.system import System
from solver.infeasible.verdict import UndecidedError, Verdict, decide
from solver.model.matrices import times
from solver.model.program import Index

_LARGEST_SIMPLEX = 5_000
"""Rows up to which a simplex is asked: a vertex says most of the numbers to come, and of many rows takes seconds."""


@dataclass(frozen=True, eq=False)
class Answer:
    """Whether rules hold with a number as it is, and what tells how far it has to go."""

    verdict: Verdict
    further: float = 0.0
    """How many steps further the number would have to go, by what one moves near the targets found."""
    near: Vector | None = None
    """(cells,) those targets, by which the next question moves coefficients; None where none were found."""


@dataclass(frozen=True, eq=False)
class ParametricQuestion:
    """The rules with a number, the way on to a further one, and what is asked of a model."""

    model: IncrementalModel
    loose: IncrementalModel
    """The same with every row that follows the number taken as a row, so that a column can move it."""
    ask: Callable[[IncrementalModel], System]
    rates: tuple[tuple[int, Vector], ...]
    """Rules that follow the number, and by how much (2, rows) their lower and upper limits give way with a step."""

    @classmethod
    def of(
        cls,
        model: IncrementalModel,
        further: IncrementalModel,
        ask: Callable[[IncrementalModel], System],
        near: Vector | None = None,
    ) -> ParametricQuestion | None:
        """The question, from a model and the one a step further; None where rows come and go with the number.

        `near` (cells,) are targets at which coefficients that follow the number are taken along; typical ones if none.
        """
        moved = [(now, then) for now, then in zip(model.hard, further.hard, strict=True) if now is not then]
        if any(len(now.single) != len(then.single) for now, then in moved):
            return None
        at = System.of(model.book.frame, ()).typical if near is None else near
        rates = tuple((now.rule, _rates(now, then, at)) for now, then in moved)
        follow = {rule for rule, _ in rates}
        parts = tuple(part.without_bounds() if part.rule in follow else part for part in model.parts)
        return cls(model, replace(model, parts=parts), ask, rates)

    def answer(self, engine: Engine, known: Alone | None = None) -> Answer | None:
        """Whether the rules hold with the number as it is, by the least step further; None where that proves nothing.

        Rows `known` to fail when dealt out are asked by themselves.
        """
        system = self.ask(self.loose)
        if (system.bounds.gap > 0).any():
            return None
        moving = frozenset(rule for rule, _ in self.rates)
        found = refined(system, lambda question: self._asked(question, engine), known, moving)
        return found or self._asked(Question.of(system, moving), engine)[0]

    def _asked(self, question: Question, engine: Engine) -> tuple[Answer | None, Question | None]:
        """The answer, if it is proved, and the finer question with which the least step is nearer to the truth, if any."""
        program, twice, step = self._program(question)
        judge = OrTools() if len(program.row_lower) <= _LARGEST_SIMPLEX else engine
        solution = judge.solve(program)
        if solution.termination == "infeasible":
            return self._never(engine), None
        if solution.termination != "optimal":
            return None, None
        x, further = solution.x[:-1], max(0.0, float(solution.x[-1])) * step
        finer = question.finer(x, further * self._everywhere(question.system)[:, question.rows])
        rows = len(question.program.row_lower)
        y = solution.multipliers[:rows].copy()
        y[twice] += solution.multipliers[rows:]
        for multipliers in question.thinned(y[: len(question.length)]):
            certificate = self._tight(question.certificate(multipliers))
            if certificate.refutes(self.ask(self.model)):
                near = question.targets(x)
                return Answer(Verdict(False, certificate), further, near), finer
        return (Answer(Verdict(True)), None) if question.kept_by(x) else (None, finer)

    def _never(self, engine: Engine) -> Answer | None:
        """The verdict by what no number moves out of the way, which refutes all of them at once; None where it holds."""
        rates = dict(self.rates)
        parts = [_lifted(p, rates[p.rule]) if p.rule in rates else p for p in self.loose.parts]
        try:
            found = decide(self.ask(replace(self.loose, parts=tuple(parts))), engine)
        except UndecidedError:
            return None
        if found.certificate is None:
            return None
        certificate = self._tight(found.certificate)
        return Answer(Verdict(False, certificate)) if certificate.refutes(self.ask(self.model)) else None

    def _program(self, question: Question) -> tuple[QuadraticProgram, Index, float]:
        """The least step, in a column beside the question's by which each side of a row moves at its own rate.

        Then the rows that are there twice for that, and how many steps the column counts as one.
        """
        program, (below, above) = question.program, self._rates_in(question)
        lower, upper = np.isfinite(program.row_lower), np.isfinite(program.row_upper)
        twice = np.flatnonzero(lower & upper & (below != -above))
        rate = np.concatenate([np.where(lower, below, -above), -above[twice]])
        high = program.row_upper.copy()
        high[twice] = np.inf
        columns = len(program.lower)
        # The largest rate counts as one: engines take columns of about one. 1e-300: no rate at all has no size.
        step = 1 / max(np.abs(rate).max(initial=0.0), 1e-300)
        column = sparse.csr_array((rate * step)[:, None])
        moved = QuadraticProgram(
            curvature=np.zeros(columns + 1),
            cost=np.concatenate([np.zeros(columns), [1.0]]),
            matrix=sparse.csr_array(
                sparse.hstack([sparse.vstack([program.matrix, program.matrix[twice]]), column])
            ),
            row_lower=np.concatenate([program.row_lower, np.full(len(twice), -np.inf)]),
            row_upper=np.concatenate([high, program.row_upper[twice]]),
            lower=np.concatenate([program.lower, [0.0]]),
            upper=np.concatenate([program.upper, [np.inf]]),
        )
        return moved, twice, step

    def _rates_in(self, question: Question) -> Vector:
        """(2, rows of the program) the rates of its scaled rows; those that are added up add up theirs."""
        found = np.zeros((2, len(question.program.row_lower)))
        everywhere = self._everywhere(question.system)
        for side, rates in zip(found, everywhere[:, question.rows], strict=True):
            own = question.row >= 0
            side[: len(question.length)] = np.bincount(question.row[own], rates[own], len(question.length))
        found[:, : len(question.length)] *= question.length
        return found

    def _everywhere(self, system: System) -> Vector:
        """(2, rows of a system) the rates of all its rows, zero where a rule does not follow the number."""
        found = np.zeros((2, len(system.lower)))
        for rule, rates in self.rates:
            mine = system.rule == rule
            found[:, mine] = rates[:, system.row[mine]]
        return found

    def _tight(self, certificate: Certificate) -> Certificate:
        """A certificate of the loose rows as one of the rules: what rows of one cell add comes back as bounds."""
        rows = dict(certificate.rows)
        for part, loose in zip(self.model.parts, self.loose.parts, strict=True):
            if part is not loose and part.rule in rows:
                rows[part.rule] = rows[part.rule][np.isin(loose.several, part.several)]
        return Certificate({rule: mine for rule, mine in rows.items() if mine.any()}, certificate.crossing)


def _lifted(part: RulePart, rates: Vector) -> RulePart:
    """The part without the limits that give way, by rates (2, rows)."""
    block = part.block
    lower = np.where(rates[0] > 0, -np.inf, block.lower)
    upper = np.where(rates[1] > 0, np.inf, block.upper)
    return replace(part, block=block.with_limits(lower, upper), stated=False)


def _rates(now: RulePart, then: RulePart, near: Vector) -> Vector:
    """(2, rows) by how much the lower and the upper limit of each row give way from one part to the next."""
    one, two = now.block, then.block
    along = times(two.matrix, near) - times(one.matrix, near)
    with np.errstate(invalid="ignore"):
        down, up = one.lower - two.lower + along, two.upper - one.upper - along
    # No limit stays none: infinite less infinite is no number.
    return np.array([np.where(np.isfinite(down), down, 0.0), np.where(np.isfinite(up), up, 0.0)])
