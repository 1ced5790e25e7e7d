"""What holds for every answer, on random small worlds around a known one, and on large degenerate ones."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from worlds import (
    GROUPS,
    Asked,
    RuleFields,
    large,
    targets_of,
    text,
    unrounded_of,
    wishful,
    worlds,
)

from solver import Allocation
from solver.engines.ortools import OrTools
from solver.engines.piqp import Piqp
from solver.engines.quadratic_program import QuadraticProgram
from solver.model.program import assemble, blocks_of
from solver.optimise.elastic import solve_elastic
from solver.optimise.even_spread import spread_evenly
from solver.optimise.goals import unevenness


def often(examples: int) -> Any:
    """So many examples, the same ones each time."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def hard(asked: Asked) -> set[str]:
    return {rule["name"] for rule in asked.rules if "priority" not in rule}


def proved(allocation: Allocation) -> bool:
    """Whether gap and violation are below a billionth of the objective and of the rows' size."""
    assert allocation.elastic is not None
    proof = allocation.elastic.spread.certificate
    assert proof is not None
    objective = float(proof.point @ proof.point) / 2
    return abs(proof.gap) < 1e-9 * (1 + objective) and proof.residual < 1e-9


@given(worlds())
@often(90)
def test_what_can_hold_is_solved_and_holds_exactly(asked: Asked) -> None:
    """A known point keeps every hard rule, so there is an answer; the naive restatement of each rule checks it."""
    allocation = asked.solve()

    assert allocation.state == "succeeded", allocation.reason
    assert not hard(asked) & set(asked.missed(targets_of(allocation)))
    assert proved(allocation)
    assert allocation.audit is not None
    assert allocation.audit.verified


@given(worlds())
@often(30)
def test_totals_are_exact_and_units_whole(asked: Asked) -> None:
    allocation = asked.solve()
    placed = targets_of(allocation)

    for metric, unit in asked.metrics.items():
        mine = [target for (_, of), target in placed.items() if of == metric]
        assert sum(mine, Fraction(0)) == asked.totals[metric]
        assert {target % unit for target in mine} == {0}
        assert min(mine) >= 0


@given(worlds())
@often(30)
def test_receipts_add_up_to_the_target(asked: Asked) -> None:
    allocation = asked.solve()
    assert allocation.receipts is not None

    for cell, target in enumerate(allocation.target.tolist()):
        assert sum((amount for _, _, amount in allocation.receipts.of(cell)), Fraction(0)) == target


@given(worlds(), st.randoms(use_true_random=False))
@often(30)
def test_shuffling_the_partners_changes_no_target(asked: Asked, chance: Any) -> None:
    rows = list(asked.partners)
    chance.shuffle(rows)

    assert targets_of(asked.with_partners(rows).solve()) == targets_of(asked.solve())


@given(worlds())
@often(15)
def test_a_column_no_one_uses_changes_nothing(asked: Asked) -> None:
    wider = asked.with_partners([{**row, "colour": "blue", "luck": "7"} for row in asked.partners])

    assert targets_of(wider.solve()) == targets_of(asked.solve())


MONEY = ("total", "total_min", "total_max", "target")


def times(asked: Asked, factor: int) -> Asked:
    """All amounts of money, and the units in which they are counted, so many times as large."""
    rows = [
        {name: cell if name == "partner_id" or name in GROUPS else _times(cell, factor) for name, cell in row.items()}
        for row in asked.partners
    ]  # fmt: skip
    rules = [{n: _times(v, factor) if n in MONEY else v for n, v in rule.items()} for rule in asked.rules]
    return Asked(rows, {name: unit * factor for name, unit in asked.metrics.items()}, rules)


def _times(number: str, factor: int) -> str:
    return text(Fraction(number) * factor)


@given(worlds(), st.sampled_from([2, 1000]))
@often(30)
def test_so_many_times_the_money_is_so_many_times_the_answer(asked: Asked, factor: int) -> None:
    once, more = targets_of(asked.solve()), targets_of(times(asked, factor).solve())

    assert more == {cell: target * factor for cell, target in once.items()}


@given(worlds(elastic=False), st.data())
@often(25)
def test_a_rule_less_never_makes_targets_less_even(asked: Asked, data: st.DataObject) -> None:
    """What fewer rules allow is nearer to the fair shares, where all partners have one."""
    assume(all(Fraction(row[f"{metric}_last"]) > 0 for row in asked.partners for metric in asked.metrics))
    optional = [rule for rule in asked.rules if rule["kind"] != "company_target"]
    assume(optional)
    gone = data.draw(st.sampled_from(optional))
    fewer = asked.with_rules([rule for rule in asked.rules if rule is not gone])
    narrow, wide = asked.solve().elastic, fewer.solve().elastic
    assert narrow is not None
    assert wide is not None

    assert unevenness(wide) <= unevenness(narrow) * (1 + 1e-9) + 1e-12


@given(worlds(elastic=False))
@often(25)
def test_a_second_quadratic_engine_agrees(asked: Asked) -> None:
    """PDLP solves the same program from nothing; it stops at a ten-thousandth of the company target at worst."""
    book = asked.book()
    elastic = solve_elastic(book, blocks_of(book), Piqp())
    again = spread_evenly(elastic.program, OrTools())

    assert again.termination == "optimal"
    assert np.all(np.abs(again.x - elastic.spread.x) <= 1e-4 * elastic.program.scale + 1e-9)


DEGENERATE: dict[str, dict[str, Any]] = {
    "one partner": {"partners": 1, "groups": 2},
    "few partners, every limit tight": {"partners": 8, "groups": 6, "tight": 0.95},
    "60 overlapping groups": {"partners": 120, "groups": 60, "tight": 0.3, "zeros": 0.0},
    "60 groups over 60 partners without room": {"partners": 60, "groups": 60, "tight": 0.7, "zeros": 0.0},
    "sizes from a thousandth to a million": {"partners": 60, "groups": 20, "spread": 3.5},
    "amounts of billions": {"partners": 40, "groups": 20, "scale": 1e9, "spread": 2},
    "cents": {"partners": 40, "groups": 10, "unit": Fraction(1, 100), "scale": 3},
    "most partners without a baseline": {"partners": 40, "groups": 12, "zeros": 0.9},
    "no baselines at all": {"partners": 40, "groups": 12, "zeros": 1.0},
}


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("shape", DEGENERATE.values(), ids=DEGENERATE)
def test_the_certificate_is_exact_on_degenerate_worlds(shape: dict[str, Any], seed: int) -> None:
    """Before rounding; a known point keeps every rule."""
    book = large(seed, **shape).book()
    spread = solve_elastic(book, blocks_of(book), Piqp()).spread
    proof = spread.certificate

    assert spread.termination == "optimal"
    assert proof is not None
    assert abs(proof.gap) < 1e-9 * (1 + float(proof.point @ proof.point) / 2)
    assert proof.residual < 1e-9


def wishes(*rules: RuleFields) -> Asked:
    """Two partners with 100 and 300 of a total of 400, and elastic rules."""
    rows = [
        {"partner_id": "acme", "g0": "a", "g1": "a", "g2": "a", "revenue_last": "100"},
        {"partner_id": "birch", "g0": "b", "g1": "a", "g2": "a", "revenue_last": "300"},
    ]
    total = {"name": "total", "kind": "company_target", "metric": "revenue", "total": "400"}
    named = [{"name": f"wish {number}", "metric": "revenue", **rule} for number, rule in enumerate(rules)]
    return Asked(rows, {"revenue": Fraction(1, 100)}, [total, *named])


def test_wishes_of_one_rank_are_missed_in_equal_proportion() -> None:
    """Both ask for 110 %: 110 and 330 of 400. Equal proportion: x = 110 (1 - m) + 330 (1 - m) = 400, m = 1/11."""
    allocation = wishes({"kind": "growth_floor", "growth_min": "10%", "priority": 1}).solve()

    assert targets_of(allocation) == {("acme", "revenue"): 100, ("birch", "revenue"): 300}


def test_heavier_wishes_are_missed_less_in_proportion_to_their_weights() -> None:
    """minimise 3 m²/(2·110) + n²/(2·330) with 110 - m + 330 - n = 400: 3 m/110 = n/330, n = 9 m, m = 4."""
    allocation = wishes(
        {"kind": "growth_floor", "growth_min": "10%", "priority": 1, "weight": 3, "where": {"g0": "a"}},
        {"kind": "growth_floor", "growth_min": "10%", "priority": 1, "where": {"g0": "b"}},
    ).solve()

    assert targets_of(allocation) == {("acme", "revenue"): 106, ("birch", "revenue"): 294}


def test_what_ranks_first_is_kept_whatever_comes_after() -> None:
    """acme's 150 first; birch asks for 390 and gets what is left, however heavy its wish."""
    allocation = wishes(
        {"kind": "growth_floor", "growth_min": "50%", "priority": 1, "where": {"g0": "a"}},
        {"kind": "growth_floor", "growth_min": "30%", "priority": 2, "weight": 99, "where": {"g0": "b"}},
    ).solve()

    assert targets_of(allocation) == {("acme", "revenue"): 150, ("birch", "revenue"): 250}


def test_contradictory_wishes_of_one_rank_meet_in_between() -> None:
    """acme at least 200 and at most 50: minimise (200 - x)²/(2·200) + (x - 50)²/(2·50); (200 - x)/200 = (x - 50)/50."""
    allocation = wishes(
        {"kind": "growth_floor", "growth_min": "100%", "priority": 1, "where": {"g0": "a"}},
        {"kind": "growth_cap", "growth_max": "-50%", "priority": 1, "where": {"g0": "a"}},
    ).solve()

    assert targets_of(allocation)["acme", "revenue"] == 80


@given(worlds(elastic=False), st.sampled_from(["10%", "50%", "100%"]), st.data())
@often(25)
def test_a_single_wish_is_missed_by_the_least_that_a_linear_program_finds(
    asked: Asked, share: str, data: st.DataObject
) -> None:
    """GLOP places as much as it can on the group; the wish misses no more than that."""
    column = data.draw(st.sampled_from(GROUPS))
    word = data.draw(st.sampled_from(sorted({row[column] for row in asked.partners})))
    wish = {"name": "wish", "kind": "group_limit", "metric": "revenue", "share_min": share, "priority": 1}
    wished = asked.with_rules([*asked.rules, {**wish, "where": {column: word}}])
    reached = unrounded_of(wished.solve())
    group = [row["partner_id"] for row in asked.partners if row[column] == word]
    placed = sum(reached[partner, "revenue"] for partner in group)
    wanted = Fraction(share[:-1]) / 100 * asked.totals["revenue"]

    most = most_on(asked, group)
    assert placed >= min(float(wanted), most) - 1e-7 * float(1 + asked.totals["revenue"])


def most_on(asked: Asked, group: list[str]) -> float:
    """The most revenue that hard rules allow on some partners together, by GLOP."""
    book = asked.book()
    program = assemble(book.frame, blocks_of(book))
    cells = [book.frame.columns.ids.index(partner) for partner in group]
    cost = np.zeros(len(program.fair_share))
    cost[cells] = -1.0
    asked_most = QuadraticProgram(
        np.zeros_like(cost),
        cost,
        program.matrix,
        program.row_lower,
        program.row_upper,
        program.lower,
        program.upper,
    )
    solution = OrTools().solve(asked_most)
    assert solution.termination == "optimal"
    return -asked_most.value(solution.x)


@pytest.mark.parametrize("seed", range(12))
def test_wishes_of_five_ranks_against_each_other_never_break_a_hard_rule(seed: int) -> None:
    """Whatever gives way, a known point keeps the hard rules, so there is an answer that keeps them."""
    world = wishful(seed)
    allocation = world.solve()

    assert allocation.state == "succeeded", allocation.reason
    assert not hard(world) & set(world.missed(targets_of(allocation)))
