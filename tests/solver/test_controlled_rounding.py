"""Controlled rounding: every total that people read within a unit, elastic rules missed by no more than units force."""

from fractions import Fraction
from itertools import product
from typing import Any

import builders
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import LinearConstraint, milp
from worlds import scenario_of

from rules import RuleBook
from scenarios.values.rational_array import Exact
from solver import Allocation, allocate
from solver.cascade.level import levels_of
from solver.engines.piqp import Piqp
from solver.integer.at_stake import out_of_reach, rule_rows
from solver.integer.choice import Choice
from solver.integer.margins import margins_of
from solver.integer.ranks import Ranks
from solver.integer.start import start_of
from solver.integer.unkept import unkept
from solver.integer.whole_point import whole_point
from solver.integer.window import Window
from solver.model.program import blocks_of
from solver.optimise.elastic import solve_elastic

MONTHS = tuple(f"M{number:02d}" for number in range(1, 13))


def solved(
    lines: list[str],
    total: int,
    *rules: Any,
    periods: tuple[str, ...] = (),
    cascade: tuple[str, ...] = (),
    columns: str = builders.COLUMNS,
    **metric: Any,
) -> Allocation:
    """Partners by lines such as "acme Gold north 100 1" under a company target."""
    frame = builders.frame(
        builders.partners(*lines, columns=columns),
        builders.metric(**metric),
        totals={"revenue": total},
        periods=periods,
    )
    book = builders.book(frame, builders.rule("company_target", name="target", total=total), *rules)
    return allocate(scenario_of(book, cascade=cascade), book)


def by_region(allocation: Allocation) -> dict[str, Fraction]:
    group, names = allocation.frame.columns.groups("region")
    sums = allocation.target.sum_by(np.tile(group, allocation.frame.parts), len(names))
    return dict(zip(names, sums.tolist(), strict=True))


def years(allocation: Allocation) -> dict[str, Fraction]:
    frame = allocation.frame
    cell = np.tile(np.arange(frame.partners), frame.parts)
    sums = allocation.target.sum_by(cell, frame.partners)
    return dict(zip(frame.columns.ids, sums.tolist(), strict=True))


def test_regions_do_not_drift() -> None:
    """Ten of 1,400 and ten of 1,600 in thousands: rounded one by one, regions would come to 10,000 and 20,000."""
    lines = [f"n{n} Gold north 1400 1" for n in range(10)] + [f"s{n} Gold south 1600 1" for n in range(10)]
    allocation = solved(lines, 30_000, cascade=("region",), round_to=Fraction(1000))

    assert by_region(allocation) == {"north": 14_000, "south": 16_000}
    assert allocation.rounded is not None
    assert allocation.rounded.unkept == ()


def test_years_over_quarters() -> None:
    """44 by 3 : 5 : 7 : 9 : 16 is 3.3, 5.5, 7.7, 9.9, 17.6 a year: each within one, and 11 a quarter."""
    lines = [f"{name} Gold north {last} 1" for name, last in zip("abcde", (3, 5, 7, 9, 16), strict=True)]
    allocation = solved(lines, 44, periods=MONTHS[:4])

    assert years(allocation) == {"a": 4, "b": 5, "c": 8, "d": 10, "e": 17}
    assert allocation.target.sum_by(np.repeat(np.arange(4), 5), 4).tolist() == [11, 11, 11, 11]


def test_years_over_months_and_weeks() -> None:
    """A year of 4.4 is no longer 0, one of 84.7 no longer 95."""
    last = {"a": 100, "b": 7, "c": 9, "d": 13, "e": 4, "f": 5, "g": 30, "h": 60, "i": 72, "j": 300}
    months = solved([f"{name} Gold north {size} 1" for name, size in last.items()], 660, periods=MONTHS)
    weeks = solved(
        ["a Gold north 1000 1", "b Gold south 333 1", "c Gold north 77 1"],
        1551,
        periods=tuple(f"W{number:02d}" for number in range(52)),
        cascade=("region",),
    )

    assert {name: years(months)[name] for name in "bef"} == {"b": 8, "e": 4, "f": 5}
    assert years(weeks) == {"a": 1100, "b": 366, "c": 85}


def test_a_share_just_below_a_whole_unit_is_one_unit_lower() -> None:
    """33.33333333 % of 3,000,000 is 999,999.9999: the north gets 999,000, and the audit finds it so."""
    lines = [
        "a Gold north 900000 1",
        "b Gold north 800000 1",
        "c Gold south 700000 1",
        "d Gold south 400000 1",
    ]
    share = builders.rule("group_limit", name="share", where={"region": "north"}, share_max="33.33333333%")
    allocation = solved(lines, 3_000_000, share, round_to=Fraction(1000))

    assert allocation.state == "succeeded"
    assert by_region(allocation) == {"north": 999_000, "south": 2_001_000}


def test_a_capacity_without_a_whole_unit_is_kept_to_the_digit() -> None:
    """Floor 101, capacity 52 / 0.5 = 104, in tens: acme stays at 104 and birch carries 306."""
    rules = [
        builders.rule("headroom", name="reach", column="cap", share_max="100%"),
        builders.rule("personal_best", name="floor", columns=["floor"]),
        builders.rule(
            "capacity_limit", metric=None, name="people", uses={"revenue": "0.5"}, capacity={"staff": 1}
        ),
    ]
    lines = ["acme Gold north 200 1 105 52 101", "birch Gold north 200 1 400 400 0"]
    columns = f"{builders.COLUMNS} cap staff floor"
    allocation = solved(lines, 410, *rules, columns=columns, round_to=Fraction(10))

    assert allocation.state == "succeeded"
    assert allocation.target.tolist() == [104, 306]
    assert allocation.document()["rounding"]["kept_their_bound"] == ["acme"]


def test_rounding_does_not_rewrite_the_plan() -> None:
    """All grow by 22.95 %; tiny's 213 become 0 in thousands, which its wish of 8 % minds and no one else feels."""
    wishes = [
        builders.rule("even_within", name="alike", by="region", band="22%", priority=1),
        builders.rule("growth_floor", name="everyone grows", growth_min="8%", priority=2),
    ]
    lines = [
        "anchor Gold north 233000 1",
        "tiny Gold north 173 1",
        "one Gold south 250000 1",
        "two Gold south 100000 1",
    ]
    allocation = solved(lines, 717_000, *wishes, round_to=Fraction(1000))

    assert allocation.state == "succeeded"
    assert np.all(np.abs(allocation.target.floats() - allocation.unrounded) < 1000)


def test_what_floors_force_is_named() -> None:
    """Six floors of 1,400 in thousands leave no one below 2,000: the north has 12,000 where it had 8,400."""
    floor = builders.rule("personal_best", name="floor", columns=["floor"])
    lines = [f"n{n} Gold north 1000 1 1400" for n in range(6)] + ["s Gold south 30000 1 0"]
    allocation = solved(
        lines,
        36_000,
        floor,
        cascade=("region",),
        columns=f"{builders.COLUMNS} floor",
        round_to=Fraction(1000),
    )
    assert allocation.rounded is not None
    named = {(total.total, total.of) for total in allocation.rounded.unkept}

    assert by_region(allocation) == {"north": 12_000, "south": 24_000}
    assert named == {("cascade", ("north",)), ("cascade", ("south",)), ("target", ("s",))}
    assert allocation.document()["rounding"]["totals_not_kept"][0]["units"] == pytest.approx(3.6)


def halves() -> tuple[list[str], list[Any]]:
    """Of a hundred units, the one half of the partners must have 45.5 and the other 54.5."""
    lines = [f"p{n:02d} Gold {'north' if n % 2 else 'south'} 333 1" for n in range(30)]
    limits = [
        builders.rule("group_limit", name=region, where={"region": region}, share_min=share)
        for region, share in (("north", "45.5%"), ("south", "54.5%"))
    ]
    return lines, limits


def budget_in_steps_of(*reach: Any) -> Allocation:
    """601 a + 300 b = 901,150 beside 1,000 each: whole are a, b = 1,150, 700 and 850, 1,301, and what is further."""
    budget = builders.rule(
        "weighted_limit", metric=None, values={"revenue": "price"}, total_min=901_150, total_max=901_150
    )
    lines = ["a Gold north 1000 1 601", "b Gold north 1000 1 300", "c Gold south 1000 1 0"]
    return solved(lines, 3000, budget, *reach, columns=f"{builders.COLUMNS} price")


def test_units_beyond_all_windows_are_the_nearest_of_all() -> None:
    allocation = budget_in_steps_of()

    assert allocation.target.tolist() == [1150, 700, 1150]
    assert allocation.rounded is not None
    assert allocation.rounded.targets_off == 3


def test_units_beyond_all_windows_that_rules_forbid_are_proved_away() -> None:
    """b may be 700 only with 30 % less, and 1,301 only with 30.1 % more."""
    rules = [
        builders.rule("growth_cap", name="cap", growth_max="20%"),
        builders.rule("growth_floor", name="floor", growth_min="-20%"),
    ]
    conflict = budget_in_steps_of(*rules).conflict

    assert conflict is not None
    found = {each.parameter.field: each.to for each in conflict.repairs}
    assert (found["growth_min"], found["growth_max"]) == (Fraction("-0.3"), Fraction("0.301"))


def test_no_whole_units_are_a_conflict_about_units() -> None:
    """The cap plays no part, and is not named; with units of 50 all add up."""
    lines, limits = halves()
    cap = builders.rule("growth_cap", name="cap", growth_max="900%")
    allocation = solved(lines, 10_000, cap, *limits, round_to=Fraction(100))

    assert allocation.state == "infeasible"
    assert allocation.conflict is not None
    assert allocation.conflict.rules == ("target", "north", "south")
    assert "With round_to 50 for revenue (it is 100) every hard rule holds." in allocation.conflict.sentences


@st.composite
def plans(draw: st.DrawFn) -> tuple[RuleBook, tuple[str, ...]]:
    """A few partners in regions and tiers, over one to six periods, without rules but the company target."""
    count = draw(st.integers(2, 9))
    lines = [
        f"p{n} {draw(st.sampled_from('xyz'))} {draw(st.sampled_from('ab'))} {draw(st.integers(0, 400))} 1"
        for n in range(count)
    ]
    total = draw(st.integers(1, 900))
    periods = MONTHS[: draw(st.sampled_from((0, 2, 3, 6)))]
    if all(line.split()[3] == "0" for line in lines):
        lines[0] = "p0 x a 7 1"
    frame = builders.frame(
        builders.partners(*lines), builders.metric(), totals={"revenue": total}, periods=periods
    )
    cascade = draw(st.sampled_from([(), ("region",), ("region", "tier")]))
    return builders.book(frame, builders.rule("company_target", name="target", total=total)), cascade


@given(plans())
@settings(max_examples=80, deadline=None, derandomize=True)
def test_every_total_is_within_a_unit(plan: tuple[RuleBook, tuple[str, ...]]) -> None:
    book, cascade = plan
    allocation = allocate(scenario_of(book, cascade=cascade), book)
    margins = margins_of(book.frame, levels_of(book.frame.columns, cascade)[:-1])
    moved = allocation.target.floats() - allocation.unrounded

    assert allocation.state == "succeeded", allocation.reason
    assert np.all(np.abs(moved) < 1 + 1e-6)
    assert np.all(np.abs(margins.matrix @ moved) < 1 + 1e-6)
    assert allocation.rounded is not None
    assert allocation.rounded.unkept == ()


@given(st.lists(st.integers(0, 40), min_size=4, max_size=4), st.integers(1, 60))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_no_choice_with_such_totals_is_nearer(last: list[int], total: int) -> None:
    """Two partners in each of two regions over two halves: all 256 choices of neighbouring units are tried."""
    if not sum(last):
        last = [1, *last[1:]]
    lines = [f"p{n} Gold {'north' if n < 2 else 'south'} {size} 1" for n, size in enumerate(last)]
    allocation = solved(lines, total, periods=MONTHS[:2], cascade=("region",))
    assert allocation.rounded is not None
    spread = allocation.unrounded
    margins = margins_of(allocation.frame, levels_of(allocation.frame.columns, ("region",))[:-1]).matrix
    amounts = np.round(margins @ spread, 6)
    best = np.inf
    for up in product((0, 1), repeat=len(spread)):
        count = np.floor(np.round(spread, 6)) + np.array(up)
        sums = margins @ count
        if ((sums >= np.floor(amounts)) & (sums <= np.ceil(amounts))).all():
            best = min(best, float(np.abs(count - spread).sum()))

    assert allocation.rounded.distance <= best + 1e-4


@given(plans(), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_the_order_of_rows_plays_no_part(plan: tuple[RuleBook, tuple[str, ...]], random: Any) -> None:
    book, cascade = plan
    columns = book.frame.columns
    lines = [
        f"{name} {tier} {region} {last} 1"
        for name, tier, region, last in zip(
            columns.ids, columns.text("tier"), columns.text("region"), columns.text("baseline"), strict=True
        )
    ]
    random.shuffle(lines)
    frame = builders.frame(
        builders.partners(*lines), builders.metric(), totals=book.frame.totals, periods=book.frame.periods
    )
    other = builders.book(frame, *book.rules)
    one, two = (allocate(scenario_of(each, cascade=cascade), each) for each in (book, other))

    assert one.target.tolist() == two.target.tolist()


def test_a_tight_row_that_leaves_its_unit_is_named() -> None:
    """The north stands at its cap of 90.5; targets of 7 each bring it to 63."""
    lines = [f"p{n} Gold north 10 150" for n in range(9)] + ["q Gold south 60 150"]
    table = builders.partners(*lines)
    book = builders.book(
        builders.frame(table, builders.metric(round_to=Fraction(7)), totals={"revenue": 154}),
        builders.rule("company_target", name="target", total=154),
        builders.rule("group_limit", name="north", where={"region": "north"}, total_max=Fraction("90.5")),
    )
    solution = solve_elastic(book, blocks_of(book), Piqp())
    start = start_of(book, solution.blocks, (), solution.spread.x)
    margins = margins_of(book.frame, levels_of(book.frame.columns, ())[:-1])
    (named,) = (each for each in unkept(start, margins, Exact.of([7] * 9 + [91])) if each.total == "rule")

    assert (named.of, named.metric, named.rounded) == (("north",), "revenue", 63)
    assert named.units == pytest.approx(27.5 / 7)


@pytest.fixture(scope="module")
def two_of_ten() -> RuleBook:
    """Two partners whose targets come to ten units."""
    frame = builders.frame(
        builders.partners("a Gold north 40 1", "b Gold south 60 1"),
        builders.metric(round_to=Fraction(10)),
        totals={"revenue": 100},
    )
    return builders.book(frame, builders.rule("company_target", name="target", total=100))


@given(
    least=st.lists(st.integers(0, 8), min_size=2, max_size=2),
    room=st.lists(st.integers(0, 8), min_size=2, max_size=2),
)
def test_a_window_is_refused_before_its_rows_are_put_together_where_they_are_impossible(
    two_of_ten: RuleBook, least: list[int], room: list[int]
) -> None:
    solution = solve_elastic(two_of_ten, blocks_of(two_of_ten), Piqp())
    start = start_of(two_of_ten, solution.blocks, (), solution.spread.x)
    window = Window(np.array(least), np.array(least) + np.array(room))

    refused = out_of_reach(start, window)

    assert refused is not (sum(least) <= 10 <= sum(least) + sum(room))
    assert refused is rule_rows(start, window, Ranks.of(two_of_ten)).impossible(window.room)


def test_small_amounts_beside_units_of_a_billion_are_not_lost() -> None:
    """A capacity of a billion and 3.9: beside one unit of services there is room for 3 of revenue, and none for 4."""
    frame = builders.frame(
        builders.partners("acme Gold north 5 1000000003.9", "bolt Gold south 5 7.9"),
        builders.metric("revenue"),
        builders.metric("services", round_to=Fraction(10**9)),
        totals={"revenue": 10, "services": 10**9},
    )
    book = builders.book(
        frame,
        builders.rule("company_target", name="money", total=10),
        builders.rule("company_target", name="work", metric="services", total=10**9),
        builders.rule(
            "capacity_limit",
            name="load",
            uses={"revenue": 1, "services": 1},
            capacity={"potential": 1},
            metric=None,
        ),
    )
    allocation = allocate(scenario_of(book), book)

    assert allocation.state == "succeeded"
    assert allocation.target.tolist() == [3, 7, 10**9, 0]


def test_whole_units_that_are_far_are_hardly_further_than_the_least() -> None:
    """A tiny partner has no whole unit within the band unless its whole tier goes far: HiGHS proves how far at least."""
    gold = ["tiny Gold north 20 1", *(f"g{number} Gold north {number}000 1" for number in range(10, 19))]
    silver = [f"s{number} Silver south {number}000 1" for number in range(10, 20)]
    rule = builders.rule("even_within", name="alike", where={"tier": "Gold"}, band="43%")
    allocation = solved([*gold, *silver], 271_000, rule, periods=("H1", "H2"), round_to=Fraction(100))
    start = start_of(allocation.book, blocks_of(allocation.book), (), allocation.unrounded)
    found = whole_point(start)

    assert found is not None
    assert np.abs(found - start.x).max() > 64
    assert np.abs(found - start.x).sum() <= 1.01 * least_distance(allocation)


def least_distance(allocation: Allocation) -> float:
    """The least sum of distances from the even spread, in units, of whole targets that keep the hard rules."""
    unit = float(allocation.frame.metrics["revenue"].round_to)
    x = allocation.unrounded / unit
    blocks = blocks_of(allocation.book)
    matrix = sparse.vstack([block.matrix for block in blocks]) * unit
    lower, upper = (np.concatenate([getattr(block, end) for block in blocks]) for end in ("lower", "upper"))
    rows = LinearConstraint(sparse.hstack([matrix, sparse.csr_array((len(lower), 2 * len(x)))]), lower, upper)
    one = sparse.eye_array(len(x))
    away = LinearConstraint(sparse.hstack([one, -one, one]), x, x)
    cost, whole = np.repeat([0, 1], [len(x), 2 * len(x)]), np.repeat([1, 0], [len(x), 2 * len(x)])
    found = milp(cost, constraints=[rows, away], integrality=whole, options={"mip_rel_gap": 1e-3})
    assert found.status == 0
    return float(found.fun)


def test_units_nearby_are_looked_for_before_windows_wider_than_was_searched_in_vain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where searches of everything are given up, wider windows took a minute to be given up as well."""
    windows: list[int] = []

    def given_up(choice: Choice, *_: Any) -> tuple[Any, bool]:
        windows.append(int(choice.window.room.max()))
        return None, False

    monkeypatch.setattr(Choice, "best", given_up)
    allocation = solved(["acme Gold north 100 1", "bolt Gold north 101 1"], 200)

    assert allocation.state == "succeeded"
    assert max(windows) <= 4
