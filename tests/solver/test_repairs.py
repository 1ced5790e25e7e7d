"""Repairs by hand: exact to the unit of writing, below zero where that is enough, and never by switching a rule off."""

from fractions import Fraction
from typing import Any

import builders
import pytest

from rules import Rule, RuleBook
from rules.tunable import tunable_parameters
from solver.engines.ortools import OrTools
from solver.engines.piqp import Piqp
from solver.infeasible import smallest_changes
from solver.infeasible.conflict import Conflicts, find_conflicts
from solver.infeasible.incremental import IncrementalModel
from solver.infeasible.repair import Repair
from solver.infeasible.smallest_changes import smallest_of
from solver.infeasible.work import Work


def conflicts(table: list[str], total: int, *rules: Rule) -> Conflicts:
    frame = builders.frame(builders.partners(*table), totals={"revenue": total})
    target = builders.rule("company_target", name="target", total=total)
    book: RuleBook = builders.book(frame, target, *rules)
    return find_conflicts(book, Piqp(), OrTools())


def test_a_floor_falls_below_zero_as_far_as_whole_units_need() -> None:
    """90 % of 600 are 540; 500 in whole units need floors of 83, 166 and 249: -17 %, for -16.99 % asks 84 of acme."""
    table = ["acme Gold north 100 0", "bolt Gold north 200 0", "cube Gold south 300 0"]
    found = conflicts(table, 500, builders.rule("growth_floor", name="floor", growth_min="-10%"))

    assert {(r.sentence, r.cost) for r in found.repairs} == {
        ("raise total of target from 500 to 540", Fraction(40)),
        ("lower growth min of floor from -10% to -17%", Fraction(40)),
    }
    assert all(repair.affected == ("acme", "bolt", "cube") for repair in found.repairs)


def test_a_conflict_does_not_hide_behind_one_that_shares_a_rule_and_partners_are_named_where_no_number_helps() -> (
    None
):
    """Dune can carry nothing and must have 10: no capacity per head helps. The others carry 600 of 900."""
    table = [
        "acme Gold north 100 100",
        "bolt Gold north 200 200",
        "cube Gold south 300 300",
        "dune Silver south 0 0",
    ]
    minimum = builders.rule("tier_minimum", name="minimum", minimum={"Gold": 0, "Silver": 10})
    room = builders.rule(
        "capacity_limit", metric=None, name="room", uses={"revenue": 1}, capacity={"potential": 1}
    )
    found = conflicts(table, 900, minimum, room)

    assert [set(conflict.rules) for conflict in found.each] == [{"minimum", "room"}, {"target", "room"}]
    assert found.each[0].repairs == ()
    assert [e.sentence for e in found.each[0].exemptions] == [
        "leave dune out of minimum",
        "leave dune out of room",
    ]
    assert "raise capacity (potential) of room from 1 to 1.5" in {r.sentence for r in found.each[1].repairs}
    assert all(r.to > 0 for conflict in found.each for r in conflict.repairs)
    assert len(found.together) == 2


def test_a_rule_is_not_left_without_anyone() -> None:
    """The minimum speaks of dune alone: without dune it would be switched off, and room alone can spare dune."""
    table = ["acme Gold north 100 100", "bolt Gold north 200 200", "dune Silver south 0 0"]
    minimum = builders.rule(
        "tier_minimum", name="minimum", minimum={"Gold": 0, "Silver": 10}, where={"tier": "Silver"}
    )
    room = builders.rule(
        "capacity_limit", metric=None, name="room", uses={"revenue": 1}, capacity={"potential": 1}
    )
    found = conflicts(table, 200, minimum, room)

    assert [e.sentence for e in found.each[0].exemptions] == ["leave dune out of room"]


def test_numbers_that_hold_together_go_on_until_whole_units_hold() -> None:
    """Caps of 102.50 and 97.50 let 200 be given out, but in tens 190 alone: both have to be 100."""
    table = builders.partners("acme Gold north 100 0", "bolt Gold south 100 0")
    frame = builders.frame(table, builders.metric(round_to=Fraction(10)), totals={"revenue": 200})
    caps = [
        builders.rule("growth_cap", name=region, growth_max="-5%", where={"region": region})
        for region in ("north", "south")
    ]
    target = builders.rule("company_target", name="target", total=200)
    model = IncrementalModel.of(builders.book(frame, target, *caps))
    taken = [
        Repair(tunable_parameters(cap)[0], Fraction(to), Fraction(0))
        for cap, to in zip(caps, ("0.025", "-0.025"), strict=True)
    ]

    found = smallest_of(model, taken, Piqp(), Work())

    assert [repair.sentence for repair in found] == [
        "raise growth max of north from -5% to 0%",
        "raise growth max of south from -5% to 0%",
    ]


def test_where_limits_only_come_nearer_changes_are_brought_back_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Either cap at 15 % is enough: one is left out, the other brought back, and neither is asked again."""
    table = builders.partners("acme Gold north 100 0", "bolt Gold south 100 0")
    frame = builders.frame(table, totals={"revenue": 220})
    caps = [
        builders.rule("growth_cap", name=region, growth_max="5%", where={"region": region})
        for region in ("north", "south")
    ]
    target = builders.rule("company_target", name="target", total=220)
    model = IncrementalModel.of(builders.book(frame, target, *caps))
    taken = [Repair(tunable_parameters(cap)[0], Fraction("0.2"), Fraction(0)) for cap in caps]
    asked: list[str] = []
    brought = smallest_changes._Back.brought

    def counted(back: smallest_changes._Back, changes: Any, name: str) -> Any:
        asked.append(name)
        return brought(back, changes, name)

    monkeypatch.setattr(smallest_changes._Back, "brought", counted)
    found = smallest_of(model, taken, Piqp(), Work())

    assert [repair.sentence for repair in found] == ["raise growth max of south from 5% to 15%"]
    assert len(asked) == 2


def test_a_number_known_to_hold_is_walked_back_where_the_search_from_the_start_leads_past_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Acme needs a cap of 10 %: 110 of 110, and was given 20 %."""
    frame = builders.frame(builders.partners("acme Gold north 100 0"), totals={"revenue": 110})
    cap = builders.rule("growth_cap", name="cap", growth_max="5%")
    target = builders.rule("company_target", name="target", total=110)
    model = IncrementalModel.of(builders.book(frame, target, cap))
    taken = [Repair(tunable_parameters(cap)[0], Fraction("0.2"), Fraction(0))]
    monkeypatch.setattr(smallest_changes, "least_steps_in_units", lambda *_: None)

    found = smallest_of(model, taken, Piqp(), Work())

    assert [repair.sentence for repair in found] == ["raise growth max of cap from 5% to 10%"]


def test_partners_without_a_whole_unit_between_their_limits_are_left_out_as_well() -> None:
    """Acme must have 102 and has room for nothing; bolt's year must come to 10.20 at least and 10.90 at most."""
    table = builders.partners("acme Gold north 100 0", "bolt Gold north 10 10.9", "cube Gold south 300 1000")
    frame = builders.frame(table, totals={"revenue": 500}, periods=("Q1", "Q2", "Q3", "Q4"))
    target = builders.rule("company_target", name="target", total=500)
    floor = builders.rule("growth_floor", name="floor", growth_min="2%")
    room = builders.rule("headroom", name="room", column="potential", share_max="100%")
    found = find_conflicts(builders.book(frame, target, floor, room), Piqp(), OrTools())

    assert [each.sentence for each in found.together] == ["leave acme, bolt out of floor"]
