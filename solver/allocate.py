"""Allocate: from a scenario and its rule book to targets, receipts, effects and audit, or to a conflict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from time import perf_counter

import numpy as np

from rules import RuleBook
from scenarios import Scenario
from solver.allocation import Allocation
from solver.audit import audit
from solver.engines.ortools import OrTools
from solver.engines.piqp import Piqp
from solver.engines.quadratic_program import Engine
from solver.explain.effects import effects_of
from solver.explain.receipts import write_receipts
from solver.integer.rounding import NoWholeUnitsError, round_targets
from solver.known import Known
from solver.model.program import ConstraintBlock, blocks_of
from solver.optimise.elastic import ElasticSolution, solve_elastic
from solver.optimise.goals import Outcome, pursue

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
    used = engines or Engines()
    clock = _Clock(progress)
    deadline = perf_counter() + time_limit
    try:
        return _allocate(
            scenario, book, used, clock, None if start is None else start.elastic, known, deadline
        )
    # What engines cannot do is a failed run; anything else is a fault of the program and is not caught.
    except (ArithmeticError, np.linalg.LinAlgError) as error:
        return Allocation(
            scenario,
            book,
            "failed",
            "error",
            engines=used.versions(),
            seconds=clock.seconds,
            reason=str(error),
        )


def _allocate(
    scenario: Scenario,
    book: RuleBook,
    engines: Engines,
    clock: _Clock,
    start: ElasticSolution | None,
    known: Known | None,
    deadline: float,
) -> Allocation:
    """The allocation by a clock.

    The number of each stage is the part of the way that is done when it begins, 0 to 1, roughly: it is for displays
    of progress alone.
    """
    with clock.stage("rows", 0.0):
        blocks = blocks_of(book)
    with clock.stage("solve", 0.1):
        priorities = None if known is None else known.priorities
        elastic = solve_elastic(
            book, blocks, engines.quadratic, start=start, known=priorities, deadline=deadline
        )
    outcomes: tuple[Outcome, ...] = ()
    if elastic.spread.termination == "infeasible":
        from solver.infeasible.conflict import find_conflicts  # most runs have no conflict to look for

        with clock.stage("conflict", 0.5):
            conflict = find_conflicts(book, engines.quadratic, engines.linear)
        return Allocation(
            scenario,
            book,
            "infeasible",
            "infeasible",
            engines=engines.versions(),
            seconds=clock.seconds,
            conflict=conflict,
        )
    # Goals choose among what is left by all elastic rules: with some of them unsolved they would take what
    # is not theirs.
    if elastic.spread.termination == "optimal" and elastic.finished and scenario.goals:
        with clock.stage("goals", 0.4):
            book, elastic, outcomes = pursue(
                scenario.goals, book, elastic, engines.quadratic, engines.linear, deadline=deadline
            )
            blocks = blocks_of(book)
    if elastic.spread.termination != "optimal":
        raise ArithmeticError(f"{engines.quadratic.name} ends with {elastic.spread.termination}")
    finished = _finish(scenario, book, blocks, elastic, engines, clock, known)
    return replace(finished, goals=outcomes)


def _finish(
    scenario: Scenario,
    book: RuleBook,
    blocks: Sequence[ConstraintBlock],
    elastic: ElasticSolution,
    engines: Engines,
    clock: _Clock,
    known: Known | None,
) -> Allocation:
    try:
        with clock.stage("round", 0.6):
            pieces = None if known is None else known.pieces
            rounded = round_targets(book, elastic, scenario.cascade, known=pieces)
    except NoWholeUnitsError as error:
        # A search that gave up proves nothing: that is a failed run, never told as rules that cannot hold.
        if not error.proved:
            raise
        return _without_whole_units(scenario, book, elastic, engines, clock)
    with clock.stage("receipts", 0.75):
        receipts = write_receipts(book, elastic, rounded.targets)
    with clock.stage("audit", 0.9):
        audited = audit(book, rounded.targets, receipts)
        effects = effects_of(book, blocks, elastic, rounded.targets)
    return Allocation(
        scenario,
        book,
        # The audit has the last word: targets that break a hard rule are a failed run, whatever the solver
        # proved.
        "succeeded" if audited.verified else "failed",
        "optimal" if elastic.finished else "time_limit",
        engines=engines.versions(),
        seconds=clock.seconds,
        reason=_reason(elastic, verified=audited.verified),
        elastic=elastic,
        rounded=rounded,
        receipts=receipts,
        audit=audited,
        effects=effects,
    )


def _without_whole_units(
    scenario: Scenario,
    book: RuleBook,
    elastic: ElasticSolution,
    engines: Engines,
    clock: _Clock,
) -> Allocation:
    """Infeasible in whole units: hard rules that can hold, but in no units of the size asked for."""
    from solver.infeasible.no_whole_units import no_whole_units
    from solver.infeasible.units_conflict import units_conflict

    with clock.stage("conflict", 0.8):
        limiting = no_whole_units(book, elastic, scenario.cascade, engines.quadratic)
        conflict = units_conflict(book, limiting, engines.quadratic)
    return Allocation(
        scenario,
        book,
        "infeasible",
        "infeasible",
        engines=engines.versions(),
        seconds=clock.seconds,
        conflict=conflict,
    )


def _reason(elastic: ElasticSolution, *, verified: bool) -> str:
    if not verified:
        return "the audit found hard rules that the rounded targets do not keep"
    if elastic.finished:
        return ""
    proved = len(elastic.memories)
    return f"time was up after {proved} priorities of elastic rules; what follows them was not considered"
