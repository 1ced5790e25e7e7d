"""Goals: the best of each in turn, kept but for what may be given up, before everything is spread evenly.

A goal is a linear program over what the rules leave (goal programming in pre-emptive order). What it reached becomes
one more elastic rule of the last rank, so that receipts, effects and audit speak of it as of any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from time import perf_counter
from typing import Any, ClassVar

import numpy as np
from pydantic import Field
from scipy import sparse

from rules import CellIndex, Rows, Rule, RuleBook
from rules.rows import join
from rules.tunable import revised
from scenarios import Goal
from scenarios.values.number_fields import LARGEST
from scenarios.values.rational_array import Exact
from solver.engines.clarabel import Clarabel
from solver.engines.quadratic_program import Engine, QuadraticProgram, Vector
from solver.infeasible.feasibility import origin, problem_of, widths, with_typical_shares
from solver.model.matrices import by_columns, by_rows
from solver.model.program import Program, assemble, blocks_of
from solver.optimise.elastic import ElasticSolution, solve_elastic
from solver.optimise.refinement import refine, refiners
from solver.optimise.returns import worth_of

LAST = 99
"""Priority of what goals have reached: the last that a rule may have, so that no earlier priority gives way
to a goal."""
_MICRO = 10**6
"""Parts of one: kept amounts are fractions of so many, in the metric's unit. Rules are exact and need
fractions; a millionth of a unit is far below what rounding to units leaves."""
_LOOSE = 1e-9
"""Of the best, or of the company target: what is always given up of a goal, so that what keeps it leaves
floats an inside."""
_TANGENTS = 40
"""Far more than the even spread needs, which the first tangent is made for."""


class Sought(Rule):
    """What a goal has reached, kept for what comes after it."""

    kind: str = "goal"
    made: Rows = Field(repr=False)
    """The rows that keep it."""

    def rows(self, frame: CellIndex) -> Rows:  # noqa: ARG002 - they were made when the goal was reached
        return self.made


class SoughtValue(Sought):
    """The same of a goal that maximises: what it keeps is in no metric's unit."""

    metric_unit: ClassVar[bool] = False


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
    bound: float | None = None
    """Where returns diminish: what no targets bring more than, proved in exact arithmetic."""

    def document(self) -> dict[str, Any]:
        """As it stands in result.json."""
        return {
            "goal": self.name,
            "best": _six(self.best),
            "kept": _six(self.kept),
            "give_up": f"{float(self.give_up) * 100:g}%",
            "unevenness_before": _six(self.unevenness_before),
            "unevenness_after": _six(self.unevenness_after),
            **({} if self.bound is None else {"bound": _six(self.bound)}),
        }


def _six(value: float) -> float:
    return float(f"{value:.9g}")


def pursue(
    goals: Sequence[Goal],
    book: RuleBook,
    elastic: ElasticSolution,
    quadratic: Engine,
    linear: Engine,
    *,
    deadline: float = np.inf,
) -> tuple[RuleBook, ElasticSolution, tuple[Outcome, ...]]:
    """The book with what each goal reached, the elastic solution under it, and what became of the goals.

    After the `deadline`, in seconds of perf_counter, no further goal is begun, and the solution is not `finished`.
    Raises ArithmeticError when a goal has no best, because nothing limits it.
    """
    outcomes: list[Outcome] = []
    for number, goal in enumerate(goals):
        if perf_counter() > deadline:
            return book, replace(elastic, finished=False), tuple(outcomes)
        before = unevenness(elastic)
        book, elastic, outcome = _pursue(goal, number, book, elastic, quadratic, linear)
        outcomes.append(replace(outcome, unevenness_before=before, unevenness_after=unevenness(elastic)))
    return book, elastic, tuple(outcomes)


def _pursue(
    goal: Goal, number: int, book: RuleBook, elastic: ElasticSolution, quadratic: Engine, linear: Engine
) -> tuple[RuleBook, ElasticSolution, Outcome]:
    """The book with what the goal reached, and the elastic solution under it."""
    if goal.half_at:
        return _pursue_returns(goal, number, book, elastic, quadratic, linear)
    name, best, kept, rows = _reach(goal, book.frame, elastic, linear)
    name = name if name not in book.places else f"{name} ({number + 1})"
    book, elastic = _kept(goal, name, book, rows, quadratic)
    return book, elastic, Outcome(name, best, kept, goal.give_up, 0.0, 0.0)


def _pursue_returns(
    goal: Goal, number: int, book: RuleBook, elastic: ElasticSolution, quadratic: Engine, linear: Engine
) -> tuple[RuleBook, ElasticSolution, Outcome]:
    """The same where returns diminish: tangents are added until what is kept is kept on the curves too."""
    from solver.optimise.returns_goal import reach_returns  # few goals have returns that diminish

    name = _name(goal)
    name = name if name not in book.places else f"{name} ({number + 1})"
    program = assemble(book.frame, elastic.blocks)
    found = reach_returns(goal, book.frame, program, lambda asked: _answer(asked, linear, goal), quadratic)
    rows = found.rows
    for _ in range(_TANGENTS):
        sought, spread = _kept(goal, name, book, rows, quadratic)
        if not goal.give_up or not found.short(spread.spread.x):
            bound = None if found.bound is None else float(found.bound)
            return sought, spread, Outcome(name, found.best, found.kept, goal.give_up, 0.0, 0.0, bound)
        rows = join([rows, found.tangent_at(spread.spread.x)])
    raise ArithmeticError(f"the goal at {goal.place} could not be kept within {_TANGENTS} tangents")


def _kept(
    goal: Goal, name: str, book: RuleBook, rows: Rows, quadratic: Engine
) -> tuple[RuleBook, ElasticSolution]:
    """The book with rows that keep a goal, and the elastic solution under it."""
    sought = SoughtValue if goal.maximise is not None else Sought
    book = revised(book, added=[sought(name=name, metric=goal.metric, priority=LAST, made=rows)])
    return book, solve_elastic(book, blocks_of(book), quadratic)


def unevenness(elastic: ElasticSolution) -> float:
    """Σ (x - r)² / (2 r T) of the even spread, the chi-square distance from the fair shares."""
    program, x = elastic.program, elastic.spread.x
    weight = 2 * program.fair_share * program.scale
    return float(
        np.divide((x - program.fair_share) ** 2, weight, out=np.zeros_like(x), where=weight > 0).sum()
    )


def _reach(
    goal: Goal, frame: CellIndex, elastic: ElasticSolution, engine: Engine
) -> tuple[str, float, float, Rows]:
    if goal.maximise is not None:
        return _most(goal, frame, elastic, engine)
    if goal.spread == "least_largest_stretch":
        return _least_stretch(goal, frame, elastic, engine)
    return _closest(goal, frame, elastic, engine)


def _metrics(goal: Goal, frame: CellIndex) -> list[str]:
    return [goal.metric] if goal.metric else list(frame.metrics)


def _most(
    goal: Goal, frame: CellIndex, elastic: ElasticSolution, engine: Engine
) -> tuple[str, float, float, Rows]:
    """maximise Σ value · x, value the weighted sum of the columns."""
    assert goal.maximise is not None
    values = {metric: worth_of(weights, frame) for metric, weights in goal.maximise.items()}
    everyone = np.ones(frame.partners, dtype=bool)
    rows = frame.together(values, everyone, lower=Fraction(0))
    # Read back from the row that will keep it: what is maximised and what is kept then agree to the last
    # digit.
    worth = np.asarray(rows.matrix(frame.size).sum(axis=0), dtype=np.float64).ravel()
    best = float(worth @ _solve(elastic.program, -worth, engine, goal))
    kept = best - float(goal.give_up) * abs(best) - _LOOSE * abs(best)
    return _name(goal), best, kept, replace(rows, lower=Exact.full(1, _fraction(kept)))


def _name(goal: Goal) -> str:
    return f"maximise {' and '.join(goal.columns)}"


def _solve(program: Program, cost: Vector, engine: Engine, goal: Goal) -> Vector:
    """(cells,) the targets of least cost (cells,)."""
    active = with_typical_shares(program)
    problem = replace(
        problem_of(active), cost=cost * widths(active) / max(float(np.abs(cost).max(initial=0)), 1e-300)
    )
    return origin(active) + widths(active) * _answer(problem, engine, goal)[: len(cost)]


def _answer(problem: QuadraticProgram, engine: Engine, goal: Goal) -> Vector:
    solution = engine.solve(problem)
    # The elastic solution keeps these rules, so infeasible is never the truth here.
    if solution.termination in ("error", "infeasible", "unbounded"):
        # There are targets that keep all this: a simplex can lose its way among amounts of many sizes. An interior
        # point, refined, ends at the same best.
        near = Clarabel().solve(problem)
        if near.termination == "optimal":
            return refine(problem, near.x, near.multipliers, refiners()).x
    if solution.termination != "optimal":
        raise ArithmeticError(
            f"the goal at {goal.place} has no best: {engine.name} ends with {solution.termination}"
        )
    return solution.x


def _sums(frame: CellIndex, metrics: Sequence[str]) -> tuple[sparse.csr_array, Vector]:
    """Per metric and partner, the row that adds up the partner's targets over the periods, and the metric's total."""
    cells = np.concatenate([frame.cells(metric).T for metric in metrics])
    row = np.repeat(np.arange(len(cells)), cells.shape[1])
    matrix = sparse.csr_array((np.ones(cells.size), (row, cells.ravel())), shape=(len(cells), frame.size))
    return matrix, np.repeat([float(frame.totals[metric]) or 1.0 for metric in metrics], frame.partners)


def _plan(goal: Goal, frame: CellIndex) -> Exact:
    """(metrics · partners,) what the targets should stay close to."""
    metrics = _metrics(goal, frame)
    if goal.stay_close_to is not None:
        return Exact.join([frame.column(goal.stay_close_to)] * len(metrics))
    floats = np.concatenate([frame.fair_shares.floats[frame.cells(m)].sum(axis=0) for m in metrics])
    return Exact(np.rint(floats * _MICRO).astype(np.int64), _MICRO)


def _closest(
    goal: Goal, frame: CellIndex, elastic: ElasticSolution, engine: Engine
) -> tuple[str, float, float, Rows]:
    """minimise Σ |Σ_periods x - plan| / T; afterwards no target may change its direction from the plan."""
    metrics, plan = _metrics(goal, frame), _plan(goal, frame)
    sums, scale = _sums(frame, metrics)
    amounts = sums @ _nearest(elastic.program, sums, plan.floats(), scale, engine, goal)
    away = amounts - plan.floats()
    even = sums @ elastic.spread.x - plan.floats()
    # At the plan itself neither side is decided: there the even spread, which comes next anyway, says
    # which.
    up = np.where(np.abs(away) > _LOOSE * scale, away, even) >= 0
    best = float(np.abs(away).sum())
    kept = best * float(1 + goal.give_up) + _LOOSE * float(scale.max())
    name = "least deviation" if goal.stay_close_to is None else f"stay close to {goal.stay_close_to}"
    return name, best, kept, _kept_close(frame, metrics, plan, up, kept)


def _nearest(
    program: Program, sums: sparse.csr_array, plan: Vector, scale: Vector, engine: Engine, goal: Goal
) -> Vector:
    """(cells,) targets of least total distance of `sums` from the plan."""
    active = with_typical_shares(program)
    base, width, start = problem_of(active), widths(active), origin(active)
    count, cells = len(plan), len(width)
    # Deviations in T / n, an average target, so that rows and columns are of size one; in the cost they count
    # as shares of T.
    unit = scale / max(1, count)
    deviation = by_rows(by_columns(sums, width), 1 / unit)
    allowance = sparse.eye_array(count)
    beside = sparse.csr_array((base.matrix.shape[0], count))
    # |s| ≤ t as s - t ≤ 0 and s + t ≥ 0.
    blocks = [[deviation, -allowance], [deviation, allowance]]
    rest = (plan - sums @ start) / unit
    nothing = np.full(count, np.inf)
    problem = QuadraticProgram(
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
    frame: CellIndex, metrics: Sequence[str], plan: Exact, up: np.ndarray[Any, Any], kept: float
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
    goal: Goal, frame: CellIndex, elastic: ElasticSolution, engine: Engine
) -> tuple[str, float, float, Rows]:
    """minimise t with |Σ_periods x - r| ≤ t · r."""
    metrics, share = _metrics(goal, frame), _plan(goal, frame)
    sums, _ = _sums(frame, metrics)
    best = _smallest(elastic.program, sums, share.floats(), engine, goal)
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
    active = with_typical_shares(program)
    base, width, start = problem_of(active), widths(active), origin(active)
    known = np.flatnonzero(share > 0)
    size = share[known]
    stretch = by_columns(by_rows(sparse.csr_array(sums[known]), 1 / size), width)
    one = sparse.csr_array(np.ones((len(known), 1)))
    rest = 1 - (sums[known] @ start) / size
    nothing = np.full(len(known), np.inf)
    # The same with one t for all, each row over its fair share.
    blocks = [[stretch, -one], [stretch, one]]
    below = sparse.csr_array((base.matrix.shape[0], 1))
    problem = QuadraticProgram(
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
