"""Parametric questions: how far a number has to go, by one solve where limits follow it and few where coefficients do."""

from fractions import Fraction

import builders
import numpy as np
import pytest

from rules import RuleBook
from rules.tunable import tunable_parameters
from solver.engines.ortools import OrTools
from solver.engines.piqp import Piqp
from solver.engines.quadratic_program import QuadraticProgram, Solution
from solver.infeasible.incremental import IncrementalModel
from solver.infeasible.parametric import ParametricQuestion
from solver.infeasible.tuning import Grid, Refutations, hard_system, least_steps, stepped
from solver.infeasible.violation import ElasticQuestion
from solver.infeasible.work import Work

FOUR = (
    "acme Gold north 100 150",
    "bolt Gold north 200 150",
    "cube Silver south 300 150",
    "dune Silver south 400 150",
)


def book(*rules: object) -> RuleBook:
    """A target of 1,000 for four partners, beside other rules."""
    frame = builders.frame(builders.partners(*FOUR), builders.metric("revenue"), totals={"revenue": 1000})
    return builders.book(frame, builders.rule("company_target", name="target", total=1000), *rules)


def grid(of: RuleBook, rule: int, field: str, *, up: bool) -> Grid:
    parameter = next(each for each in tunable_parameters(of.rules[rule]) if each.field == field)
    return Grid(parameter, Fraction(1, 10_000), up, 10_000)


@pytest.mark.parametrize(
    ("rules", "tuned", "field", "up", "further"),
    [
        # Four caps of 24 % leave 4 % of 1,000: a step each lifts a hundredth of a percent four times.
        ([{"kind": "concentration", "share_max": "24%"}], 1, "share_max", True, 100),
        # Floors of 140 % come to 1,400, and have to come down to what there is.
        ([{"kind": "growth_floor", "growth_min": "40%"}], 1, "growth_min", False, 4000),
    ],
    ids=["caps below a total", "floors above a total"],
)  # fmt: skip
def test_one_solve_tells_how_far_a_number_in_limits_has_to_go(
    rules: list[dict[str, object]], tuned: int, field: str, up: bool, further: float
) -> None:
    of = book(*(builders.rule(str(rule.pop("kind")), name=f"r{n}", **rule) for n, rule in enumerate(rules)))
    model, values = IncrementalModel.of(of), grid(of, tuned, field, up=up)
    now, then = (stepped(model, values, steps) for steps in (0, 1))

    question = ParametricQuestion.of(now, then, hard_system)

    assert question is not None
    answer = question.answer(Piqp())
    assert answer is not None
    assert not answer.verdict.feasible
    assert answer.further == pytest.approx(further)


class Counting:
    """Counts what it is asked."""

    name, version = "counting", "1"

    def __init__(self) -> None:
        self.asked = 0

    def solve(self, problem: QuadraticProgram) -> Solution:
        self.asked += 1
        return Piqp().solve(problem)


def even_within_floors(partners: int) -> IncrementalModel:
    """A group even within 5 %, of whom every third partner's target is twice what it was: the others get what is left."""
    draw = np.random.default_rng(7)
    last = np.round(draw.lognormal(5, 1, partners)).astype(int) + 20
    lines = [
        f"p{n:03d} {'Gold' if n % 3 == 0 else 'Silver'} north {each} {each}" for n, each in enumerate(last)
    ]
    total = int(last.sum() * 1.2) + int(last[::3].sum() * 0.5)
    frame = builders.frame(builders.partners(*lines), builders.metric("revenue"), totals={"revenue": total})
    return IncrementalModel.of(
        builders.book(
            frame,
            builders.rule("company_target", name="target", total=total),
            builders.rule("even_within", name="even", by="region", band="5%"),
            builders.rule("growth_floor", name="floor", growth_min="100%", where={"tier": "Gold"}),
        )
    )


def test_a_number_in_coefficients_is_found_in_a_few_solves(monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate refutes hardly more than its own band; how far the band would have to go leads on."""
    asked: list[int] = []
    solve = OrTools.solve
    monkeypatch.setattr(OrTools, "solve", lambda self, problem: (asked.append(1), solve(self, problem))[1])
    model, engine = even_within_floors(60), Counting()
    values = grid(model.book, 1, "band", up=True)

    steps = least_steps(model, values, Refutations(engine, Work()))

    assert steps is not None
    assert len(asked) + engine.asked <= 10


def test_rows_are_missed_only_where_they_have_a_limit() -> None:
    """Four caps: no column for a miss below, where there is none."""
    model = IncrementalModel.of(book(builders.rule("concentration", name="cap", share_max="24%")))
    target, cap = model.hard

    asked = ElasticQuestion.of(model.book.frame, [target], [cap], {})

    assert asked is not None
    assert [len(side) for side in asked.sides] == [0, 4]
    assert len(asked.least.lower) == len(asked.question.program.lower) + 4
