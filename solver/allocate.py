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
from solver.conflict import find_conflicts
from solver.effects import effects_of
from solver.elastic import Settlement, settle
from solver.engines.ortools import OrTools
from solver.engines.piqp import Piqp
from solver.engines.problem import Engine
from solver.goals import Outcome, pursue
from solver.program import Demand, demands_of
from solver.receipt import write_receipts
from solver.rounding import round_targets

Progress = Callable[[str, float], None]


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
    """Times the stages and tells of them."""

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
) -> Allocation:
    """The allocation; infeasible and failed are states of it, not exceptions."""
    used = engines or Engines()
    clock = _Clock(progress)
    try:
        return _allocate(scenario, book, used, clock)
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


def _allocate(scenario: Scenario, book: RuleBook, engines: Engines, clock: _Clock) -> Allocation:
    with clock.stage("rows", 0.0):
        demands = demands_of(book)
    with clock.stage("solve", 0.1):
        settlement = settle(book, demands, engines.quadratic)
    outcomes: tuple[Outcome, ...] = ()
    if settlement.spread.termination == "infeasible":
        with clock.stage("conflict", 0.5):
            conflict = find_conflicts(book, demands, engines.quadratic, engines.linear)
        return Allocation(
            scenario,
            book,
            "infeasible",
            "infeasible",
            engines=engines.versions(),
            seconds=clock.seconds,
            conflict=conflict,
        )
    if settlement.spread.termination == "optimal" and scenario.goals:
        with clock.stage("goals", 0.4):
            book, settlement, outcomes = pursue(
                scenario.goals, book, settlement, engines.quadratic, engines.linear
            )
            demands = demands_of(book)
    if settlement.spread.termination != "optimal":
        raise ArithmeticError(f"{engines.quadratic.name} ends with {settlement.spread.termination}")
    finished = _finish(scenario, book, demands, settlement, engines, clock)
    return replace(finished, goals=outcomes)


def _finish(
    scenario: Scenario,
    book: RuleBook,
    demands: Sequence[Demand],
    settlement: Settlement,
    engines: Engines,
    clock: _Clock,
) -> Allocation:
    with clock.stage("round", 0.6):
        rounded = round_targets(book, settlement, engines.quadratic)
    with clock.stage("receipts", 0.75):
        receipts = write_receipts(book, settlement, rounded.targets)
    with clock.stage("audit", 0.9):
        audited = audit(book, rounded.targets, receipts)
        effects = effects_of(book, demands, settlement, rounded.targets)
    return Allocation(
        scenario,
        book,
        "succeeded" if audited.verified else "failed",
        "optimal",
        engines=engines.versions(),
        seconds=clock.seconds,
        reason="" if audited.verified else "the audit found hard rules that the rounded targets do not keep",
        settlement=settlement,
        rounded=rounded,
        receipts=receipts,
        audit=audited,
        effects=effects,
    )
