"""Ten kinds of conflict: the smallest set is named, without any rule of it the rest can hold, and every repair is true."""

from fractions import Fraction
from typing import Any

import builders
import pytest

from api.output.conflict_document import conflict_part
from api.output.partner_names import PartnerNames
from api.text.conflict import conflict_lines
from rules import Rule, RuleBook
from rules.kinds.company_target import CompanyTarget
from rules.tunable import revised
from solver.engines.ortools import OrTools
from solver.engines.piqp import Piqp
from solver.infeasible.conflict import Conflicts, find_conflicts
from solver.infeasible.feasibility import feasible, with_typical_shares
from solver.infeasible.repair import Search, Searcher
from solver.infeasible.work import Work
from solver.model.program import assemble, blocks_of

FOUR = (
    "acme Gold north 100 150",
    "bolt Gold north 200 150",
    "cube Silver south 300 150",
    "dune Silver south 400 150",
)
QUARTERS = ("Q1", "Q2")


def target(total: int, **fields: Any) -> Rule:
    return builders.rule("company_target", name=fields.pop("name", "target"), total=total, **fields)


def book(*rules: Rule, metrics: int = 1, periods: tuple[str, ...] = ()) -> RuleBook:
    named = [builders.metric(name) for name in ("revenue", "licences")[:metrics]]
    totals = {each.name: 1000 for each in named}
    totals |= {r.metric: r.total or 1000 for r in rules if isinstance(r, CompanyTarget)}
    return builders.book(
        builders.frame(builders.partners(*FOUR), *named, totals=totals, periods=periods), *rules
    )


def rule(kind: str, name: str, **fields: Any) -> Rule:
    return builders.rule(kind, name=name, **fields)


def conflicts(of: RuleBook) -> Conflicts:
    return find_conflicts(of, Piqp(), OrTools())


def can_hold(of: RuleBook) -> bool:
    hard = [d for d in blocks_of(of) if of.rules[d.rule].hard]
    return feasible(with_typical_shares(assemble(of.frame, hard)), OrTools())


NORTH, SOUTH = {"region": "north"}, {"region": "south"}
CONFLICTS: dict[str, tuple[RuleBook, set[str]]] = {
    "a floor above a cap in one cell": (
        book(
            target(1000),
            rule("tier_minimum", "minimum", minimum={"Gold": 160, "Silver": 10}),
            rule("headroom", "headroom", column="potential", share_max="100%"),
        ),
        {"minimum", "headroom"},
    ),
    "floors that come to more than the total": (
        book(target(1000), rule("growth_floor", "floor", growth_min="10%")),
        {"target", "floor"},
    ),
    "caps that come to less than the total": (
        book(target(1200), rule("growth_cap", "cap", growth_max="10%")),
        {"target", "cap"},
    ),
    "a group that must have more than its caps": (
        book(
            target(1000),
            rule("growth_cap", "cap", growth_max="5%"),
            rule("group_limit", "north counts", where=NORTH, total_min=320),
        ),
        {"cap", "north counts"},
    ),
    "a share of a total that the group cannot carry": (
        book(
            target(1000),
            rule("growth_cap", "cap", growth_max="5%"),
            rule("group_limit", "north counts", where=NORTH, share_min="32%"),
        ),
        {"target", "cap", "north counts"},
    ),
    "parts that must come to more than the whole": (
        book(
            target(1000),
            rule("group_limit", "north", where=NORTH, total_min=500),
            rule("group_limit", "south", where=SOUTH, total_min=600),
        ),
        {"target", "north", "south"},
    ),
    "a lock outside a cap": (
        book(
            target(1000),
            rule("lock", "lock", where={"partner_id": "acme"}, target=200),
            rule("growth_cap", "cap", growth_max="50%"),
        ),
        {"lock", "cap"},
    ),
    "overlapping groups that no row shows alone": (
        book(
            rule("group_limit", "a and b", where={"partner_id": ["acme", "bolt"]}, total_max=100),
            rule("group_limit", "b and c", where={"partner_id": ["bolt", "cube"]}, total_max=100),
            rule("group_limit", "a and c", where={"partner_id": ["acme", "cube"]}, total_max=100),
            rule("group_limit", "all three", where={"partner_id": ["acme", "bolt", "cube"]}, total_min=160),
        ),
        {"a and b", "b and c", "a and c", "all three"},
    ),
    "a mix of metrics that their totals contradict": (
        book(
            target(1000),
            target(400, name="licences", metric="licences"),
            rule("mix", "mix", of=["revenue", "licences"], metric="licences", share_min="50%", per="partner"),
            metrics=2,
        ),
        {"target", "licences", "mix"},
    ),
    "seasons whose sum is less than the year": (
        book(
            target(1000),
            rule("group_limit", "spring", period="Q1", total_max=400),
            rule("group_limit", "summer", period="Q2", total_max=500),
            periods=QUARTERS,
        ),
        {"target", "spring", "summer"},
    ),
}
UNSEEN = ("overlapping groups that no row shows alone", "a mix of metrics that their totals contradict")
"""Conflicts that neither a cell's bounds nor a row's reach within them can show."""


@pytest.mark.parametrize("name", CONFLICTS)
def test_the_smallest_set_is_named(name: str) -> None:
    of, expected = CONFLICTS[name]
    found = conflicts(of).each[0]
    assert set(found.rules) == expected
    assert found.sentences
    assert found.affected


@pytest.mark.parametrize("name", CONFLICTS)
def test_any_one_of_the_set_removed_the_others_can_hold(name: str) -> None:
    of, expected = CONFLICTS[name]
    strangers = [r.name for r in of.rules if r.name not in expected]
    assert not can_hold(revised(of, without=strangers))
    for one in expected - ({"target"} if name.startswith("a share") else set()):
        assert can_hold(revised(of, without=[*strangers, one]))


@pytest.mark.parametrize("name", CONFLICTS)
def test_every_repair_makes_the_rules_feasible_and_half_of_it_does_not(name: str) -> None:
    of, _ = CONFLICTS[name]
    found = conflicts(of)
    assert found.repairs
    for repair in found.repairs:
        parameter, rule_of = repair.parameter, of.rules[of.number(repair.parameter.rule)]
        assert can_hold(revised(of, [parameter.with_value(rule_of, repair.to)]))
        half = (parameter.value + repair.to) / 2
        assert not can_hold(revised(of, [parameter.with_value(rule_of, half)])), repair.sentence


@pytest.mark.parametrize("name", UNSEEN)
def test_no_arithmetic_of_bounds_shows_the_unseen(name: str) -> None:
    of, _ = CONFLICTS[name]
    program = assemble(of.frame, blocks_of(of))
    assert not program.crossed
    assert (program.least <= program.row_upper + 1e-9).all()
    assert (program.most >= program.row_lower - 1e-9).all()


def test_the_amount_that_is_missing_is_said() -> None:
    """The caps of acme and bolt are 105 and 210, 315 together; 320 are asked: 5 are missing."""
    of, _ = CONFLICTS["a group that must have more than its caps"]
    found = conflicts(of).each[0]
    violation = {member.rule: member.violation for member in found.members}
    assert violation["north counts"] == pytest.approx(Fraction(5), abs=0.01)
    assert "come to 315.00: 5.00 is missing" in found.sentences[0]


def test_two_conflicts_are_both_reported_and_repaired_together() -> None:
    """North may carry 315 and South 735; they are asked for 320 and 740."""
    of = book(
        builders.rule("company_target", name="target", total_min=1000),
        rule("growth_cap", "cap", growth_max="5%"),
        rule("group_limit", "north counts", where=NORTH, total_min=320),
        rule("group_limit", "south counts", where=SOUTH, total_min=740),
    )
    found = conflicts(of)
    assert len(found.each) == 2
    assert {"north counts", "south counts", "cap"} <= set(found.rules)
    rules = [of.rules[of.number(r.parameter.rule)] for r in found.together]
    assert found.together
    assert can_hold(
        revised(of, [r.parameter.with_value(one, r.to) for one, r in zip(rules, found.together, strict=True)])
    )


def test_where_targets_are_many_groups_give_way_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each two neighbours of five in a ring must have 52 % of 500 and may have twice 126: 260 is 8 too much for each.

    The cap is a rule of five rows, and not asked; the floors are of one row each.
    """
    monkeypatch.setattr("solver.infeasible.conflict._SMALL", 0)
    monkeypatch.setattr("solver.infeasible.conflict._FEW", 1)
    table = builders.partners(*(f"p{n} Gold r{n} 100 100" for n in range(5)))
    frame = builders.frame(table, totals={"revenue": 500})
    groups = [
        rule("group_limit", f"r{n} counts", where={"region": [f"r{n}", f"r{(n + 1) % 5}"]}, share_min="52%")
        for n in range(5)
    ]
    target, cap = rule("company_target", "target", total=500), rule("growth_cap", "cap", growth_max="26%")
    of = builders.book(frame, target, cap, *groups)
    found = conflicts(of)

    assert found.together
    assert {each.rule for each in found.together} <= {"target", *(group.name for group in groups)}
    changed = [each.repaired(of.rules[of.number(each.rule)]) for each in found.together]
    assert can_hold(revised(of, changed))


def test_many_partners_in_the_same_situation_are_reported_together() -> None:
    """Partner n of eight must grow to 110 n and can carry 100 in all: 110 · 36 - 800 = 3,160 too much, 780 at most."""
    metrics = [builders.metric(name) for name in ("revenue", "licences")]
    table = builders.partners(*(f"p{n} Gold north {100 * n} 100" for n in range(1, 9)))
    frame = builders.frame(table, *metrics, totals={"revenue": 5000, "licences": 5000})
    floor = rule("growth_floor", "grows", growth_min="10%")
    room = builders.rule(
        "capacity_limit", name="room", uses={"revenue": 1, "licences": 1}, capacity={"potential": 1}
    )
    (found,) = conflicts(builders.book(frame, floor, room)).each

    assert "room (p8) allows at most 100.00" in found.sentences[0]
    assert len(found.sentences) == 6
    assert (
        found.sentences[-1] == "3 more limits of room are caught likewise; all together 3,160.00 is at odds."
    )
    assert len(found.affected) == 8


def test_rules_whose_repairs_were_not_looked_for_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    of, expected = CONFLICTS[next(iter(CONFLICTS))]
    monkeypatch.setattr("solver.infeasible.repair.Work", lambda: Work(0.0))
    found = conflicts(of)
    assert found.repairs == ()
    assert set(found.unsearched) <= {*expected, "target"}
    assert found.summary()["unsearched"] == list(found.unsearched) != []
    assert any(
        "were not all looked for" in line for line in conflict_lines(conflict_part(found, {}, PartnerNames()))
    )


def test_one_number_for_all_is_looked_for_with_work_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What each conflict takes of its budget on the way leaves nothing unsearched of what settles all at once."""
    repairs = Searcher.repairs

    def exhausting(self: Searcher, *asked: Any) -> Search:
        found = repairs(self, *asked)
        self._work.left = 0.0
        return found

    monkeypatch.setattr(Searcher, "repairs", exhausting)

    found = conflicts(book(target(1000), rule("concentration", "cap", share_max="24%")))

    assert [each.sentence for each in found.repairs] == ["raise share max of cap from 24% to 25%"]
    assert found.unsearched == ()
