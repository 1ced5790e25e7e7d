"""Objectives: scores by hand and by property, check-ins, where nothing can be said, and what is wrong with a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from test_standing import H1, HALF, HEAD, PARTNERS, SCENARIO

from api.analysis.errors import InvalidRequest
from api.analysis.objectives.document import ObjectivesDocument, ObjectivesRequest, ObjectiveTree
from api.analysis.objectives.run import objectives
from api.analysis.plan import Plan, read_plan
from api.cli.main import cascade
from api.output.objective_parts import grade_of
from api.output.resolved_scenario import resolved
from scenarios import Refused
from scenarios.actuals.facts import ActualsFile
from solver.tracking.scores import Reading, weighted_mean

OWN = "{name: hired, from: 0, to: 10, now: 6, by: recruiting, on: 2027-04-02}"
STATED = f"""\
  - name: the north stands on its own feet
    period: FY2027
    why: the desk opens in March
    by: head of channel
    cascade: [region, partner]
    key_results:
      - {{name: revenue, of: company target, where: {{region: north}}, weight: 2}}
      - {{name: all revenue, of: company target}}
      - {OWN}
"""


def plan_of(folder: Path, stated: str, **replaced: str) -> Plan:
    """The plan of the three partners with objectives."""
    text = SCENARIO + "objectives: objectives.yaml\n"
    for old, new in replaced.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "scenario.yaml").write_text(text)
    (folder / "partners.csv").write_text(PARTNERS)
    (folder / "objectives.yaml").write_text(f"objectives:\n{stated}")
    return read_plan(folder / "scenario.yaml")


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """55, 110 and 165 in each half, 660 in all; the north is acme and birch."""
    return plan_of(tmp_path_factory.mktemp("plan"), STATED)


def found(plan: Plan, *files: str, day: date | None = HALF, **request: Any) -> ObjectivesDocument:
    named = [ActualsFile((HEAD + text).encode(), f"{n}.csv", f"{n}.csv") for n, text in enumerate(files)]
    return objectives(plan, named, ObjectivesRequest(as_of=day, **request))


def first(document: ObjectivesDocument) -> ObjectiveTree:
    return document.objectives[0]


@pytest.mark.parametrize(
    ("start", "now", "to", "score"),
    [
        (0, 3, 6, "0.5"),  # re:Work: launch six features, three launched
        (32, 42, 45, "0.769231"),
        ("0.08", "0.06", "0.05", "0.666667"),  # churn falls
        (0, 7, 6, "1"),
        (10, 4, 20, "0"),
    ],
)
def test_a_key_result_is_scored_by_how_far_it_has_come(start: Any, now: Any, to: Any, score: str) -> None:
    reading = Reading(Fraction(start), Fraction(now), Fraction(to))
    assert reading.score is not None
    assert round(reading.score, 6) == Fraction(score)


def test_nothing_is_graded_before_anything_is_due_or_done() -> None:
    nothing, half = Fraction(0), Fraction(1, 2)
    assert grade_of(nothing, "aspirational", due=nothing) is None
    assert grade_of(nothing, "aspirational", due=half) == "red"
    assert grade_of(half, "aspirational", due=nothing) == "yellow"
    assert grade_of(nothing, "aspirational") == "red"


def test_an_objective_is_the_mean_of_its_key_results_by_weight() -> None:
    halves = [(Fraction(1), Fraction(each)) for each in ("0.5", "0.77", "0.67")]
    assert weighted_mean(halves) == Fraction("1.94") / 3  # 0.6467
    assert weighted_mean(
        [(Fraction(3), Fraction(1)), (Fraction(1), Fraction(0)), (Fraction(9), None)]
    ) == Fraction(3, 4)
    assert weighted_mean([(Fraction(0), Fraction(1)), (Fraction(1), None)]) is None


def test_milestones_and_targets_that_add_up_weigh_as_published() -> None:
    """A scoring table's milestones come to 0.7; targets of 100,000, 20,000 and 1,000 weigh by their size."""
    weights = ("0.2", "0.3", "0.2", "0.2", "0.1")
    met = [(Fraction(each), Fraction(done)) for each, done in zip(weights, (1, 1, 1, 0, 0), strict=True)]
    assert weighted_mean(met) == Fraction("0.7")
    by_size = [
        (Fraction(100_000), Fraction(1)),
        (Fraction(20_000), Fraction(0)),
        (Fraction(1_000), Fraction(0)),
    ]
    assert round(float(weighted_mean(by_size) or 0), 3) == 0.826


def test_key_results_are_read_off_the_plan_and_what_was_done(plan: Plan) -> None:
    document = found(plan, H1)
    one = first(document)
    assert [(each.name, each.now, each.to, each.due, each.score) for each in one.key_results] == [
        ("revenue", "160", "330", "165", "0.484848"),
        ("all revenue", "310", "660", "330", "0.469697"),
        ("hired", "6", "10", None, "0.6"),
    ]
    assert one.score == "0.509848"  # (2 · 160/330 + 310/660 + 0.6) / 4
    assert one.grade == "yellow"
    assert [each.due_score for each in one.key_results] == ["0.5", "0.5", None]
    assert document.parts[0].over == "1"


def test_nodes_are_scored_by_the_sums_of_their_partners(plan: Plan) -> None:
    one = first(found(plan, H1))
    scores = {
        node.path: (node.score, {name: each.now for name, each in node.key_results.items()})
        for node in one.nodes
    }
    assert scores == {
        ("north",): ("0.484848", {"revenue": "160", "all revenue": "160"}),
        ("north", "acme"): ("0.363636", {"revenue": "40", "all revenue": "40"}),
        ("north", "birch"): ("0.545455", {"revenue": "120", "all revenue": "120"}),
        ("south",): ("0.454545", {"all revenue": "150"}),
        ("south", "cedar"): ("0.454545", {"all revenue": "150"}),
    }
    assert [node.level for node in first(found(plan, H1, to="region")).nodes] == ["region", "region"]
    assert first(found(plan, H1, to="company")).nodes == ()
    with pytest.raises(InvalidRequest):
        found(plan, H1, to="country")


@given(amounts=st.lists(st.integers(0, 400), min_size=3, max_size=3))
def test_every_node_is_the_mean_of_its_partners_by_size(plan: Plan, amounts: list[int]) -> None:
    """Scores are exact: with none clipped, a node's is Σ to · score / Σ to of the partners below it."""
    targets = {"acme": 110, "birch": 220, "cedar": 330}
    done = dict(zip(targets, amounts, strict=True))
    rows = "".join(f"{who},revenue,H1,{amount},\n" for who, amount in done.items())
    nodes = {node.path: node.key_results["all revenue"] for node in first(found(plan, rows)).nodes}
    for path, below in ((("north",), ("acme", "birch")), (("south",), ("cedar",))):
        exact = min(
            Fraction(1), Fraction(sum(done[who] for who in below), sum(targets[who] for who in below))
        )
        assert Fraction(nodes[path].score or 0) == round(exact, 6)


def test_means_of_ratios_are_not_taken(tmp_path: Path) -> None:
    """Of 100, 20 and 1 with 0, 20 and 1 done, 21 of 121 is reached, and not two thirds."""
    plan = plan_of(
        tmp_path,
        "  - {name: o, key_results: [{name: revenue, of: company target}]}\n",
        **{"total: 660": "total: 121"},
    )
    (tmp_path / "partners.csv").write_text("partner_id,region,last\nacme,n,100\nbirch,n,20\ncedar,n,1\n")
    plan = read_plan(tmp_path / "scenario.yaml")
    rows = "acme,revenue,H1,0,\nbirch,revenue,H1,20,\ncedar,revenue,H1,1,\n"
    assert first(found(plan, rows)).score == "0.173554"


def test_a_part_of_the_period_and_the_start_before(tmp_path: Path) -> None:
    stated = "  - {name: o, period: H1, key_results: [{name: growth, of: company target, from: baseline}]}\n"
    result = first(found(plan_of(tmp_path, stated), H1)).key_results[0]
    assert (result.start, result.now, result.to) == ("300", "310", "330")
    assert result.score == "0.333333"


def test_what_others_did_counts_where_it_is_about_everybody(plan: Plan) -> None:
    rows = H1 + "drift,revenue,H1,20,\n"
    results = first(found(plan, rows, unassigned="keep")).key_results
    assert [each.now for each in results] == ["160", "330", "6"]


def test_the_last_check_in_by_the_day_counts(tmp_path: Path) -> None:
    stated = (
        "  - name: o\n    key_results:\n      - {name: churn, from: 8%, to: 5%, check_ins:\n"
        "          [{on: 2027-06-30, now: 6%}, {on: 2027-03-31, now: 7%, by: ops, note: two renewals}]}\n"
    )
    plan = plan_of(tmp_path, stated)
    result = first(found(plan)).key_results[0]
    assert (result.unit, result.now, result.score) == ("%", "0.06", "0.666667")
    assert [(one.on, one.now) for one in result.check_ins] == [(date(2027, 3, 31), "0.07"), (HALF, "0.06")]
    earlier = first(found(plan, day=date(2027, 5, 1)))
    assert earlier.key_results[0].score == "0.333333"
    before = found(plan, day=date(2027, 1, 1))
    assert (first(before).score, before.objectives[0].key_results[0].now) == (None, None)
    assert "no-score" in [each.code for each in before.findings]
    late = found(plan, day=date(2027, 12, 31))
    assert "check-in-old" in [each.code for each in late.findings]


def test_check_ins_beside_the_scenario_come_later(plan: Plan) -> None:
    one = {
        "objective": "the north stands on its own feet",
        "key_result": "hired",
        "on": "2027-06-01",
        "now": "8.5",
    }
    results = first(found(plan, H1, check_ins=[one, {**one, "now": 9}])).key_results
    assert results[2].now == "9"
    assert [each.now for each in results[2].check_ins] == ["6", "9"]
    for wrong in ({"key_result": "revenue"}, {"key_result": "hires"}, {"objective": "another"}):
        document = found(plan, H1, check_ins=[{**one, **wrong}])
        assert "check-in-unknown" in [each.code for each in document.findings]
        assert first(document).key_results[2].now == "6"


def test_without_actuals_only_what_states_its_numbers_can_be_scored(plan: Plan, tmp_path: Path) -> None:
    without = found(plan)
    assert (first(without).score, [each.score for each in first(without).key_results]) == (
        "0.6",
        [None, None, "0.6"],
    )
    measured = first(without).key_results
    assert [(each.start, each.now, each.to) for each in measured[:2]] == [
        ("0", None, "330"),
        ("0", None, "660"),
    ]
    assert [each.code for each in without.findings] == ["no-score", "no-score"]
    alone = plan_of(tmp_path, f"  - {{name: o, key_results: [{OWN}]}}\n")
    assert first(found(alone)).score == "0.6"
    (tmp_path / "scenario.yaml").write_text(SCENARIO)
    with pytest.raises(InvalidRequest, match="no objectives"):
        found(read_plan(tmp_path / "scenario.yaml"))


def test_objectives_may_stand_in_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "partners.csv").write_text(PARTNERS)
    inline = f"objectives: {{objectives: [{{name: o, key_results: [{OWN}]}}]}}\n"
    (tmp_path / "scenario.yaml").write_text(SCENARIO + inline)
    plan = read_plan(tmp_path / "scenario.yaml")
    assert first(found(plan)).score == "0.6"
    assert resolved(plan.scenario)["objectives"]["objectives"][0]["name"] == "o"


@pytest.mark.parametrize(
    ("score", "committed", "aspirational"),
    [("1", "green", "green"), ("0.99", "yellow", "green"), ("0.7", "yellow", "green"), ("0.69", "red", "yellow"),
     ("0.4", "red", "yellow"), ("0.39", "red", "red")],
)  # fmt: skip
def test_a_commitment_is_green_at_one_and_an_aspiration_from_seven_tenths(
    score: str, committed: str, aspirational: str
) -> None:
    assert grade_of(Fraction(score), "committed") == committed
    assert grade_of(Fraction(score), "aspirational") == aspirational


def mistakes(folder: Path, stated: str, **replaced: str) -> Iterator[str]:
    try:
        plan_of(folder, stated, **replaced)
    except Refused as refused:
        yield from (
            f"{each.place.line}: {each.code}" for each in refused.findings if each.severity == "error"
        )


KEY = "  - {name: o, key_results: [{name: k, "


@pytest.mark.parametrize(
    ("stated", "codes"),
    [
        (KEY + "of: company targte}]}\n", ["2: unknown-name"]),
        (KEY + "of: company target, where: {region: west}}]}\n", ["2: where-nobody"]),
        (KEY + "of: company target, where: {country: west}}]}\n", ["2: unknown-column"]),
        (KEY + "of: company target, where: {}}]}\n", ["2: bad-value"]),
        (KEY + "of: company target, to: 5}]}\n", ["2: bad-value"]),
        (KEY + "of: company target, from: 5}]}\n", ["2: bad-value"]),
        (KEY + "from: 5, to: 5, now: 3}]}\n", ["2: bad-value"]),
        (KEY + "from: 5, to: 8}]}\n", ["2: missing-field"]),
        (KEY + "to: 8, now: 3}]}\n", ["2: missing-field"]),
        (KEY + "where: {region: north}, from: 1, to: 8, now: 3}]}\n", ["2: bad-value"]),
        (KEY + "from: 1, to: 8, on: 2027-01-01, now: 3, check_ins: [{on: 2027-01-01, now: 4}]}]}\n", ["2: bad-value"]),
        (KEY + "from: 1, to: 8, now: 3}, {name: k, from: 1, to: 8, now: 3}]}\n", ["2: duplicate-name"]),
        (f"  - {{name: o, period: H3, key_results: [{OWN}]}}\n", ["2: unknown-period"]),
        (f"  - {{name: o, cascade: [country], key_results: [{OWN}]}}\n", ["2: unknown-column"]),
        (f"  - {{name: o, cascade: [partner, region], key_results: [{OWN}]}}\n", ["2: bad-value"]),
        (f"  - {{name: o, key_results: [{OWN}]}}\n  - {{name: o, key_results: [{OWN}]}}\n", ["3: duplicate-name"]),
        ("  []\n", ["2: out-of-range"]),
    ],
)  # fmt: skip
def test_mistakes_are_found_where_they_stand(tmp_path: Path, stated: str, codes: list[str]) -> None:
    assert list(mistakes(tmp_path, stated)) == codes


def test_a_file_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        plan_of(tmp_path, STATED, **{"objectives.yaml": "objective.yaml"})
    assert [each.code for each in refused.value.findings] == ["missing-file"]


def test_the_command_prints_writes_and_track_shows_them_too(plan: Plan, tmp_path: Path) -> None:
    plan_of(tmp_path, STATED)
    (tmp_path / "actuals.csv").write_text(HEAD + H1)
    words = [str(tmp_path / "scenario.yaml"), str(tmp_path / "actuals.csv"), "--as-of", "2027-06-30"]
    printed = CliRunner().invoke(cascade, ["objectives", *words])
    assert printed.exit_code == 0, printed.output
    assert "the north stands on its own feet: 0.51 yellow" in printed.output
    assert "birch  0.55 yellow" in printed.output
    document = json.loads(CliRunner().invoke(cascade, ["objectives", *words, "--json"]).stdout)
    assert document == found(plan, H1).data()
    tracked = CliRunner().invoke(cascade, ["track", *words])
    assert "the north stands on its own feet: 0.51 yellow" in tracked.output
    standing = json.loads(CliRunner().invoke(cascade, ["track", *words, "--json"]).stdout)
    shared = {
        name: value for name, value in document["objectives"][0].items() if name not in ("levels", "nodes")
    }
    assert standing["objectives"] == [shared]
    for name in ("o.csv", "o.json", "o.xlsx"):
        assert CliRunner().invoke(cascade, ["objectives", *words, "-o", str(tmp_path / name)]).exit_code == 0
    assert openpyxl.load_workbook(tmp_path / "o.xlsx").sheetnames == ["Nodes", "Key results"]
