"""Whole units: totals exact, limits kept, the least sum of distances, ties by remainder and id."""

from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from worlds import Asked, RuleFields, large, targets_of, unrounded_of, worlds

from solver import Allocation
from solver.engines.piqp import Piqp
from solver.integer.rounding import round_targets
from solver.model.program import blocks_of
from solver.optimise.elastic import solve_elastic


def asked(last: dict[str, int], *rules: RuleFields, unit: Fraction | int = 1, **columns: list[str]) -> Asked:
    """Partners by their baselines, with rules on revenue; further columns in the order of the partners."""
    rows = [{"partner_id": name, "revenue_last": str(amount)} for name, amount in last.items()]
    for name, cells in columns.items():
        for row, cell in zip(rows, cells, strict=True):
            row[name] = cell
    named = [{"name": f"rule {n}", "metric": "revenue", **rule} for n, rule in enumerate(rules)]
    return Asked(rows, {"revenue": Fraction(unit)}, named)


def total(amount: str) -> RuleFields:
    return {"kind": "company_target", "total": amount}


def placed(given_to: Asked) -> dict[str, Fraction]:
    allocation = given_to.solve()
    assert allocation.state == "succeeded", allocation.reason
    return {partner: target for (partner, _), target in targets_of(allocation).items()}


def test_the_larger_remainder_is_rounded_up() -> None:
    """10 by 1 : 2 : 4 is 1.43, 2.86, 5.71: whole parts come to 8, the largest remainders are .86 and .71."""
    assert placed(asked({"acme": 1, "birch": 2, "cedar": 4}, total("10"))) == {
        "acme": 1,
        "birch": 3,
        "cedar": 6,
    }


def test_ties_go_to_the_smaller_id_whatever_the_order_of_the_rows() -> None:
    """Four with 2.5 each: two are rounded up."""
    last = {"dunes": 1, "birch": 1, "acme": 1, "cedar": 1}

    assert placed(asked(last, total("10"))) == {"acme": 3, "birch": 3, "cedar": 2, "dunes": 2}


@pytest.mark.parametrize("unit", ["0.01", "1", "1000"])
def test_units_from_cents_to_thousands(unit: str) -> None:
    size = Fraction(unit)
    found = placed(asked({"acme": 1, "birch": 2, "cedar": 4}, total(str(10 * float(size))), unit=size))

    assert found == {"acme": size, "birch": 3 * size, "cedar": 6 * size}


def test_a_total_beyond_whole_units_leaves_one_odd_remainder_with_the_largest() -> None:
    """10,500 in thousands: cedar carries the 500."""
    allocation = asked({"acme": 1, "birch": 2, "cedar": 4}, total("10500"), unit=1000).solve()
    found = {partner: target for (partner, _), target in targets_of(allocation).items()}

    assert allocation.state == "succeeded"
    assert sum(found.values()) == 10_500
    assert [partner for partner, target in found.items() if target % 1000] == ["cedar"]
    assert allocation.document()["rounding"]["carry_an_odd_remainder"] == ["cedar"]


def test_a_lock_is_kept_as_given() -> None:
    """1,234.56 is no whole thousand; the others carry what the total has beyond."""
    lock = {"kind": "lock", "where": {"partner_id": "acme"}, "target": "1234.56"}
    allocation = asked({"acme": 1, "birch": 2, "cedar": 4}, total("10000"), lock, unit=1000).solve()
    found = {partner: target for (partner, _), target in targets_of(allocation).items()}

    assert allocation.state == "succeeded"
    assert found["acme"] == Fraction("1234.56")
    assert sum(found.values()) == 10_000
    assert allocation.document()["rounding"]["kept_their_bound"] == ["acme"]


def test_everything_locked_stays_as_given() -> None:
    locks = [
        {"kind": "lock", "where": {"partner_id": name}, "target": amount}
        for name, amount in (("acme", "1.5"), ("birch", "2.25"))
    ]
    found = placed(asked({"acme": 1, "birch": 2}, total("3.75"), *locks))

    assert found == {"acme": Fraction("1.5"), "birch": Fraction("2.25")}


def test_a_cap_without_a_whole_unit_keeps_its_bound_and_is_reported() -> None:
    """Between 1,200 and 1,800 there is no whole thousand."""
    between = [
        {"kind": "personal_best", "columns": ["floor"], "where": {"partner_id": "acme"}},
        {"kind": "headroom", "column": "cap", "share_max": "100%", "where": {"partner_id": "acme"}},
    ]
    allocation = asked(
        {"acme": 1, "birch": 9}, total("10000"), *between, unit=1000, floor=["1200", "0"], cap=["1800", "0"]
    ).solve()
    found = {partner: target for (partner, _), target in targets_of(allocation).items()}

    assert allocation.state == "succeeded"
    assert 1200 <= found["acme"] <= 1800
    assert sum(found.values()) == 10_000
    assert allocation.document()["rounding"]["kept_their_bound"] == ["acme"]


def test_floors_and_caps_are_whole_units_inside() -> None:
    """A floor of 1,400 becomes 2,000, a cap of 5,900 becomes 5,000; the others carry the rest."""
    rules = [
        {"kind": "personal_best", "columns": ["floor"]},
        {"kind": "headroom", "column": "cap", "share_max": "100%"},
    ]
    found = placed(
        asked(
            {"acme": 1, "birch": 2, "cedar": 9}, total("10000"), *rules, unit=1000,
            floor=["1400", "0", "0"], cap=["9000", "9000", "5900"],
        )
    )  # fmt: skip

    assert found == {"acme": 2000, "birch": 3000, "cedar": 5000}


def best(world: Asked, allocation: Allocation) -> float:
    """The least sum of distances in units over all whole answers near the spread that keep every rule."""
    names = [(row["partner_id"], "revenue") for row in world.partners]
    unit, spread = world.metrics["revenue"], unrounded_of(allocation)
    choices = []
    for name in names:
        middle = int(spread[name] / float(unit))
        choices.append([count * unit for count in range(max(0, middle - 3), middle + 5)])
    wanted = world.totals["revenue"]
    found = np.inf
    for targets in product(*choices):
        if sum(targets) != wanted:
            continue
        given_to = dict(zip(names, targets, strict=True))
        distance = sum(abs(float(t) - spread[n]) for n, t in given_to.items()) / float(unit)
        if distance < found - 1e-9 and not world.missed(given_to):
            found = distance
    return found


@given(worlds(most=4, rules=4, elastic=False, capacity=False))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_no_whole_answer_is_nearer(world: Asked) -> None:
    """By trying all of them, from four units below the spread to four above."""
    assume(list(world.metrics) == ["revenue"])
    allocation = world.solve()
    assert allocation.rounded is not None

    assert allocation.rounded.distance <= best(world, allocation) + 1e-6


@st.composite
def crossed(draw: st.DrawFn) -> Asked:
    """Regions and tiers with whole limits on both: a transport problem, whose whole answers are always there."""
    cells = draw(st.lists(st.integers(0, 30), min_size=4, max_size=9))
    rows = [
        {"partner_id": f"p{n}", "revenue_last": str(draw(st.integers(0, 30))), "region": "ab"[n % 2], "tier": "cde"[n % 3]}
        for n in range(len(cells))
    ]  # fmt: skip
    rules: list[dict[str, Any]] = [
        {"name": "total", "kind": "company_target", "metric": "revenue", "total": str(sum(cells))}
    ]
    for column in ("region", "tier"):
        for word in sorted({row[column] for row in rows}):
            amount = sum(cell for cell, row in zip(cells, rows, strict=True) if row[column] == word)
            slack = draw(st.sampled_from([0, 0, 1, 5]))
            limits = {"total_min": str(max(0, amount - slack)), "total_max": str(amount + slack)}
            rules.append(
                {"name": word, "kind": "group_limit", "metric": "revenue", "where": {column: word}, **limits}
            )
    return Asked(rows, {"revenue": Fraction(1)}, rules)


@given(crossed())
@settings(max_examples=40, deadline=None, derandomize=True)
def test_two_ways_of_grouping_always_leave_whole_units_next_to_the_spread(world: Asked) -> None:
    """Such rows are totally unimodular (Hoffman & Kruskal 1956), so no one moves by a whole unit."""
    allocation = world.solve()

    assert allocation.state == "succeeded", allocation.reason
    assert not world.missed(targets_of(allocation))
    assert np.all(np.abs(allocation.target.floats() - allocation.unrounded) < 1 + 1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_larger_worlds_round_to_the_unit(seed: int) -> None:
    world = large(seed, partners=80, groups=6, tight=0.2, unit=Fraction(1000))
    allocation = world.solve()

    assert allocation.state == "succeeded", allocation.reason
    assert not world.missed(targets_of(allocation))


def test_little_work_is_a_bound_and_not_another_answer() -> None:
    """Where whole targets are found with little work, they are those that all work finds."""
    book = large(3, partners=30, groups=5).book()
    elastic = solve_elastic(book, blocks_of(book), Piqp())

    much, little = (round_targets(book, elastic, work=work) for work in (np.inf, 1_000))
    assert much.targets.tolist() == little.targets.tolist()
