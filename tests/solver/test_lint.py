"""Lint: each doubt where it stands, none where it does not; what can go may go."""

from typing import Any

import numpy as np
import pytest
from builders import book, frame, partners, rule
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import CellIndex, Rule, RuleBook
from scenarios.values.rational_array import Exact
from solver.engines.ortools import OrTools
from solver.engines.quadratic_program import QuadraticProgram
from solver.model.activity_bounds import activity_bounds, tightened
from solver.model.program import assemble, blocks_of
from solver.questions.lint import Doubt, lint

TABLE = partners("acme Gold north 100 150", "borealis Silver north 60 80", "cumulus Silver south 40 30")


def cells(total: int = 220) -> CellIndex:
    return frame(TABLE, totals={"revenue": total})


def rules(*given: Rule, total: int = 220) -> RuleBook:
    """A book of these rules under a company target."""
    return book(cells(total), rule("company_target", name="company target", total=total), *given)


def codes(of: RuleBook) -> dict[str, str]:
    return {doubt.rule: doubt.code for doubt in lint(of)}


def floor(name: str, growth_min: str, **fields: Any) -> Rule:
    return rule("growth_floor", name=name, growth_min=growth_min, **fields)


def cap(name: str, growth_max: str, **fields: Any) -> Rule:
    return rule("growth_cap", name=name, growth_max=growth_max, **fields)


def test_rules_that_can_bind_raise_no_doubt() -> None:
    assert lint(rules(floor("grows", "3%"), cap("reach", "35%"))) == ()


def test_a_floor_below_another_is_implied_by_it() -> None:
    assert lint(rules(floor("three", "3%"), floor("two", "2%"))) == (
        Doubt(
            "two",
            "rule-implied",
            "'two' asks for nothing that 'three' does not ask for already",
            "Remove it, or make it ask for more.",
        ),
    )


def test_several_rules_may_imply_one_together() -> None:
    of = rules(
        floor("north", "3%", where={"region": "north"}),
        floor("south", "4%", where={"region": "south"}),
        floor("all", "2%"),
    )
    (doubt,) = lint(of)
    assert doubt.message == "'all' asks for nothing that 'north' and 'south' do not ask for already"


def test_one_partner_it_alone_speaks_of_saves_a_rule() -> None:
    assert lint(rules(floor("north", "3%", where={"region": "north"}), floor("all", "2%"))) == ()


def test_limits_on_the_same_group_imply_one_another() -> None:
    of = rules(
        rule("group_limit", name="narrow", where={"region": "north"}, share_max="75%"),
        rule("group_limit", name="wide", where={"region": "north"}, total_max=180),
    )
    assert codes(of) == {"wide": "rule-implied"}


def test_an_elastic_rule_implies_no_hard_one() -> None:
    assert codes(rules(floor("wish", "9%", priority=1), floor("must", "3%"))) == {}


def test_a_hard_rule_implies_elastic_ones() -> None:
    assert codes(rules(floor("must", "5%"), floor("wish", "3%", priority=1))) == {"wish": "rule-implied"}


def test_an_elastic_rule_that_asks_less_than_one_before_it_is_shadowed() -> None:
    of = rules(floor("first", "8%", priority=1), floor("second", "5%", priority=2))
    (doubt,) = lint(of)
    assert (doubt.rule, doubt.code) == ("second", "rule-shadowed")
    assert doubt.message == "'second' asks for less than 'first', which comes first"


def test_steps_of_ambition_are_no_shadows() -> None:
    assert lint(rules(floor("first", "5%", priority=1), floor("second", "8%", priority=2))) == ()


def test_the_same_rule_twice_is_reported_for_the_second() -> None:
    of = rules(cap("one", "35%", reason="of old"), cap("two", "35%", priority=2))
    (doubt,) = lint(of)
    assert (doubt.rule, doubt.code) == ("two", "rule-repeated")
    assert doubt.message == "'two' says the same as 'one'"


def test_a_rule_that_selects_and_asks_nothing_is_silent() -> None:
    bar = rule("ratchet", name="bar", last_target="baseline", last_actual="baseline")
    (doubt,) = lint(rules(bar))
    assert (doubt.code, doubt.message) == ("rule-silent", "'bar' selects 3 partners and asks nothing")


def test_a_rule_that_matches_no_one_is_left_to_reading() -> None:
    assert lint(rules(floor("no one", "3%", where={"region": "west"}))) == ()


def test_asking_for_no_more_than_zero_never_binds() -> None:
    (doubt,) = lint(rules(floor("any", "-100%")))
    assert (doubt.code, doubt.message) == (
        "rule-never-binds",
        "'any' asks for no more than zero, and targets are never below",
    )


def test_a_cap_beyond_the_company_target_never_binds() -> None:
    (doubt,) = lint(rules(rule("concentration", name="large", share_max="150%")))
    assert doubt.message == (
        "'large' can never bind: the other rules keep acme at 220 or less, and it allows 330"
    )


def test_caps_of_its_partners_keep_a_group_within_its_limit() -> None:
    of = rules(
        cap("reach", "25%"),  # 125 + 75 in the north
        rule("group_limit", name="north", where={"region": "north"}, total_max=205),
    )
    (doubt,) = lint(of)
    assert doubt.message == (
        "'north' can never bind: the other rules keep all together at 200 or less, and it allows 205"
    )


def test_what_the_others_must_carry_keeps_a_group_within_its_limit() -> None:
    # The north has at least 160, so the south at most 60 of 220.
    of = rules(
        floor("north", "0%", where={"region": "north"}),
        rule("group_limit", name="south", by="region", where={"region": "south"}, total_max=60),
    )
    assert codes(of) == {"south": "rule-never-binds"}
    assert codes(rules(*of.rules[1:], total=221)) == {}


def test_an_elastic_rule_against_hard_ones_can_never_hold() -> None:
    (doubt,) = lint(rules(cap("reach", "20%"), floor("dream", "21%", priority=1)))
    assert (doubt.rule, doubt.code) == ("dream", "rule-shadowed")
    assert doubt.message == "'dream' can never hold: hard rules stand against it everywhere"


def test_an_elastic_rule_that_some_can_keep_is_sound() -> None:
    of = rules(cap("reach", "20%", where={"region": "north"}), floor("dream", "21%", priority=1))
    assert codes(of) == {}


def test_of_rules_that_cannot_hold_nothing_is_reckoned() -> None:
    north = rule("group_limit", name="north", where={"region": "north"}, total_max=500)
    assert codes(rules(north)) == {"north": "rule-never-binds"}
    assert codes(rules(cap("reach", "5%"), floor("grows", "6%"), north)) == {}


def test_totals_that_are_a_number_raise_no_doubt() -> None:
    of = rules(rule("company_target", name="south", where={"region": "south"}, total=40))
    assert codes(of) == {}


# Random books: three partners, one metric, rules of one cell and of several

shares = st.integers(0, 120).map(lambda n: f"{n}%")
wheres = st.sampled_from([{}, {"where": {"region": "north"}}, {"where": {"tier": "Silver"}}])
several = st.one_of(
    st.builds(lambda g, w: ("growth_floor", {"growth_min": g, **w}), shares.map(lambda s: f"-{s}"), wheres),
    st.builds(lambda g, w: ("growth_cap", {"growth_max": g, **w}), shares, wheres),
    st.builds(lambda g, w: ("group_limit", {"total_max": g, **w}), st.integers(60, 260), wheres),
    st.builds(lambda g, w: ("group_limit", {"total_min": g, **w}), st.integers(0, 160), wheres),
    st.builds(lambda g: ("even_within", {"band": g}), st.integers(5, 90).map(lambda n: f"{n}%")),
)


@st.composite
def books(draw: st.DrawFn) -> RuleBook:
    given = draw(st.lists(several, min_size=2, max_size=5))
    return rules(*(rule(kind, name=f"rule {n}", **fields) for n, (kind, fields) in enumerate(given)))


def extremes(of: RuleBook, without: int, row: Any) -> tuple[float, float] | None:
    """The least and most of a row over all targets that the other rules allow, by linear programs."""
    program = assemble(of.frame, [block for block in blocks_of(of) if block.rule != without])
    if program.crossed:
        return None
    found = []
    for sign in (1, -1):
        problem = QuadraticProgram(
            curvature=np.zeros(of.frame.size),
            cost=sign * row,
            matrix=program.matrix,
            row_lower=program.row_lower,
            row_upper=program.row_upper,
            lower=program.lower,
            upper=program.upper,
        )
        solution = OrTools().solve(problem)
        if solution.termination != "optimal":
            return None
        found.append(float(row @ solution.x))
    return found[0], found[1]


@settings(max_examples=60, deadline=None)
@given(books())
def test_the_reach_of_a_row_is_never_reported_too_short(of: RuleBook) -> None:
    for block in blocks_of(of)[1:]:
        others = assemble(of.frame, [each for each in blocks_of(of) if each.rule != block.rule])
        if others.crossed:
            continue
        found = activity_bounds(block, others, np.flatnonzero(others.limits.upper_rule == 0))
        for number in range(len(block.lower)):
            row = block.matrix[[number]].toarray().ravel() / block.shape.first[number]
            ends = extremes(of, block.rule, row)
            if ends is not None:
                assert found.least[number] <= ends[0] + 1e-6
                assert found.most[number] >= ends[1] - 1e-6


@settings(max_examples=60, deadline=None)
@given(books())
def test_a_rule_that_is_said_to_be_needless_may_go(of: RuleBook) -> None:
    """What the other rules allow is then what all of them allow."""
    for doubt in lint(of):
        number = of.number(doubt.rule)
        rows = of.rows[number]
        matrix = rows.matrix(of.frame.size).toarray()
        low, high = rows.limits()
        for row, least, most in zip(matrix, low, high, strict=True):
            ends = extremes(of, number, row)
            if ends is not None:
                assert ends[0] >= least - 1e-6
                assert ends[1] <= most + 1e-6


def test_floors_and_caps_are_tightened_by_rows() -> None:
    north = rule("group_limit", name="north", where={"region": "north"}, total_max=170)
    of = rules(north, floor("keeps", "0%"))
    lower, upper = tightened(assemble(of.frame, blocks_of(of)))

    # The north leaves acme 170 - 60 and borealis 170 - 100; the total leaves cumulus 220 - 100 - 60.
    assert lower.tolist() == pytest.approx([100, 60, 40])
    assert upper.tolist() == pytest.approx([110, 70, 60])


@pytest.mark.parametrize("targets", [[100, 100, 20], [205, 5, 10]])
def test_targets_that_hold_stay_within(targets: list[int]) -> None:
    of = rules(rule("group_limit", name="north", where={"region": "north"}, total_min=200, total_max=210))
    lower, upper = tightened(assemble(of.frame, blocks_of(of)))
    x = Exact.of(targets).floats()

    assert ((lower <= x) & (x <= upper)).all()
