"""Goals: the best of each in turn, kept but for what may be given up, before everything is spread evenly.

A goal is a linear program over what the rules leave (goal programming in pre-emptive order). What it reached becomes
one more elastic rule of the last rank, so that receipts, effects and audit speak of it as of any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from pydantic import Field
from scipy import sparse

from rules import Frame, Rows, Rule, RuleBook
from rules.levers import revised
from rules.rows import join
from scenarios import Goal
from scenarios.exact import Exact
from scenarios.numbers import LARGEST
from solver.elastic import Settlement, settle
from solver.engines.problem import Engine, Problem, Vector
from solver.feasible import awake, origin, problem_of, widths
from solver.matrices import by_columns, by_rows
from solver.program import Program, demands_of

LAST = 99
_MICRO = 10**6
_LOOSE = 1e-9


class Sought(Rule):
    """What a goal has reached, kept for what comes after it."""

    kind: str = "goal"
    made: Rows = Field(repr=False)
    """The rows that keep it."""

    def rows(self, frame: Frame) -> Rows:  # noqa: ARG002 - they were made when the goal was reached
        return self.made


@dataclass(frozen=True)
class Outcome:
    """What became of a goal."""

    name: str
    """What was sought."""
    best: float
    """The best that the rules and the goals before it allow."""
    kept: float
    """What the even spread had to keep of it."""
    give_up: Fraction
    """How much of the best might be given up."""
    unevenness_before: float
    """The chi-square distance from the fair shares before this goal, in shares of the company target."""
    unevenness_after: float
    """The same with it."""

    def document(self) -> dict[str, Any]:
        """As it stands in result.json."""
        return {
            "goal": self.name,
            "best": _six(self.best),
            "kept": _six(self.kept),
            "give_up": f"{float(self.give_up) * 100:g}%",
            "unevenness_before": _six(self.unevenness_before),
            "unevenness_after": _six(self.unevenness_after),
        }


def _six(value: float) -> float:
    return float(f"{value:.9g}")


def pursue(
    goals: Sequence[Goal], book: RuleBook, settlement: Settlement, quadratic: Engine, linear: Engine
) -> tuple[RuleBook, Settlement, tuple[Outcome, ...]]:
    """The book with what each goal reached, the settlement under it, and what became of the goals.

    Raises ArithmeticError when a goal has no best, because nothing limits it.
    """
    outcomes = []
    for number, goal in enumerate(goals):
        before = unevenness(settlement)
        name, best, kept, rows = _reach(goal, book.frame, settlement, linear)
        name = name if name not in book.places else f"{name} ({number + 1})"
        sought = Sought(name=name, metric=goal.metric, priority=LAST, made=rows)
        book = revised(book, added=[sought])
        settlement = settle(book, demands_of(book), quadratic)
        outcomes.append(Outcome(name, best, kept, goal.give_up, before, unevenness(settlement)))
    return book, settlement, tuple(outcomes)


def unevenness(settlement: Settlement) -> float:
    """Σ (x - r)² / (2 r T) of the even spread, the chi-square distance from the fair shares."""
    program, x = settlement.program, settlement.spread.x
    weight = 2 * program.fair_share * program.scale
    return float(
        np.divide((x - program.fair_share) ** 2, weight, out=np.zeros_like(x), where=weight > 0).sum()
    )


def _reach(
    goal: Goal, frame: Frame, settlement: Settlement, engine: Engine
) -> tuple[str, float, float, Rows]:
    if goal.maximise is not None:
        return _most(goal, frame, settlement, engine)
    if goal.spread == "least_largest_stretch":
        return _least_stretch(goal, frame, settlement, engine)
    return _closest(goal, frame, settlement, engine)


def _metrics(goal: Goal, frame: Frame) -> list[str]:
    return [goal.metric] if goal.metric else list(frame.metrics)


def _most(goal: Goal, frame: Frame, settlement: Settlement, engine: Engine) -> tuple[str, float, float, Rows]:
    """maximise Σ value · x, value the weighted sum of the columns."""
    assert goal.maximise is not None
    value = sum((frame.column(c) * weight for c, weight in goal.maximise.items()), frame.nothing)
    everyone = np.ones(frame.partners, dtype=bool)
    rows = frame.together(dict.fromkeys(_metrics(goal, frame), value), everyone, lower=Fraction(0))
    worth = np.asarray(rows.matrix(frame.size).sum(axis=0), dtype=np.float64).ravel()
    best = float(worth @ _solve(settlement.program, -worth, engine, goal))
    kept = best - float(goal.give_up) * abs(best) - _LOOSE * abs(best)
    name = f"maximise {' and '.join(goal.maximise)}"
    return name, best, kept, replace(rows, lower=Exact.full(1, _fraction(kept)))


def _solve(program: Program, cost: Vector, engine: Engine, goal: Goal) -> Vector:
    """(cells,) the targets of least cost (cells,)."""
    woken = awake(program)
    problem = replace(
        problem_of(woken), cost=cost * widths(woken) / max(float(np.abs(cost).max(initial=0)), 1e-300)
    )
    return origin(woken) + widths(woken) * _answer(problem, engine, goal)[: len(cost)]


def _answer(problem: Problem, engine: Engine, goal: Goal) -> Vector:
    solution = engine.solve(problem)
    if solution.termination != "optimal":
        raise ArithmeticError(
            f"the goal at {goal.place} has no best: {engine.name} ends with {solution.termination}"
        )
    return solution.x


def _sums(frame: Frame, metrics: Sequence[str]) -> tuple[sparse.csr_array, Vector]:
    """Per metric and partner, the row that adds up the partner's targets over the periods, and the metric's total."""
    cells = np.concatenate([frame.cells(metric).T for metric in metrics])
    row = np.repeat(np.arange(len(cells)), cells.shape[1])
    matrix = sparse.csr_array((np.ones(cells.size), (row, cells.ravel())), shape=(len(cells), frame.size))
    return matrix, np.repeat([float(frame.totals[metric]) or 1.0 for metric in metrics], frame.partners)


def _plan(goal: Goal, frame: Frame) -> Exact:
    """(metrics · partners,) what the targets should stay close to."""
    metrics = _metrics(goal, frame)
    if goal.stay_close_to is not None:
        return Exact.join([frame.column(goal.stay_close_to)] * len(metrics))
    floats = np.concatenate([frame.fair_shares.floats[frame.cells(m)].sum(axis=0) for m in metrics])
    return Exact(np.rint(floats * _MICRO).astype(np.int64), _MICRO)


def _closest(
    goal: Goal, frame: Frame, settlement: Settlement, engine: Engine
) -> tuple[str, float, float, Rows]:
    """minimise Σ |Σ_periods x - plan| / T; afterwards no target may change its direction from the plan."""
    metrics, plan = _metrics(goal, frame), _plan(goal, frame)
    sums, scale = _sums(frame, metrics)
    amounts = sums @ _nearest(settlement.program, sums, plan.floats(), scale, engine, goal)
    away = amounts - plan.floats()
    even = sums @ settlement.spread.x - plan.floats()
    up = np.where(np.abs(away) > _LOOSE * scale, away, even) >= 0
    best = float(np.abs(away).sum())
    kept = best * float(1 + goal.give_up) + _LOOSE * float(scale.max())
    name = "least deviation" if goal.stay_close_to is None else f"stay close to {goal.stay_close_to}"
    return name, best, kept, _kept_close(frame, metrics, plan, up, kept)


def _nearest(
    program: Program, sums: sparse.csr_array, plan: Vector, scale: Vector, engine: Engine, goal: Goal
) -> Vector:
    """(cells,) targets of least total distance of `sums` from the plan."""
    woken = awake(program)
    base, width, start = problem_of(woken), widths(woken), origin(woken)
    count, cells = len(plan), len(width)
    unit = scale / max(1, count)
    turned = by_columns(sums, width)
    aside = sparse.diags_array(unit)
    beside = sparse.csr_array((base.matrix.shape[0], count))
    blocks = [[turned, -aside], [turned, aside]]
    rest = plan - sums @ start
    nothing = np.full(count, np.inf)
    problem = Problem(
        curvature=np.zeros(cells + count),
        cost=np.concatenate([np.zeros(cells), unit / scale]),
        matrix=sparse.csr_array(
            sparse.vstack([sparse.hstack([base.matrix, beside]), sparse.block_array(blocks)])
        ),
        row_lower=np.concatenate([base.row_lower, -nothing, rest]),
        row_upper=np.concatenate([base.row_upper, rest, nothing]),
        lower=np.concatenate([base.lower, np.zeros(count)]),
        upper=np.concatenate([base.upper, nothing]),
    )
    return start + width * _answer(problem, engine, goal)[:cells]


def _kept_close(
    frame: Frame, metrics: Sequence[str], plan: Exact, up: np.ndarray[Any, Any], kept: float
) -> Rows:
    """Σ ± (x - plan) ≤ kept, and each target on its side of the plan."""
    sign = Exact(np.where(up, 1, -1), 1)
    parts = np.split(np.arange(len(plan)), len(metrics))
    everyone = np.ones(frame.partners, dtype=bool)
    terms = {metric: sign[part] for metric, part in zip(metrics, parts, strict=True)}
    whole = frame.together(terms, everyone, upper=_fraction(kept) + (sign * plan).sum())
    least, most = plan.where(up, 0), Exact.full(len(plan), LARGEST).where(up, plan)
    sides = [
        frame.each({metric: 1}, everyone, lower=least[part], upper=most[part])
        for metric, part in zip(metrics, parts, strict=True)
    ]
    return join([replace(whole, lower=Exact.full(1, -LARGEST)), *sides])


def _least_stretch(
    goal: Goal, frame: Frame, settlement: Settlement, engine: Engine
) -> tuple[str, float, float, Rows]:
    """minimise t with |Σ_periods x - r| ≤ t · r."""
    metrics, share = _metrics(goal, frame), _plan(goal, frame)
    sums, _ = _sums(frame, metrics)
    best = _smallest(settlement.program, sums, share.floats(), engine, goal)
    kept = best * float(1 + goal.give_up) + _LOOSE
    band = _fraction(kept)
    parts = np.split(np.arange(len(share)), len(metrics))
    within = [
        frame.each(
            {metric: 1}, share[part] > 0, lower=share[part] * (1 - band), upper=share[part] * (1 + band)
        )
        for metric, part in zip(metrics, parts, strict=True)
    ]
    return "least largest stretch", best, kept, join(within)


def _smallest(program: Program, sums: sparse.csr_array, share: Vector, engine: Engine, goal: Goal) -> float:
    """The least t within which all sums with a fair share can stay."""
    woken = awake(program)
    base, width, start = problem_of(woken), widths(woken), origin(woken)
    known = np.flatnonzero(share > 0)
    size = share[known]
    turned = by_columns(by_rows(sparse.csr_array(sums[known]), 1 / size), width)
    one = sparse.csr_array(np.ones((len(known), 1)))
    rest = 1 - (sums[known] @ start) / size
    nothing = np.full(len(known), np.inf)
    blocks = [[turned, -one], [turned, one]]
    below = sparse.csr_array((base.matrix.shape[0], 1))
    problem = Problem(
        curvature=np.zeros(len(width) + 1),
        cost=np.append(np.zeros(len(width)), 1.0),
        matrix=sparse.csr_array(
            sparse.vstack([sparse.hstack([base.matrix, below]), sparse.block_array(blocks)])
        ),
        row_lower=np.concatenate([base.row_lower, -nothing, rest]),
        row_upper=np.concatenate([base.row_upper, rest, nothing]),
        lower=np.append(base.lower, 0.0),
        upper=np.append(base.upper, np.inf),
    )
    return float(_answer(problem, engine, goal)[-1])


def _fraction(value: float) -> Fraction:
    return Fraction(round(value * _MICRO), _MICRO)
