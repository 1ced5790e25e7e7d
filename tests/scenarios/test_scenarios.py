"""A scenario is read from its files, checked against its table, and every mistake is reported."""

import os
from datetime import date
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

import pytest
from scenario_files import PARTNERS, SCENARIO, TODAY, folder, read, sound

from scenarios import Goal, Place, Profile, Report, read_scenario


def test_a_scenario_holds_what_its_files_say(tmp_path: Path) -> None:
    scenario = sound(folder(tmp_path))
    assert (scenario.name, scenario.title, scenario.period, scenario.periods) == (
        "base",
        "A small one",
        "FY2021",
        (),
    )
    assert scenario.table.ids.tolist() == ["A1", "B2", "C3"]
    revenue = scenario.metrics["revenue"]
    assert (revenue.unit, revenue.round_to, revenue.baseline) == ("USD", 1, "fy2020")
    assert revenue.fair_share == {"fy2020": 1}
    assert (revenue.missing, revenue.phasing, str(revenue.place)) == (None, "even", "scenario.yaml:7:12")
    assert [(entry.name, entry.origin) for entry in (*scenario.targets, *scenario.rules)] == [
        ("company target", "target"),
        ("everyone grows", "rule"),
        ("within reach", "rule"),
    ]
    assert scenario.rules[0].data == {
        "name": "everyone grows",
        "kind": "growth_floor",
        "growth_min": "3%",
        "priority": 1,
    }
    assert str(scenario.rules[1].place) == "rules.yaml:6:5"


def test_every_file_read_is_hashed(tmp_path: Path) -> None:
    folder(tmp_path, variant="scenario: v\nextends: scenario.yaml\n")
    names = ["partners.csv", "rules.yaml", "scenario.yaml", "variant.yaml"]
    expected = {name: sha256((tmp_path / name).read_bytes()).hexdigest() for name in names}
    assert dict(sorted(sound(tmp_path, "variant.yaml").inputs.items())) == expected


def test_weights_come_to_one(tmp_path: Path) -> None:
    text = SCENARIO.replace(
        "baseline: fy2020", "baseline: fy2020, fair_share: {fy2020: 7, potential: 3, q1: 0}"
    )
    shares = sound(folder(tmp_path, scenario=text)).metrics["revenue"].fair_share
    assert shares == {"fy2020": Fraction(7, 10), "potential": Fraction(3, 10)}


def test_a_metric_may_have_a_fair_share_and_no_baseline(tmp_path: Path) -> None:
    text = SCENARIO.replace("baseline: fy2020", "fair_share: {potential: 1}")
    revenue = sound(folder(tmp_path, scenario=text)).metrics["revenue"]
    assert (revenue.baseline, revenue.fair_share) == (None, {"potential": 1})


FULL = SCENARIO.replace(
    "baseline: fy2020}", "baseline: fy2020, phasing: {columns: {H2: q2, H1: q1}, by: tier}}"
) + (
    """\
periods: [H1, H2]
goals:
  - {maximise: {potential: 2}, give_up: 2%}
  - {stay_close_to: fy2020, metric: revenue}
  - spread: least_deviation
cascade: [region, tier]
over_assign: {region: 2%, partner: 0.03}
missing: {potential: tier_median}
"""
)


def test_periods_goals_levels_and_policies_are_read(tmp_path: Path) -> None:
    scenario = sound(folder(tmp_path, scenario=FULL))
    assert scenario.periods == ("H1", "H2")
    phasing = scenario.metrics["revenue"].phasing
    assert isinstance(phasing, Profile)
    assert (list(phasing.columns.items()), phasing.by) == ([("H1", "q1"), ("H2", "q2")], "tier")
    assert scenario.goals[0] == Goal(
        maximise={"revenue": {"potential": Fraction(2)}},
        stay_close_to=None,
        spread=None,
        metric=None,
        give_up=Fraction(1, 50),
        place=Place("scenario.yaml", 13, 5),
    )
    assert [(goal.stay_close_to, goal.spread, goal.metric) for goal in scenario.goals[1:]] == [
        ("fy2020", None, "revenue"),
        (None, "least_deviation", None),
    ]
    assert scenario.cascade == ("region", "tier")
    assert scenario.over_assign == {"region": Fraction(1, 50), "partner": Fraction(3, 100)}
    assert scenario.missing == {"potential": "tier_median"}


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("H1: q1}", "H1: q3}", "scenario.yaml:7:87: unknown-column: no column 'q3'. There are: partner_id, "),
        ("H1: q1}", "H3: q1}", "scenario.yaml:7:74: missing-field: phasing has no column for H1. Add it."),
        (
            "by: tier",
            "by: tears",
            "scenario.yaml:7:96: unknown-column: no column 'tears'. Did you mean 'tier'?",
        ),
        (
            "[H1, H2]",
            "[H1, H2, H2]",
            "scenario.yaml:11:19: duplicate-name: 'H2' is a period already. List it once.",
        ),
        ("[region, tier]", "[region, tear]", "scenario.yaml:16:19: unknown-column: no column 'tear'. "),
        (
            "[region, tier]",
            "[region, region]",
            "scenario.yaml:16:19: duplicate-name: 'region' is a level already. ",
        ),
        (
            "{region: 2%",
            "{type: 2%",
            "scenario.yaml:17:15: unknown-name: 'type' is no level of the cascade. Levels: ",
        ),
        (
            "{potential: 2}",
            "{margin: 2}",
            "scenario.yaml:13:17: unknown-column: no column 'margin'. Did you mean 'region'?",
        ),
        ("{potential: 2}", "{name: 2}", "partners.csv:2: not-a-number: name is 'Acme' for A1. "),
        (
            "metric: revenue}\n  - spread",
            "metric: sales}\n  - spread",
            "scenario.yaml:14:37: unknown-metric: no metric ",
        ),
        (
            "{potential: tier",
            "{potentials: tier",
            "scenario.yaml:18:11: unknown-column: no column 'potentials'. ",
        ),
        (
            "period: FY2021",
            "period: ''",
            "scenario.yaml:3:9: bad-name: period is empty. Write plain visible text.",
        ),
    ],
)
def test_names_that_do_not_exist_are_reported(tmp_path: Path, old: str, new: str, line: str) -> None:
    assert old in FULL
    _, found = read(folder(tmp_path, scenario=FULL.replace(old, new)))
    assert found[0].startswith(line), found


def test_tier_medians_need_tiers(tmp_path: Path) -> None:
    text = FULL.replace("by: tier", "by: region").replace("[region, tier]", "[region]")
    partners = PARTNERS.replace(",tier,", ",level,")
    _, found = read(folder(tmp_path, scenario=text, **{"partners.csv": partners}))
    assert [line.split(". ")[0] for line in found] == [
        "scenario.yaml:18:22: unknown-column: no column 'tier'"
    ]


def test_an_empty_driver_cell_needs_a_policy(tmp_path: Path) -> None:
    partners = PARTNERS.replace("North,100", "North,")
    _, found = read(folder(tmp_path, **{"partners.csv": partners}))
    assert found == [
        "partners.csv:2: missing-value: fy2020 is empty for A1, and fair_share of revenue uses it. "
        "Fill it, or set missing: tier_median."
    ]
    for text in (SCENARIO.replace("round_to: 1", "missing: zero"), SCENARIO + "missing: {fy2020: zero}\n"):
        sound(folder(tmp_path, scenario=text, **{"partners.csv": partners}))


def test_weights_that_look_like_percentages_should_come_to_a_hundred(tmp_path: Path) -> None:
    text = SCENARIO.replace("baseline: fy2020", "fair_share: {fy2020: 70%, potential: 20%}")
    scenario, found = read(folder(tmp_path, scenario=text))
    assert found == [
        "scenario.yaml:7:49: weights-sum: weights of fair_share come to 90 %. "
        "They are used in proportion; correct them if 100 % was meant."
    ]
    assert scenario is not None
    assert scenario.metrics["revenue"].fair_share == {"fy2020": Fraction(7, 9), "potential": Fraction(2, 9)}


def test_a_driver_of_zeros_drives_nothing(tmp_path: Path) -> None:
    partners = PARTNERS.replace(",100,", ",0,").replace(",80,", ",0,").replace(",60,200", ",0,200")
    _, found = read(folder(tmp_path, **{"partners.csv": partners}))
    assert found == [
        "scenario.yaml:7:47: no-fair-share: fy2020 is zero for every partner. "
        "Choose a column that holds amounts."
    ]


def test_one_reading_reports_mistakes_in_every_file(tmp_path: Path) -> None:
    scenario, found = read(
        folder(
            tmp_path,
            scenario=SCENARIO.replace("title: A small one", "titel: A small one"),
            rules="rules:\n  - {kind: lock}\n  - {name: x, kind: lock}\n  - {name: x, kind: lock}\n",
            **{"partners.csv": PARTNERS.replace("60,200", "sixty,200")},
        )
    )
    assert scenario is not None
    assert [line.split(": ")[:2] for line in found] == [
        ["scenario.yaml:2:1", "unknown-field"],
        ["rules.yaml:2:5", "missing-field"],
        ["rules.yaml:4:12", "duplicate-name"],
        ["partners.csv:4", "not-a-number"],
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("../partners.csv", "path-outside"),
        ("/etc/passwd", "path-outside"),
        ("a/../../partners.csv", "path-outside"),
        ("link.csv", "path-outside"),
        ('"par\\0tners.csv"', "wrong-type"),
        ("pipe.csv", "missing-file"),
        (".", "missing-file"),
        ("partner.csv", "missing-file"),
        ("x" * 2000, "wrong-type"),
    ],
)
def test_a_path_stays_inside_and_names_a_plain_file(tmp_path: Path, content: str, message: str) -> None:
    inner = folder(tmp_path / "inner", scenario=SCENARIO.replace("partners.csv", content))
    (tmp_path / "partners.csv").write_text(PARTNERS)
    (inner / "link.csv").symlink_to(tmp_path / "partners.csv")
    os.mkfifo(inner / "pipe.csv")
    scenario, found = read(inner)
    assert scenario is None
    assert [line.split(": ")[1] for line in found] == [message]


def test_paths_count_from_the_file_that_names_them(tmp_path: Path) -> None:
    files = {
        "plans/base.yaml": SCENARIO.replace("rules.yaml", "../rules.yaml"),
        "plans/partners.csv": PARTNERS.replace("A1", "Z9"),
        "top.yaml": "scenario: top\nextends: plans/base.yaml\n",
    }
    scenario = sound(folder(tmp_path, **files), "top.yaml")
    assert scenario.table.ids.tolist() == ["Z9", "B2", "C3"]
    assert sorted(scenario.inputs) == ["plans/base.yaml", "plans/partners.csv", "rules.yaml", "top.yaml"]


def test_a_rule_where_a_rule_file_is_due_is_said(tmp_path: Path) -> None:
    text = SCENARIO.replace("rules.yaml", "{name: cap, kind: growth_cap, growth_max: 20%}")
    assert read(folder(tmp_path, scenario=text))[1] == [
        "scenario.yaml:10:9: wrong-type: rules.0 is a rule, where a rule file is due. "
        "Put it under rules: in a file of its own and list that file, such as rules.yaml."
    ]


def test_shipped_rule_sets_are_found_by_name(tmp_path: Path) -> None:
    shipped = tmp_path / "elsewhere" / "reseller.yaml"
    folder(tmp_path / "own", scenario=SCENARIO.replace("rules.yaml", "library:reseller, library:reselling"))
    folder(shipped.parent, reseller="rules:\n  - {name: shipped, kind: lock}\n")
    library = {"reseller": shipped}.get
    scenario, found = read(tmp_path / "own", library=library)
    assert found == [
        "scenario.yaml:10:27: unknown-library: no rule set 'library:reselling' ships. "
        "`cascade new --list` names the rule sets that ship."
    ]
    assert scenario is not None
    assert [(rule.name, str(rule.place)) for rule in scenario.rules] == [("shipped", "library:reseller:2:5")]
    assert "library:reseller" in scenario.inputs


def test_a_scenario_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    assert read(folder(tmp_path), "scenari.yaml") == (
        None,
        ["scenari.yaml: missing-file: there is no such file. Did you mean 'scenario.yaml'?"],
    )
    assert read(tmp_path / "nowhere")[1] == ["scenario.yaml: missing-file: there is no such file."]


ADJUSTED = SCENARIO + "adjustments:\n"
DECISION = (
    "  - {{partner: {partner}, metric: revenue, target: {target}, by: desk, {until}reason: second store}}\n"
)


def decided(partner: str, target: object, until: str = "") -> str:
    return DECISION.format(partner=partner, target=target, until=f"until: {until}, " if until else "")


def test_adjustments_count_until_their_day(tmp_path: Path) -> None:
    text = ADJUSTED + decided("A1", 120, "2021-06-30") + decided("B2", 90, "2021-06-29") + decided("C3", 0)
    scenario, found = read(folder(tmp_path, scenario=text))
    assert found == [
        "scenario.yaml:13:5: expired-adjustment: "
        "the adjustment of B2 ended on 2021-06-29 and is not applied. Remove it, or decide anew."
    ]
    assert scenario is not None
    assert [(each.partner, each.target) for each in scenario.adjustments] == [("A1", 120), ("C3", 0)]
    assert [(each.partner, each.until) for each in scenario.expired] == [("B2", date(2021, 6, 29))]
    first = scenario.adjustments[0]
    assert (first.by, first.reason, first.period, first.place.line) == ("desk", "second store", None, 12)


def test_adjustments_count_today_if_no_day_is_given(tmp_path: Path) -> None:
    folder(tmp_path, scenario=ADJUSTED + decided("A1", 120, "2021-06-30"))
    report = Report()
    scenario = read_scenario(tmp_path / "scenario.yaml", report)
    assert scenario is not None
    assert scenario.adjustments == ()
    assert not report.has_errors


def test_ids_that_are_digits_keep_their_zeros(tmp_path: Path) -> None:
    partners = PARTNERS.replace("A1", "0071").replace("B2", "42")
    text = ADJUSTED + decided("0071", 1) + decided("42", 2)
    scenario = sound(folder(tmp_path, scenario=text, **{"partners.csv": partners}))
    assert [each.partner for each in scenario.adjustments] == ["0071", "42"]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("A1", "A11", "scenario.yaml:12:15: unknown-partner: no partner 'A11'. Did you mean 'A1'?"),
        (
            "revenue, target",
            "sales, target",
            "scenario.yaml:12:27: unknown-metric: no metric 'sales'. There are: ",
        ),
        (
            "reason:",
            "period: Q1, reason:",
            "scenario.yaml:12:65: unknown-period: no period 'Q1'. The scenario has no ",
        ),
        ("by: desk, ", "", "scenario.yaml:12:5: missing-field: adjustments.0 has no by. Add by."),
        ("target: 5", "target: lots", "scenario.yaml:12:44: not-a-number: adjustments.0.target is 'lots'. "),
    ],
)
def test_mistakes_in_an_adjustment_are_reported(tmp_path: Path, old: str, new: str, line: str) -> None:
    text = ADJUSTED + decided("A1", 5).replace(old, new)
    assert read(folder(tmp_path, scenario=text))[1][0].startswith(line)


def test_a_thousand_decisions_are_read(tmp_path: Path) -> None:
    partners = "partner_id,tier,fy2020\n" + "".join(f"P{n},Gold,{n}\n" for n in range(1000))
    text = ADJUSTED + "".join(decided(f"P{n}", n, "2020-01-01" if n % 2 else "") for n in range(1000))
    scenario, found = read(folder(tmp_path, scenario=text, **{"partners.csv": partners}))
    assert scenario is not None
    assert (len(scenario.adjustments), len(scenario.expired), len(found)) == (500, 500, 500)


def test_the_day_asked_for_is_a_fixed_one_in_these_tests() -> None:
    assert date(2021, 6, 30) == TODAY
