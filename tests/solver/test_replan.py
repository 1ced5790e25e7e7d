"""Re-planning the rest: the past as constants, the published plan as what to stay near, limits that events have passed."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.output.csv import csv_text
from api.output.partner_names import PartnerNames
from api.output.replan_part import replan_part
from api.output.result_json import total_parts
from api.output.tables import targets_table
from api.text.replan import replan_lines
from rules import CellIndex
from rules.load import load
from rules.replan.reduce import Overtaken
from rules.replan.rest import RestIndex
from rules.rows import Rows
from rules.rule import Rule
from scenarios import Refused
from solver import Allocation, allocate
from solver.whole_period import WholePeriod, whole_period

WHO = ("acme", "birch", "cedar")
PLAN = {
    "scenario": "hand",
    "periods": ["H1", "H2"],
    "partners": "partners.csv",
    "metrics": {"revenue": {"unit": "USD", "round_to": "0.01", "baseline": "last"}},
    "targets": [{"name": "company target", "total": 660}],
}
PARTNERS = "partner_id,last\nacme,100\nbirch,200\ncedar,300\n"
NEAR = {"name": "near", "kind": "hold_harmless", "period": "rest", "plan": "published", "drop_max": "0%"}
CEDAR = {"name": "cedar's cap", "kind": "growth_cap", "where": {"partner_id": "cedar"}, "growth_max": "5%"}


def actuals_of(amounts: Mapping[str, float | Fraction], period: str = "H1") -> str:
    rows = [f"{who},revenue,{period},{float(amount)}\n" for who, amount in amounts.items()]
    return "partner_id,metric,period,amount\n" + "".join(rows)


def write_plan(folder: Path, **fields: Any) -> Allocation:
    """Solves the plan and leaves its targets in plan.csv."""
    (folder / "partners.csv").write_text(PARTNERS)
    (folder / "plan.yaml").write_text(yaml.safe_dump({**PLAN, **fields}))
    allocation = solved(folder / "plan.yaml")
    (folder / "plan.csv").write_bytes(csv_text(targets_table(allocation)))
    return allocation


def solved(path: Path) -> Allocation:
    loaded = load(path)
    return allocate(loaded.scenario, loaded.book)


def replanned(
    folder: Path, amounts: Mapping[str, float | Fraction], *rules: Mapping[str, Any], **replan: Any
) -> Allocation:
    """The re-plan after the first half."""
    (folder / "actuals.csv").write_text(actuals_of(amounts))
    fields = {
        "scenario": "again",
        "extends": "plan.yaml",
        "replan": {"plan": "plan.csv", "done": ["H1"], **replan},
        "actuals": {"file": "actuals.csv"},
        "add": [dict(rule) for rule in rules],
    }
    (folder / "again.yaml").write_text(yaml.safe_dump(fields))
    return solved(folder / "again.yaml")


def rest(allocation: Allocation) -> list[str]:
    return [f"{float(each):.2f}" for each in allocation.target.tolist()]


def overtaken(allocation: Allocation) -> list[Overtaken]:
    whole = whole_period(allocation)
    assert isinstance(whole, WholePeriod)
    return list(whole.overtaken)


def receipt(allocation: Allocation, cell: int) -> list[tuple[str, str]]:
    assert allocation.receipts is not None
    return [(item, f"{float(amount):.2f}") for item, _, amount in allocation.receipts.of(cell)]


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    write_plan(tmp_path)
    return tmp_path


BEHIND = dict(zip(WHO, (40, 120, 150), strict=True))


def test_the_gap_is_shared_in_proportion_to_the_published_rest(plan: Path) -> None:
    found = replanned(plan, BEHIND)
    assert rest(found) == ["58.33", "116.67", "175.00"]
    assert receipt(found, 0) == [("published target", "55.00"), ("company target", "3.33")]
    assert receipt(found, 2) == [("published target", "165.00"), ("company target", "10.00")]
    assert overtaken(found) == []


def test_a_cap_of_the_year_counts_what_was_done(plan: Path) -> None:
    found = replanned(plan, BEHIND, CEDAR)
    assert rest(found) == ["61.67", "123.33", "165.00"]
    assert receipt(found, 1) == [("published target", "110.00"), ("company target", "13.33")]


def test_hard_limits_of_change_that_leave_too_little_are_a_conflict(plan: Path) -> None:
    found = replanned(plan, BEHIND, {**NEAR, "rise_max": "5%"})
    assert found.state == "infeasible"
    assert found.conflict is not None
    assert found.conflict.rules == ("company target", "near")
    assert "346.50: 3.50 is missing" in " ".join(found.conflict.sentences)


def test_elastic_limits_of_change_are_missed_in_proportion_to_the_rest(plan: Path) -> None:
    found = replanned(plan, BEHIND, {**NEAR, "rise_max": "5%", "priority": 1})
    assert rest(found) == ["58.33", "116.67", "175.00"]
    (near,) = (effect for effect in found.effects if effect.rule == "near")
    assert sorted(f"{float(miss.amount):.2f}" for miss in near.misses) == ["0.58", "1.17", "1.75"]


def test_who_missed_makes_up_for_it_as_far_as_the_company_needs(plan: Path) -> None:
    found = replanned(
        plan, BEHIND, {"name": "own", "kind": "catch_up", "share_min": "100%", "priority": 1}
    )  # asked: 70, 110, 180, of which 350 can be placed: 10 are missed in proportion
    assert rest(found) == ["68.06", "106.94", "175.00"]


def test_a_limit_that_events_have_passed_never_takes_from_the_published_rest(plan: Path) -> None:
    found = replanned(plan, {"acme": 40, "birch": 120, "cedar": 170}, CEDAR)
    assert rest(found) == ["55.00", "110.00", "165.00"]
    assert overtaken(found) == [Overtaken("cedar's cap", "cedar", "overtaken", Fraction(20))]


AHEAD = dict(zip(WHO, (60, 130, 180), strict=True))


def test_ahead_of_plan_the_rest_is_kept(plan: Path) -> None:
    found = replanned(plan, AHEAD)
    assert rest(found) == ["55.00", "110.00", "165.00"]
    assert overtaken(found) == [Overtaken("company target", "", "ahead", Fraction(40))]


def test_ahead_of_plan_the_surplus_may_be_released(plan: Path) -> None:
    assert rest(replanned(plan, AHEAD, ahead="release")) == ["48.33", "96.67", "145.00"]


def test_where_the_target_is_met_nothing_can_be_released(plan: Path) -> None:
    met = dict.fromkeys(WHO, 220)
    assert rest(replanned(plan, met)) == ["55.00", "110.00", "165.00"]
    with pytest.raises(Refused, match="nothing remains to be placed"):
        replanned(plan, met, ahead="release")


def test_what_was_asked_stays_beside_what_was_done(plan: Path) -> None:
    whole = whole_period(replanned(plan, BEHIND))
    assert isinstance(whole, WholePeriod)
    targets = [float(each) for each in whole.target.tolist()]
    assert targets == [55, 110, 165, 58.33, 116.67, 175]
    assert whole.placed.sum() == 660
    receipts = whole.whole_receipts
    assert bool(receipts.amount.sum_by(receipts.cell, 6).equals(whole.target).all())


def test_a_decision_about_the_year_counts_what_was_done(plan: Path) -> None:
    lock = {"name": "decided", "kind": "lock", "where": {"partner_id": "acme"}, "target": 110}
    assert rest(replanned(plan, BEHIND, lock)) == ["70.00", "112.00", "168.00"]
    passed = replanned(plan, {**BEHIND, "acme": 60}, lock)
    assert overtaken(passed) == [Overtaken("decided", "acme", "overtaken", Fraction(5))]
    assert rest(passed)[0] == "55.00"


def test_limits_of_parts_that_are_over_ask_nothing_and_are_reported(plan: Path) -> None:
    rule = {"name": "first half", "kind": "growth_floor", "growth_min": "0%", "period": "H1"}
    found = replanned(plan, BEHIND, rule)
    assert rest(found) == ["58.33", "116.67", "175.00"]
    assert overtaken(found) == [Overtaken("first half", "acme, H1", "over", Fraction(10))]


def test_a_group_limit_that_is_passed_leaves_the_group_nothing_more(plan: Path) -> None:
    rule = {
        "name": "two",
        "kind": "group_limit",
        "where": {"partner_id": ["acme", "birch"]},
        "total_max": 150,
    }
    found = replanned(plan, BEHIND, rule)
    assert overtaken(found) == [Overtaken("two", "", "overtaken", Fraction(10))]
    assert rest(found) == ["0.00", "0.00", "350.00"]


RESTATED = "partner_id,metric,period,amount,as_of\nacme,revenue,H1,50,2027-07-20\n"


def again_from(folder: Path, replan: Mapping[str, Any], **fields: Any) -> Allocation:
    """The re-plan after the first half, from the files of actuals that the fields name."""
    block = {"plan": "plan.csv", "done": ["H1"], **replan}
    variant = {"scenario": "again", "extends": "plan.yaml", "replan": block, **fields}
    (folder / "again.yaml").write_text(yaml.safe_dump(variant))
    return solved(folder / "again.yaml")


def dated(folder: Path) -> None:
    """Two files: the half-year, and acme's restated from 40 to 50, so that 340 and not 350 are left."""
    first = actuals_of(BEHIND).replace("amount\n", "amount,as_of\n").replace(".0\n", ".0,2027-06-30\n")
    (folder / "first.csv").write_text(first)
    (folder / "restated.csv").write_text(RESTATED)


@pytest.mark.parametrize("files", [["first.csv", "restated.csv"], ["restated.csv", "first.csv"]])
def test_a_later_day_restates_an_earlier_one_in_whichever_file(plan: Path, files: list[str]) -> None:
    dated(plan)
    found = again_from(plan, {"actuals": files})
    assert rest(found) == ["56.67", "113.33", "170.00"]  # each · 340/330


def test_files_in_the_folder_beside_the_plan_are_all_read_where_none_is_named(plan: Path) -> None:
    dated(plan)
    (plan / "actuals").mkdir()
    for name in ("first.csv", "restated.csv"):
        (plan / name).rename(plan / "actuals" / name)
    assert rest(again_from(plan, {})) == ["56.67", "113.33", "170.00"]
    named = again_from(plan, {}, actuals={"file": "actuals/first.csv"})
    assert rest(named) == ["58.33", "116.67", "175.00"]
    assert rest(again_from(plan, {"actuals": "actuals/first.csv"}, actuals={"missing": "zero"})) == rest(
        named
    )


KEEP = {"file": "actuals.csv", "missing": "zero", "unassigned": "keep"}


def metric_of(allocation: Allocation) -> dict[str, Any]:
    part = replan_part(allocation, PartnerNames.of_table(allocation.scenario.table))
    assert part is not None
    return part.data()["metrics"]["revenue"]


def test_what_others_did_is_taken_off_what_the_rest_has_to_bring(plan: Path) -> None:
    """310 by the partners and 20 by others: 330 of 660 remain, as published."""
    (plan / "actuals.csv").write_text(actuals_of({**BEHIND, "somebody": 20}))
    found = again_from(plan, {}, actuals=KEEP)
    assert rest(found) == ["55.00", "110.00", "165.00"]
    assert receipt(found, 0) == [("published target", "55.00")]
    metric = metric_of(found)
    assert (metric["done"], metric["unassigned"], metric["rest"]) == ("310", "20", "330")
    total = total_parts(found)["revenue"]
    assert (total.placed, total.company_target) == ("660", "660")
    text = "\n".join(replan_lines(replan_part(found, PartnerNames.of_table(found.scenario.table))))
    assert "20 more of revenue was done by partners outside the plan" in text


@pytest.mark.parametrize(("region", "south"), [("south", "170.00"), ("north", "180.00"), ("", "180.00")])
def test_a_target_of_a_region_counts_what_others_did_there(tmp_path: Path, region: str, south: str) -> None:
    """Cedar is the south, to bring 330, and has done 150; 10 are of somebody in a region or nowhere."""
    targets = [
        {"name": "company target", "total": 660},
        {"name": "the south", "total": 330, "where": {"region": "south"}},
    ]
    (tmp_path / "partners.csv").write_text(
        "partner_id,region,last\nacme,north,100\nbirch,north,200\ncedar,south,300\n"
    )
    text = {**PLAN, "targets": targets, "cascade": ["region"]}
    (tmp_path / "plan.yaml").write_text(yaml.safe_dump(text))
    (tmp_path / "plan.csv").write_bytes(csv_text(targets_table(solved(tmp_path / "plan.yaml"))))
    rows = {**BEHIND, "somebody": 10}
    lines = [f"{who},{region if who == 'somebody' else ''},H1,{amount}\n" for who, amount in rows.items()]
    (tmp_path / "actuals.csv").write_text("partner_id,region,period,amount\n" + "".join(lines))
    found = again_from(tmp_path, {}, actuals=KEEP)
    assert rest(found)[2] == south
    assert found.target.sum() == 340


def test_who_is_new_starts_at_the_fair_share_of_the_rest(plan: Path) -> None:
    """dogwood's 60 of 660 are a share of 60 in the period, 30 in H2: 55, 110, 165 and 30 bring 350 of 360."""
    (plan / "partners.csv").write_text(PARTNERS + "dogwood,60\n")
    (plan / "actuals.csv").write_text(actuals_of(BEHIND))
    found = again_from(plan, {}, actuals=KEEP, targets=[{"name": "company target", "total": 660}])
    assert rest(found) == ["53.47", "106.94", "160.42", "29.17"]  # each · 350/360
    assert receipt(found, 3) == [("fair share", "30.00"), ("company target", "-0.83")]
    assert receipt(found, 0) == [("published target", "55.00"), ("company target", "-1.53")]
    text = "\n".join(replan_lines(replan_part(found, PartnerNames.of_table(found.scenario.table))))
    assert "nothing was published: 1 for revenue (dogwood); starts at the fair share" in text
    metric = metric_of(found)
    assert (metric["lowered"], metric["raised"], metric["new"]) == (3, 0, 1)


def test_limits_of_change_do_not_speak_of_who_is_new(plan: Path) -> None:
    (plan / "partners.csv").write_text(PARTNERS + "dogwood,60\n")
    (plan / "actuals.csv").write_text(actuals_of(BEHIND))
    found = again_from(plan, {}, actuals=KEEP, add=[{**NEAR, "rise_max": "0%"}])
    assert rest(found) == ["55.00", "110.00", "165.00", "20.00"]


def test_the_rest_of_who_left_is_placed_anew(plan: Path) -> None:
    """acme did 40 and left: 660 − 40 − 270 remain for birch and cedar, whose rests are 110 and 165."""
    (plan / "partners.csv").write_text(PARTNERS.replace("acme,100\n", ""))
    (plan / "actuals.csv").write_text(actuals_of(BEHIND))
    found = again_from(plan, {}, actuals=KEEP)
    assert rest(found) == ["140.00", "210.00"]
    metric = metric_of(found)
    assert (metric["gone"], metric["unassigned"], metric["published"]) == ("55", "40", "275")
    warned = [each.message for each in load(plan / "again.yaml").findings if each.code == "plan-differs"]
    assert warned == ["'acme' is in the plan and no partner any more: its rest is placed anew"]


def test_a_lower_limit_that_other_rules_are_in_the_way_of_is_a_conflict(plan: Path) -> None:
    """cedar's year is to grow by a half, to 450; 150 are done and 300 are left of 350: birch and acme may not fall."""
    floor = {"name": "much", "kind": "growth_floor", "where": {"partner_id": "cedar"}, "growth_min": "50%"}
    alone = replanned(plan, BEHIND, floor)
    assert rest(alone)[2] == "300.00"
    assert overtaken(alone) == []
    assert replanned(plan, BEHIND, floor, NEAR).state == "infeasible"


def test_a_least_share_of_the_year_that_can_be_reached_still_holds(plan: Path) -> None:
    """H2 is to be 60 % of acme's year: 40 are done, so 60 are asked; birch and cedar share 290 of 350."""
    season = {"name": "late", "kind": "season", "where": {"partner_id": "acme"}, "period": "H2"}
    found = replanned(plan, BEHIND, {**season, "share_min": "60%"})
    assert rest(found) == ["60.00", "116.00", "174.00"]
    assert overtaken(found) == []


def test_a_share_of_a_part_that_is_over_is_judged_beside_the_published_rest(plan: Path) -> None:
    """acme's 40 of 95 are 42 %, and birch's 120 of 230 are 52 %: by 5 more than half of the year."""
    season = {"name": "early", "kind": "season", "period": "H1", "share_max": "50%"}
    found = replanned(plan, BEHIND, season)
    assert rest(found) == ["58.33", "116.67", "175.00"]
    assert overtaken(found) == [Overtaken("early", "birch, H1", "over", Fraction(5))]


class Less(Rule):
    """−Σ x ≥ −most: an upper limit turned round."""

    most: int

    def rows(self, frame: CellIndex) -> Rows:
        return frame.each({self.one_metric: -1}, frame.who(self.where), lower=-self.most)


def test_a_lower_limit_that_no_target_helps_to_reach_is_an_upper_one_turned_round(plan: Path) -> None:
    """At most 100 in the year: acme has 60 left for 55, birch none for 110 and cedar none for 165."""
    found = replanned(plan, BEHIND)
    assert isinstance(found.book.frame, RestIndex)
    less = Less(name="less", kind="less", metric="revenue", most=100)
    reduced = found.book.frame.reduced(less)
    assert reduced.rows.lower is not None
    assert reduced.rows.lower.tolist() == [-60, -110, -165]
    assert [(each.subject, each.by) for each in reduced.overtaken] == [("birch", 130), ("cedar", 215)]


def test_credit_notes_are_more_to_do(plan: Path) -> None:
    assert rest(replanned(plan, {"acme": -5, "birch": 120, "cedar": 150})) == ["65.83", "131.67", "197.50"]


ROUND = {"metrics": {"revenue": {"unit": "USD", "round_to": 1, "baseline": "last"}}}
WISHES = [
    {"name": "grow", "kind": "growth_floor", "growth_min": "12%", "priority": 1},
    {"name": "cedar", "kind": "growth_cap", "where": {"partner_id": "cedar"}, "growth_max": "7%"},
    {
        "name": "acme",
        "kind": "growth_cap",
        "where": {"partner_id": "acme"},
        "growth_max": "7%",
        "priority": 2,
    },
]


@given(total=st.integers(600, 720), parts=st.integers(2, 4), done=st.integers(1, 3))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_where_all_went_as_planned_the_plan_stays_to_the_byte(
    tmp_path: Path, total: int, parts: int, done: int
) -> None:
    periods = [f"P{n}" for n in range(parts)]
    over = periods[: min(done, parts - 1)]
    target = [{"name": "company target", "total": total}]
    allocation = write_plan(tmp_path, **ROUND, periods=periods, targets=target, add=WISHES)
    if allocation.state != "succeeded":
        return
    plan = (tmp_path / "plan.csv").read_text()
    rows = [line.split(",") for line in plan.splitlines()[1:]]
    text = "".join(f"{who},{metric},{part},{amount}\n" for who, metric, part, amount in rows if part in over)
    (tmp_path / "actuals.csv").write_text("partner_id,metric,period,amount\n" + text)
    again = {
        "scenario": "again",
        "extends": "plan.yaml",
        "replan": {"plan": "plan.csv", "done": over},
        "actuals": {"file": "actuals.csv"},
    }
    (tmp_path / "again.yaml").write_text(yaml.safe_dump(again))
    assert csv_text(targets_table(solved(tmp_path / "again.yaml"))).decode() == plan


@given(st.lists(st.integers(0, 200), min_size=3, max_size=3))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_second_re_plan_after_a_part_that_went_as_planned_changes_nothing(
    tmp_path: Path, amounts: list[int]
) -> None:
    write_plan(tmp_path, periods=["Q1", "Q2", "Q3", "Q4"])
    done = actuals_of(dict(zip(WHO, amounts, strict=True)), "Q1")
    first = _after(tmp_path, ["Q1"], "plan.csv", done)
    (tmp_path / "first.csv").write_bytes(csv_text(targets_table(first)))
    second_quarter = dict(zip(WHO, first.target.tolist()[:3], strict=True))
    done += actuals_of(second_quarter, "Q2").partition("\n")[2]
    assert rest(_after(tmp_path, ["Q1", "Q2"], "first.csv", done)) == rest(first)[3:]


def _after(folder: Path, parts: list[str], plan: str, actuals: str) -> Allocation:
    """The re-plan of a plan after some parts."""
    (folder / "actuals.csv").write_text(actuals)
    fields = {
        "scenario": "again",
        "extends": "plan.yaml",
        "replan": {"plan": plan, "done": parts},
        "actuals": {"file": "actuals.csv"},
    }
    (folder / "again.yaml").write_text(yaml.safe_dump(fields))
    return solved(folder / "again.yaml")


@given(st.lists(st.integers(0, 400), min_size=3, max_size=3))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_partner_is_lowered_where_the_bar_may_not_fall(tmp_path: Path, amounts: list[int]) -> None:
    write_plan(tmp_path)
    found = replanned(tmp_path, dict(zip(WHO, amounts, strict=True)), {**NEAR, "name": "bar"}, CEDAR)
    whole = whole_period(found)
    assert isinstance(whole, WholePeriod)
    assert found.audit is not None
    assert found.audit.verified
    assert bool((found.target >= whole.past.published[3:]).all())
    assert whole.placed.sum() == max(660, sum(amounts) + 330)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"replan": {"plan": "plan.csv"}}, "does-not-fit"),
        ({"replan": {"plan": "plan.csv", "done": ["H1", "H2"]}}, "does-not-fit"),
        ({"replan": {"plan": "plan.csv", "done": ["H3"]}}, "unknown-period"),
        ({"replan": {"plan": "nothing.csv", "done": ["H1"]}}, "missing-file"),
        ({"replan": {"plan": "partners.csv", "done": ["H1"]}}, "not-a-table"),
        ({"replan": {"plan": "other.csv", "done": ["H1"]}}, "plan-differs"),
        ({"actuals": None}, "missing-field"),
        ({"replan": None}, "does-not-fit"),
        ({"goals": [{"stay_close_to": "last"}]}, "does-not-fit"),
    ],
)
def test_what_a_re_plan_lacks_is_said(plan: Path, fields: dict[str, Any], code: str) -> None:
    (plan / "other.csv").write_text((plan / "plan.csv").read_text().replace("revenue", "sales"))
    (plan / "actuals.csv").write_text(actuals_of(BEHIND))
    again = {
        "scenario": "again",
        "extends": "plan.yaml",
        "replan": {"plan": "plan.csv", "done": ["H1"]},
        "actuals": {"file": "actuals.csv"},
        "add": [{**NEAR, "rise_max": "5%"}],
    }
    kept = {key: value for key, value in {**again, **fields}.items() if value is not None}
    (plan / "again.yaml").write_text(yaml.safe_dump(kept))
    with pytest.raises(Refused) as refused:
        load(plan / "again.yaml")
    assert code in [each.code for each in refused.value.findings]
