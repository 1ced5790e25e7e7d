"""Allocate: from a scenario and its rule book to targets, receipts, effects and audit, or to a conflict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

import numpy as np

from rules import RuleBook
from scenarios import Scenario
from solver.allocation import Allocation, State
from solver.audit import audit
from solver.engines.ortools import OrTools
from solver.engines.piqp import Piqp
from solver.engines.quadratic_program import Engine, Termination
from solver.explain.effects import effects_of
from solver.explain.receipts import write_receipts
from solver.integer.rounding import NoWholeUnitsError, round_targets
from solver.known import Known
from solver.model.program import ConstraintBlock, blocks_of
from solver.optimise.elastic import ElasticSolution, solve_elastic
from solver.optimise.goals import pursue

Progress = Callable[[str, float], None]
"""Called with the name of a stage and the part of the whole way, 0 to 1, at which it begins; the parts are
rough."""


@dataclass(frozen=True)
class Engines:
    """Who solves what."""

    quadratic: Engine = field(default_factory=Piqp)
    """The elastic stages and the even spread."""
    linear: Engine = field(default_factory=OrTools)
    """Goals, and the second opinion on conflicts."""

    def versions(self) -> dict[str, str]:
        """Name of each engine to its version."""
        return {engine.name: engine.version for engine in (self.quadratic, self.linear)}


class _Clock:
    """Times the stages and reports them."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str, share: float) -> Iterator[None]:
        if self._progress:
            self._progress(name, share)
        start = perf_counter()
        yield
        self.seconds[name] = round(perf_counter() - start, 6)


def allocate(
    scenario: Scenario,
    book: RuleBook,
    *,
    progress: Progress | None = None,
    engines: Engines | None = None,
    start: Allocation | None = None,
    known: Known | None = None,
    time_limit: float = np.inf,
) -> Allocation:
    """The allocation; infeasible and failed are states of it, not exceptions.

    `start`, the allocation of much the same scenario, shortens the way: targets and misses are the same without it, as
    both are unique and proved. What is not unique may differ: multipliers of rows that depend on each other, the rules
    that stand `against` one that gives way, which are read off them, and the last digits of floats. What `known` has of
    what depends on the very same rules is taken from there to the last digit, and what is found kept in it. After
    `time_limit` seconds no further priority of elastic rules and no goal is begun, and the priority at hand is given up:
    what was proved by then is rounded and audited, and the termination says so.
    """
    deadline = perf_counter() + time_limit
    run = _Run(scenario, book, engines or Engines(), _Clock(progress), known, deadline)
    try:
        return run.allocation(None if start is None else start.elastic)
    # What engines cannot do is a failed run; anything else is a fault of the program and is not caught.
    except (ArithmeticError, np.linalg.LinAlgError) as error:
        return run.ended("failed", "error", reason=str(error))


@dataclass(frozen=True)
class _Run:
    """What is solved, by which engines, on which clock.

    The number of each stage is the part of the way that is done when it begins, 0 to 1, roughly: it is for displays
    of progress alone.
    """

    scenario: Scenario
    book: RuleBook
    engines: Engines
    clock: _Clock
    known: Known | None
    deadline: float

    def allocation(self, start: ElasticSolution | None) -> Allocation:
        """All stages in turn, to targets or to a conflict."""
        with self.clock.stage("rows", 0.0):
            blocks = blocks_of(self.book)
        with self.clock.stage("solve", 0.1):
            elastic = solve_elastic(
                self.book,
                blocks,
                self.engines.quadratic,
                start=start,
                known=None if self.known is None else self.known.priorities,
                deadline=self.deadline,
            )
        spread = elastic.spread.termination
        if spread == "infeasible":
            return self._at_odds()
        if spread != "optimal":
            raise ArithmeticError(f"{self.engines.quadratic.name} ends with {spread}")
        # Goals choose among what is left by all elastic rules: with some of them unsolved they would take what
        # is not theirs.
        if elastic.finished and self.scenario.goals:
            return self._pursued(elastic)
        return self._rounded(blocks, elastic)

    def _pursued(self, elastic: ElasticSolution) -> Allocation:
        """The goals reached, and all that follows."""
        with self.clock.stage("goals", 0.4):
            quadratic, linear = self.engines.quadratic, self.engines.linear
            book, elastic, outcomes = pursue(
                self.scenario.goals, self.book, elastic, quadratic, linear, deadline=self.deadline
            )
            blocks = blocks_of(book)
        if (spread := elastic.spread.termination) != "optimal":
            raise ArithmeticError(f"{quadratic.name} ends with {spread}")
        return replace(replace(self, book=book)._rounded(blocks, elastic), goals=outcomes)

    def _rounded(self, blocks: Sequence[ConstraintBlock], elastic: ElasticSolution) -> Allocation:
        """Whole targets with receipts, effects and audit; or the conflict about units."""
        try:
            with self.clock.stage("round", 0.6):
                pieces = None if self.known is None else self.known.pieces
                rounded = round_targets(self.book, elastic, self.scenario.cascade, known=pieces)
        except NoWholeUnitsError as error:
            # A search that gave up proves nothing: that is a failed run, never told as rules that cannot hold.
            if not error.proved:
                raise
            return self._without_whole_units(elastic)
        with self.clock.stage("receipts", 0.75):
            receipts = write_receipts(self.book, elastic, rounded.targets)
        with self.clock.stage("audit", 0.9):
            audited = audit(self.book, rounded.targets, receipts)
            effects = effects_of(self.book, blocks, elastic, rounded.targets)
        return self.ended(
            # The audit has the last word: targets that break a hard rule are a failed run, whatever the solver
            # proved.
            "succeeded" if audited.verified else "failed",
            "optimal" if elastic.finished else "time_limit",
            reason=_reason(elastic, verified=audited.verified),
            elastic=elastic,
            rounded=rounded,
            receipts=receipts,
            audit=audited,
            effects=effects,
        )

    def _at_odds(self) -> Allocation:
        """Hard rules that cannot all hold."""
        from solver.infeasible.conflict import find_conflicts  # most runs have no conflict to look for

        with self.clock.stage("conflict", 0.5):
            conflict = find_conflicts(self.book, self.engines.quadratic, self.engines.linear)
        return self.ended("infeasible", "infeasible", conflict=conflict)

    def _without_whole_units(self, elastic: ElasticSolution) -> Allocation:
        """Hard rules that can hold, but in no units of the size asked for."""
        from solver.infeasible.no_whole_units import no_whole_units
        from solver.infeasible.units_conflict import units_conflict

        engine = self.engines.quadratic
        with self.clock.stage("conflict", 0.8):
            limiting = no_whole_units(self.book, elastic.spread.x, engine)
            conflict = units_conflict(self.book, limiting, engine)
        return self.ended("infeasible", "infeasible", conflict=conflict)

    def ended(self, state: State, termination: Termination, **found: Any) -> Allocation:
        """The allocation in its last state, with what was found."""
        return Allocation(
            self.scenario,
            self.book,
            state,
            termination,
            engines=self.engines.versions(),
            seconds=self.clock.seconds,
            **found,
        )


def _reason(elastic: ElasticSolution, *, verified: bool) -> str:
    if not verified:
        return "the audit found hard rules that the rounded targets do not keep"
    if elastic.finished:
        return ""
    proved = len(elastic.memories)
    return f"time was up after {proved} priorities of elastic rules; what follows them was not considered"
