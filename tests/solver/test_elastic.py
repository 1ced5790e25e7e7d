"""Elastic stages: answers where engines stall, least and unique misses, starts, time limits, no order of anything."""

from dataclasses import replace
from fractions import Fraction
from time import perf_counter

import numpy as np
import pytest
from numpy.testing import assert_allclose
from worlds import Asked, Row, RuleFields, large, scenario_of, unrounded_of

from solver import allocate
from solver.engines.piqp import Piqp
from solver.model.program import blocks_of
from solver.optimise.elastic import ElasticSolution, solve_elastic


def total(metric: str, amount: str) -> RuleFields:
    return {"name": f"{metric} total", "kind": "company_target", "metric": metric, "total": amount}


def rows(**columns: str) -> list[Row]:
    """Columns of numbers, a partner for each word."""
    names = [f"p{n}" for n in range(len(next(iter(columns.values())).split()))]
    table = [names, *(text.split() for text in columns.values())]
    return [dict(zip(("partner_id", *columns), values, strict=True)) for values in zip(*table, strict=True)]


def solved(asked: Asked) -> ElasticSolution:
    book = asked.book()
    found = solve_elastic(book, blocks_of(book), Piqp())
    assert found.spread.termination == "optimal"
    assert found.exact
    return found


def test_a_cap_leaves_an_elastic_plan_with_one_way_out() -> None:
    """1,000 and 100 of last year, 1,330 wanted; the large one stops at 1,130, so the small one takes 200.

    Its plan, 110 at most 20 % more, is missed by 200 - 132; the large one's, 1,200 at least 85 %, holds.
    """
    plan = {"name": "plan", "kind": "hold_harmless", "metric": "revenue", "plan": "plan", "priority": 4}
    asked = Asked(
        rows(revenue_last="1000 100", plan="1200 110"),
        {"revenue": Fraction(1)},
        [
            total("revenue", "1330"),
            {
                "name": "reach",
                "kind": "growth_cap",
                "metric": "revenue",
                "growth_max": "13%",
                "allowance": "400",
            },
            {**plan, "drop_max": "15%", "rise_max": "20%"},
        ],
    )

    assert_allclose(solved(asked).spread.x, [1130, 200], rtol=1e-12)


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e9])
def test_misses_are_shared_in_proportion_whatever_the_scale(unit: float) -> None:
    """Floors ask half more than there is: each gets two thirds of its floor, in amounts of any size."""
    last = [100 * unit, 200 * unit, 300 * unit]
    asked = Asked(
        rows(revenue_last=" ".join(f"{each:.9f}" for each in last)),
        {"revenue": Fraction(1, 10**6)},
        [
            total("revenue", f"{sum(last):.9f}"),
            {"name": "grow", "kind": "growth_floor", "metric": "revenue", "growth_min": "50%", "priority": 1},
        ],
    )
    found = solved(asked)

    assert_allclose(found.spread.x, last, rtol=1e-12)
    assert [stage.priority for stage in found.stages] == [1]


def test_a_heavier_rule_misses_less_in_proportion_to_its_weight() -> None:
    """Two floors of 150 over 200: 100 too much, shared 3 to 1 by weights 1 and 3."""
    floor = {"kind": "growth_floor", "metric": "revenue", "growth_min": "50%", "priority": 1}
    asked = Asked(
        rows(revenue_last="100 100"),
        {"revenue": Fraction(1)},
        [
            total("revenue", "200"),
            {**floor, "name": "light", "where": {"partner_id": "p0"}},
            {**floor, "name": "heavy", "where": {"partner_id": "p1"}, "weight": "3"},
        ],
    )

    assert_allclose(solved(asked).spread.x, [75, 125], rtol=1e-12)


def test_partners_without_a_fair_share_get_what_is_forced_evenly_and_no_more() -> None:
    """Caps let the one with a history take 110 of 130; two without share the 20 that are left, and of services none."""
    large_one = {"where": {"partner_id": "p0"}}
    cap = {"kind": "growth_cap", "metric": "revenue", **large_one}
    asked = Asked(
        rows(revenue_last="100 0 0", services_last="100 0 0"),
        {"revenue": Fraction(1), "services": Fraction(1)},
        [
            total("revenue", "130"),
            total("services", "120"),
            {**cap, "name": "cap", "growth_max": "10%"},
            {
                "name": "grow",
                "kind": "growth_floor",
                "metric": "services",
                "growth_min": "20%",
                "priority": 2,
            },
            {**cap, "name": "wish", "metric": "services", "growth_max": "3%", "priority": 3},
        ],
    )
    found = solved(asked)

    assert_allclose(found.spread.x, [110, 10, 10, 120, 0, 0], atol=1e-9)
    assert_allclose(found.zero_share, [0, 10, 10, 0, 0, 0], atol=1e-9)


def test_a_plan_that_holds_both_ways_always_has_an_answer() -> None:
    """A hundred partners of very unequal size, a total that no plan foresaw, and limits on both sides of the plan."""
    for seed in range(6):
        draw = np.random.default_rng(seed)
        last = np.round(draw.lognormal(8, 2, 100), 2)
        plan = np.round(last * draw.uniform(0.7, 1.5, 100), 2)
        wish = {
            "name": "near the plan",
            "kind": "hold_harmless",
            "metric": "revenue",
            "plan": "plan",
            "priority": 2,
        }
        asked = Asked(
            [
                {"partner_id": f"p{n:03d}", "revenue_last": f"{a:.2f}", "plan": f"{b:.2f}"}
                for n, (a, b) in enumerate(zip(last, plan, strict=True))
            ],
            {"revenue": Fraction(1)},
            [total("revenue", f"{1.4 * last.sum():.0f}"), {**wish, "drop_max": "5%", "rise_max": "4%"}],
        )
        solved(asked)


def at_odds(seed: int) -> Asked:
    """A world with wishes of three priorities that cannot all come true."""
    asked = large(seed, partners=30, groups=4)
    metric = next(iter(asked.metrics))
    wishes: list[RuleFields] = [
        {"name": "w1", "kind": "growth_floor", "metric": metric, "growth_min": "45%", "priority": 1},
        {
            "name": "w2",
            "kind": "group_limit",
            "metric": metric,
            "by": "g00",
            "share_min": "55%",
            "priority": 2,
        },
        {
            "name": "w3",
            "kind": "growth_cap",
            "metric": metric,
            "growth_max": "2%",
            "priority": 3,
            "weight": "2",
        },
    ]
    return asked.with_rules([*asked.rules, *wishes])


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_rules_and_columns_plays_no_part(seed: int) -> None:
    asked = at_odds(seed)
    backwards = Asked(
        [dict(reversed(row.items())) | {"partner_id": row["partner_id"]} for row in reversed(asked.partners)],
        asked.metrics,
        list(reversed(asked.rules)),
    )
    rearranged = [{"partner_id": row.pop("partner_id"), **row} for row in backwards.partners]
    one, other = (unrounded_of(each.solve()) for each in (asked, backwards.with_partners(rearranged)))

    for key, amount in one.items():
        assert amount == pytest.approx(other[key], rel=1e-8, abs=1e-7)


@pytest.mark.parametrize("seed", range(3))
def test_a_start_shortens_the_way_and_plays_no_part_in_the_answer(seed: int) -> None:
    asked = at_odds(seed)
    changed = asked.with_rules([{**r, "growth_min": "44%"} if r["name"] == "w1" else r for r in asked.rules])
    before, book = asked.solve(), changed.book()
    cold, warm = (allocate(scenario_of(book), book, start=start) for start in (None, before))

    assert warm.state == cold.state == "succeeded"
    assert warm.target.tolist() == cold.target.tolist()


def test_time_that_is_up_leaves_what_was_proved() -> None:
    """Without any time only hard rules are kept; the answer is whole, audited, and says so."""
    book = at_odds(0).book()
    allocation = allocate(scenario_of(book), book, time_limit=0.0)
    assert allocation.audit is not None

    assert allocation.state == "succeeded"
    assert allocation.termination == "time_limit"
    assert "time was up after 0 priorities" in allocation.reason
    assert allocation.audit.verified


def test_a_deadline_ends_between_priorities() -> None:
    book = at_odds(0).book()
    blocks = blocks_of(book)
    late = solve_elastic(book, blocks, Piqp(), deadline=perf_counter() - 1)

    assert not late.finished
    assert [stage.priority for stage in late.stages if stage.priority] == []
    assert sorted(block.rule for block in late.blocks) == sorted(block.rule for block in blocks)


def test_the_proof_covers_every_stage() -> None:
    allocation = at_odds(1).solve()
    assert allocation.elastic is not None
    stages = allocation.certificate["stages"]
    loose = replace(allocation.elastic.stages[0], gap=1.0)

    assert isinstance(stages, list)
    assert [stage["stage"] for stage in stages][:3] == ["priority 1", "priority 2", "priority 3"]
    assert not replace(allocation.elastic, stages=(loose,)).exact
