"""From a book to an allocation: its states, its stages, its audit."""

from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
import pytest
from scipy import sparse
from worlds import Asked, RuleFields, scenario_of

from scenarios import Goal, Place
from scenarios.values.rational_array import Exact
from solver import Allocation, allocate
from solver.allocate import Engines
from solver.audit import audit
from solver.engines.ortools import OrTools
from solver.engines.piqp import Piqp
from solver.engines.quadratic_program import Engine, QuadraticProgram, Solution, nothing
from solver.explain.receipts import write_receipts
from solver.explain.stretch import stretch
from solver.model.program import Limits, blocks_of
from solver.optimise.elastic import solve_elastic

ROWS = [
    {"partner_id": name, "revenue_last": last} for name, last in (("acme", "100"), ("birch", "200"), ("cedar", "300"))
]  # fmt: skip
TOTAL: RuleFields = {"name": "total", "kind": "company_target", "metric": "revenue", "total": "660"}
CAP: RuleFields = {
    "name": "within reach", "kind": "growth_cap", "metric": "revenue", "growth_max": "5%",
    "where": {"partner_id": "cedar"},
}  # fmt: skip
SMALL = Asked(ROWS, {"revenue": Fraction(1)}, [TOTAL, CAP])


def test_a_small_year_by_hand() -> None:
    """Fair shares 110, 220, 330; cedar stops at 315, and the 15 left over go to the others in proportion."""
    allocation = SMALL.solve()
    assert allocation.receipts is not None

    assert allocation.state == "succeeded"
    assert allocation.target.tolist() == [115, 230, 315]
    assert allocation.receipts.of(2) == [
        ("fair share", "fair share", 330),
        ("total", "pull", 15),
        ("within reach", "cap", -30),
    ]


def test_names_of_what_binds() -> None:
    assert SMALL.solve().binding.tolist() == ["", "", "within reach"]


def test_stages_are_reported_in_order_and_timed() -> None:
    reported: list[tuple[str, float]] = []
    allocation = SMALL.solve(progress=lambda stage, share: reported.append((stage, share)))
    stages, shares = zip(*reported, strict=True)

    assert stages == tuple(allocation.seconds)
    assert list(shares) == sorted(shares)
    assert 0 <= min(shares) <= max(shares) < 1


@dataclass
class Failing:
    """An engine that fails."""

    name: str = "failing"
    version: str = "0"
    answer: Solution = field(default_factory=lambda: nothing("error"))

    def solve(self, problem: QuadraticProgram) -> Solution:  # noqa: ARG002 - it fails whatever is asked
        return self.answer


class Breaking(Failing):
    """An engine that ends in an error of arithmetic."""

    def solve(self, problem: QuadraticProgram) -> Solution:  # noqa: ARG002 - as above
        message = f"{self.name} ends with error"
        raise ArithmeticError(message)


WISHES: list[RuleFields] = [
    {"name": f"wish {n}", "kind": "growth_floor", "metric": "revenue", "growth_min": "50%", "priority": n + 1}
    for n in range(2)
]


def test_newton_steps_alone_find_an_answer_where_the_engine_fails() -> None:
    book = SMALL.with_rules([*SMALL.rules, *WISHES]).book()
    usual = allocate(scenario_of(book), book)
    allocation = allocate(scenario_of(book), book, engines=Engines(quadratic=Failing()))

    assert allocation.state == "succeeded"
    assert allocation.target.tolist() == usual.target.tolist()


def goal(linear: Engine) -> Allocation:
    book = SMALL.book()
    most = Goal(
        {"revenue": {"revenue_last": Fraction(1)}}, None, None, None, Fraction(0), Place("scenario.yaml")
    )
    return allocate(replace(scenario_of(book), goals=(most,)), book, engines=Engines(linear=linear))


def test_goals_end_at_the_same_best_where_the_simplex_fails() -> None:
    usual, allocation = goal(OrTools()), goal(Failing())

    assert allocation.state == "succeeded"
    assert allocation.target.tolist() == usual.target.tolist()


def test_an_engine_that_breaks_is_a_failed_run_with_a_reason() -> None:
    allocation = goal(Breaking())

    assert allocation.state == "failed"
    assert "failing" in allocation.reason
    assert allocation.document()["state"] == "failed"


@pytest.mark.parametrize("state", ["infeasible", "failed"])
def test_without_targets_there_are_none_to_read(state: str) -> None:
    reach = {**CAP, "name": "reach", "where": {"partner_id": ["acme", "birch", "cedar"]}}
    infeasible = SMALL.with_rules([TOTAL, reach]).solve() if state == "infeasible" else None
    allocation = infeasible or goal(Breaking())

    assert allocation.state == state
    with pytest.raises(ValueError, match="has no targets"):
        _ = allocation.target
    with pytest.raises(ValueError, match="has no targets"):
        _ = allocation.unrounded


def test_the_audit_finds_targets_that_break_a_rule() -> None:
    """One too many for cedar, one too few for acme: the cap fails; the total does not."""
    allocation = SMALL.solve()
    assert allocation.receipts is not None
    found = audit(allocation.book, Exact.of([114, 230, 316]), allocation.receipts)

    assert not found.verified
    assert [(f.rule, f.subject, f.amount, f.limit) for f in found.failures] == [
        ("within reach", "cedar", Fraction(316), Fraction(315))
    ]
    assert not found.receipts_add_up


def test_the_audit_finds_a_receipt_that_does_not_add_up() -> None:
    allocation = SMALL.solve()
    assert allocation.receipts is not None
    short = replace(allocation.receipts, amount=allocation.receipts.amount - Fraction(1, 100))

    assert audit(allocation.book, allocation.target, allocation.receipts).verified
    assert not audit(allocation.book, allocation.target, short).verified


def test_the_audit_sees_what_floats_cannot() -> None:
    """A trillionth below a floor of 115."""
    floor: RuleFields = {
        "name": "floor",
        "kind": "tier_minimum",
        "metric": "revenue",
        "minimum": {"gold": 115},
    }
    asked = Asked([{**row, "tier": "gold"} for row in ROWS], SMALL.metrics, [{**TOTAL}, floor])
    allocation = asked.solve()
    assert allocation.receipts is not None
    tiny = Fraction(1, 10**18)
    found = audit(allocation.book, Exact.of([115 - tiny, Fraction(230), 315 + tiny]), allocation.receipts)

    assert [failure.rule for failure in found.failures] == ["floor"]


def test_targets_below_zero_are_never_verified() -> None:
    allocation = SMALL.solve()
    assert allocation.receipts is not None
    found = audit(allocation.book, Exact.of([-1, 346, 315]), allocation.receipts)

    assert "nothing below zero" in {failure.rule for failure in found.failures}


def test_partners_without_a_fair_share_get_what_rules_force_and_no_more() -> None:
    """dunes and elm have none; a group of theirs asks for 30: 15 each, the rest as before of 630."""
    rows = [{**row, "g": "old"} for row in ROWS] + [
        {"partner_id": name, "revenue_last": "0", "g": "new"} for name in ("dunes", "elm")
    ]
    group: RuleFields = {
        "name": "new ones", "kind": "group_limit", "metric": "revenue", "where": {"g": "new"}, "total_min": "30",
    }  # fmt: skip
    allocation = Asked(rows, SMALL.metrics, [TOTAL, group]).solve()
    assert allocation.receipts is not None

    assert allocation.target.tolist() == [105, 210, 315, 15, 15]
    assert [kind for _, kind, _ in allocation.receipts.of(3)] == ["fair share", "forced"]
    assert allocation.binding[3] == "new ones"


def test_partners_without_a_fair_share_get_nothing_where_nothing_is_forced() -> None:
    rows = [*ROWS, {"partner_id": "dunes", "revenue_last": "0"}]

    assert Asked(rows, SMALL.metrics, [TOTAL, CAP]).solve().target.tolist() == [115, 230, 315, 0]


def test_stretch_is_unknown_without_a_fair_share() -> None:
    found = stretch(np.array([100.0, 0.0]), np.array([110.0, 5.0]))

    assert found[0] == pytest.approx(0.1)
    assert np.isnan(found[1])


def test_engines_are_reported_with_their_versions() -> None:
    assert set(SMALL.solve().document()["engines"]) == {"PIQP", "OR-Tools"}
    assert SMALL.solve().engines["PIQP"] == Piqp().version


def test_pulls_beyond_any_amount_are_listed_with_the_one_that_takes_them_back() -> None:
    """Two rows that all but depend on each other pull one cell of 110 up by 1e20 and down by as much."""
    book = SMALL.book()
    elastic = solve_elastic(book, blocks_of(book), Piqp())
    rows = sparse.csr_array([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    rule = np.arange(2)
    limits = replace(Limits.free(2, -np.inf), lower_rule=rule, upper_rule=rule)
    program = replace(elastic.program, matrix=rows, limits=limits, keys=np.zeros((2, 2)))
    strength = elastic.program.fair_share[0] * elastic.program.scale[0]
    spread = replace(elastic.spread, multipliers=np.array([1e20, -1e20]) / strength)

    receipts = write_receipts(
        book, replace(elastic, program=program, spread=spread), Exact.of([110, 220, 315])
    )

    amounts = [amount for *_, amount in receipts.of(0)]
    assert sum(amounts) == 110
    assert max(map(abs, amounts)) < 1000
