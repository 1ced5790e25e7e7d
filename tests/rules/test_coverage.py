"""Coverage: a branch counts where a case looks at a row that it makes, and nowhere else."""

import re
from pathlib import Path

import pytest
from suites import coverage, missing, runs, suite

from api.analysis.rule_tests import solve_case as solve
from rules import KINDS
from rules.cases import RULE, read_cases
from rules.testing import RuleUnderTest, Suite, cover, run_case
from scenarios import Place, Report

CASES = Path(__file__).parents[1] / "cases"

CAP = "  - {name: cap, kind: growth_cap, growth_max: 20%, allowance: 60}\n"
# acme 120, borealis 72, cumulus 60: the allowance speaks of cumulus alone.
ROWS = """\
  - name: all caps
    rule: cap
    rows: |
      acme: x[revenue] <= 120
      borealis: x[revenue] <= 72
      cumulus: x[revenue] <= 60
"""


def case(rule: str, **expected: str) -> str:
    fields = "".join(f", {name}: {value}" for name, value in expected.items())
    return f"  - {{name: a case, rule: {rule}{fields}}}\n"


def test_rows_written_out_exercise_what_they_show(tmp_path: Path) -> None:
    found = coverage(tmp_path, CAP, ROWS)

    assert found.cases == 1
    assert [(branch.name, branch.cases) for branch in found.branches] == [("growth_max", 1), ("allowance", 1)]


def test_targets_exercise_what_binds_them(tmp_path: Path) -> None:
    assert missing(tmp_path, CAP, case("cap", target="{acme: 110}")) == ("growth_max", "allowance")
    tight = CAP.replace("60", "42").replace("20%", "11%")  # cumulus, at 44.4 by growth, is not in need of it
    assert missing(tmp_path, tight, case("cap", binds="[]")) == ("growth_max", "allowance")
    lower = CAP.replace("allowance: 60", "where: {partner_id: acme}")
    bound = lower.replace("20%", "5%")
    assert missing(tmp_path, bound, case("cap", target="{acme: 105}")) == ("where partner_id, others",)[1:]


def test_a_rule_without_cases_has_nothing_exercised(tmp_path: Path) -> None:
    two = CAP + "  - {name: floor, kind: growth_floor, growth_min: 1%}\n"
    of = suite(tmp_path, two, case("cap", binds="[]"))
    _, floor = cover(of, runs(of))

    assert (floor.rule, floor.cases, floor.missing) == ("floor", 0, ("growth_min",))


def test_rules_beside_count_where_they_bind(tmp_path: Path) -> None:
    two = CAP.replace("20%", "5%") + "  - {name: floor, kind: growth_floor, growth_min: 1%}\n"
    of = suite(tmp_path, two, case("floor", beside="[cap]", target="{acme: 105}"))
    cap, floor = cover(of, runs(of))

    assert (cap.cases, cap.missing) == (1, ("allowance",))
    assert floor.missing == ("growth_min",)


def test_each_tier_of_a_minimum_is_a_branch(tmp_path: Path) -> None:
    rule = "  - {name: floor, kind: tier_minimum, minimum: {Gold: 10, Silver: 50, Bronze: 5}}\n"
    # cumulus alone is lifted.
    assert missing(tmp_path, rule, case("floor", target="{cumulus: 50}")) == (
        "minimum.Gold",
        "minimum.Bronze",
    )


def test_each_side_of_a_limit_is_a_branch(tmp_path: Path) -> None:
    rule = "  - {name: north, kind: group_limit, where: {region: north}, share_min: 10%, share_max: 70%}\n"
    # The most binds; the least does not.
    assert missing(tmp_path, rule, case("north", target="{cumulus: 66}")) == ("share_min",)


def test_a_band_has_two_sides(tmp_path: Path) -> None:
    rule = "  - {name: alike, kind: even_within, where: {region: north}, band: 10%}\n"
    locked = "{adjustments: [{partner: acme, metric: revenue, target: 90, by: x, reason: y}]}"
    found = missing(tmp_path, rule, case("alike", binds="[borealis]", scenario=locked))

    assert "band, from above" not in found
    assert "band, from below" in found
    assert found[-1].startswith("spares groups of one")


def test_words_and_others_of_where_are_branches(tmp_path: Path) -> None:
    rule = (
        "  - {name: floor, kind: growth_floor, growth_min: 0, where: {tier: [Gold, Silver], region: north}}\n"
    )
    everybody = case("floor", rows='"acme: x[revenue] >= 100\\nborealis: x[revenue] >= 60\\n"')
    assert missing(tmp_path, rule, everybody) == ("where tier, others",)
    assert "where tier Gold" in missing(tmp_path, rule, case("floor", binds="[]"))


def test_what_not_leaves_out_is_a_branch(tmp_path: Path) -> None:
    rule = "  - {name: floor, kind: growth_floor, growth_min: 0%, where: {not: {region: south}}}\n"
    north = "acme: x[revenue] >= 100\\nborealis: x[revenue] >= 60\\n"
    assert missing(tmp_path, rule, case("floor", rows=f'"{north}"')) == ()
    alone = '"partner_id region last\\nacme north 100\\n"'
    alone_case = case("floor", partners=alone, rows='"acme: x[revenue] >= 100\\n"')
    assert missing(tmp_path, rule, alone_case) == ("where not, others",)


def test_the_ends_of_a_range_are_branches(tmp_path: Path) -> None:
    rule = "  - {name: floor, kind: growth_floor, growth_min: 0%, where: {last: {min: 50, max: 80}}}\n"
    found = coverage(tmp_path, rule, case("floor", rows='"borealis: x[revenue] >= 60\\n"'))

    assert found.missing == ()
    assert [branch.name for branch in found.branches] == [
        "growth_min",
        "where last, others",
        "where last min, others",
        "where last max, others",
    ]


def test_entries_of_a_list_are_branches(tmp_path: Path) -> None:
    rule = "  - {name: best, kind: personal_best, columns: [last, reached]}\n"
    # No one reached more than last year.
    rows = '"acme: x[revenue] >= 100\\nborealis: x[revenue] >= 60\\ncumulus: x[revenue] >= 40\\n"'
    assert missing(tmp_path, rule, case("best", rows=rows)) == ("columns.reached",)


def test_a_rule_without_numbers_is_exercised_by_its_rows(tmp_path: Path) -> None:
    rule = "  - {name: bar, kind: ratchet, last_target: asked, last_actual: reached}\n"

    assert missing(tmp_path, rule, case("bar", target="{acme: 120}")) == ()
    reached = '"partner_id last asked reached\\nborealis 100 50 60\\n"'
    assert missing(tmp_path, rule, case("bar", partners=reached, rows="''")) == ("its rows",)
    missed = '"partner_id last asked reached\\nacme 100 120 90\\n"'
    stated = case("bar", partners=missed, rows='"acme: x[revenue] >= 120\\n"')
    assert missing(tmp_path, rule, stated) == ("spares who reached the last target",)


def test_rounding_of_a_growth_does_not_hide_it(tmp_path: Path) -> None:
    rule = "  - {name: grown, kind: company_target, growth: 10%}\n"
    whole = "{metrics: {revenue: {unit: USD, round_to: 50, baseline: last}}, targets: []}"
    assert missing(tmp_path, rule, case("grown", scenario=whole, binds="[together]")) == ()


def test_a_conflict_exercises_the_rules_that_conflict(tmp_path: Path) -> None:
    beyond = "{targets: [{name: company target, metric: revenue, total: 300}]}"
    assert missing(tmp_path, CAP, case("cap", scenario=beyond, conflict="[company target, cap]")) == ()


@pytest.mark.parametrize("finding", ['"no such"', "''"])
def test_a_refused_case_exercises_nothing(tmp_path: Path, finding: str) -> None:
    refused = case("cap", partners='"partner_id last\\nacme x\\n"', finding=finding)
    assert missing(tmp_path, CAP, refused) == ("growth_max", "allowance")


@pytest.mark.parametrize("kind", KINDS)
def test_the_cases_of_a_kind_exercise_all_that_it_can_say(kind: str) -> None:
    """Of each field some case exercises something: both sides of a limit, every list, whom it spares."""
    exercised: dict[str, int] = {}
    for case in read_cases(CASES / f"{kind}.yaml", Report()):
        run = run_case(case, solve)
        if run.book is not None:
            rule = run.book.rules[run.book.number(RULE)]
            (found,) = cover(
                Suite({RULE: RuleUnderTest(case.rules[0], rule, Place("cases.yaml"))}, ()), [run]
            )
            for branch in found.branches:
                field = re.sub(r"\.[^,]*", "", branch.name)
                exercised[field] = exercised.get(field, 0) + branch.cases

    own = {field: cases for field, cases in exercised.items() if not field.startswith("where")}
    sided = {field.partition(",")[0] for field in own if ", from" in field}
    assert own
    assert [field for field, cases in own.items() if not cases and field not in sided] == []
