"""What is found when rules, metrics and partner table are held against one another."""

from pathlib import Path
from typing import Any

from builders import TODAY, scenario_file

from rules import library, read_book
from scenarios import Report, read_scenario

REVENUE = {"unit": "USD", "baseline": "fy2026", "fair_share": {"potential": 1}}
TARGETS = [{"name": "company target", "metric": "revenue", "total": 22}]
HEAD = "partner_id,tier,fy2026,potential,plan"


def findings(folder: Path, rows: list[str], *rules: dict[str, Any], **fields: Any) -> list[str]:
    """Everything found, without the positions in files that are written in one line."""
    given = {"metrics": {"revenue": REVENUE}, "targets": TARGETS}
    path = scenario_file(folder, "\n".join([HEAD, *rows]), rules=rules, **(given | fields))
    report = Report()
    scenario = read_scenario(path, report, library=library, as_of=TODAY)
    assert scenario is not None
    book = read_book(scenario, report)
    assert (book is None) == report.has_errors
    return [str(f) if f.place.file == "partners.csv" else f"{f.code}: {f.message}" for f in report.findings]


def test_a_baseline_is_checked_though_no_rule_uses_it(tmp_path: Path) -> None:
    assert findings(tmp_path, ["acme,Gold,,5,1", "borealis,Gold,-3,5,1", "cumulus,Gold,much,5,1"]) == [
        "partners.csv:2: missing-value: fy2026 is empty for acme, and baseline of revenue uses it. "
        "Fill it (0 means none), or declare missing: {fy2026: zero} or tier_median.",
        "partners.csv:3: negative-amount: fy2026 is -3 for borealis. Amounts are zero or more.",
        "partners.csv:4: not-a-number: fy2026 is 'much' for cumulus. Write a plain number such as 1200.50.",
    ]


def test_columns_of_a_phasing_are_checked(tmp_path: Path) -> None:
    phasing = {"columns": {"H1": "potential", "H2": "plan"}}
    metrics = {"revenue": REVENUE | {"phasing": phasing}}

    assert findings(tmp_path, ["acme,Gold,3,5,"], metrics=metrics, periods=["H1", "H2"]) == [
        "partners.csv:2: missing-value: plan is empty for acme, and phasing of revenue uses it. "
        "Fill it (0 means none), or declare missing: {plan: zero} or tier_median."
    ]


def test_a_policy_of_the_metric_or_the_scenario_fills_gaps(tmp_path: Path) -> None:
    rows = ["acme,Gold,,5,1"]
    filled = {"revenue": REVENUE | {"missing": "zero"}}

    assert findings(tmp_path, rows, metrics=filled) == []
    assert findings(tmp_path, rows, missing={"fy2026": "zero"}) == []


def test_a_cell_is_reported_for_once(tmp_path: Path) -> None:
    """The driver, the headroom and the plan all use the empty cell."""
    rules = [
        {"name": "one", "kind": "headroom", "column": "potential", "share_max": "100%"},
        {"name": "two", "kind": "hold_harmless", "plan": "potential", "drop_max": "10%"},
    ]
    found = findings(tmp_path, ["acme,Gold,3,5,1", "borealis,Gold,3,,1"], *rules)

    assert len(found) == 1
    assert "potential is empty for borealis, and fair_share of revenue uses it" in found[0]


def test_of_many_cells_the_first_are_reported(tmp_path: Path) -> None:
    rows = [f"p{number:02},Gold,3,5," for number in range(25)]
    rules = [
        {"name": name, "kind": "hold_harmless", "plan": "plan", "drop_max": "10%"} for name in ("one", "two")
    ]
    found = findings(tmp_path, rows, *rules)

    assert len(found) == 20
    assert "plan is empty for p19, and rule 'one' uses it; so are 5 more cells of this column." in found[-1]


def test_only_partners_whom_the_rule_speaks_of_need_a_cell(tmp_path: Path) -> None:
    plan = {
        "name": "plan",
        "kind": "hold_harmless",
        "plan": "plan",
        "drop_max": "10%",
        "where": {"tier": "Gold"},
    }

    assert findings(tmp_path, ["acme,Gold,3,5,1", "borealis,Silver,3,5,"], plan) == []


def test_a_column_that_where_compares_is_needed_for_everybody(tmp_path: Path) -> None:
    grow = {"name": "grow", "kind": "growth_floor", "growth_min": "1%"}
    rows = ["acme,Gold,3,5,1", "borealis,Silver,3,5,"]

    found = findings(tmp_path, rows, grow | {"where": {"plan": {"min": 1}}})
    assert [each.partition(". Fill")[0] for each in found] == [
        "partners.csv:3: missing-value: plan is empty for borealis, and where of 'grow' uses it"
    ]
    assert findings(tmp_path, rows, grow | {"where": {"plan": {"min": 1, "empty": False}}}) == []


def test_where_may_compare_with_negative_numbers(tmp_path: Path) -> None:
    grow = {"name": "grow", "kind": "growth_floor", "growth_min": "1%", "where": {"plan": {"max": 0}}}

    assert findings(tmp_path, ["acme,Gold,3,5,-1", "borealis,Silver,3,5,2"], grow) == []


def test_a_word_that_no_one_has_and_a_where_that_no_one_meets(tmp_path: Path) -> None:
    grow = {"name": "grow", "kind": "growth_floor", "growth_min": "1%"}
    rows = ["acme,Gold,3,5,1", "borealis,Silver,3,5,2"]

    assert findings(tmp_path, rows, grow | {"where": {"tier": ["Gold", "Golden"]}}) == [
        "where-nobody: no partner has tier 'Golden'"
    ]
    assert findings(tmp_path, rows, grow | {"where": {"plan": [1, 7]}}) == [
        "where-nobody: no partner has plan 7"
    ]
    assert findings(tmp_path, rows, grow | {"where": {"tier": "Gold", "plan": 2}}) == [
        "where-nobody: where of 'grow' matches no partner"
    ]


def test_every_wrong_name_of_a_rule_is_reported_at_once(tmp_path: Path) -> None:
    limit = {
        "name": "limit",
        "kind": "capacity_limit",
        "uses": {"revenues": 1},
        "capacity": {"plans": 1},
        "where": {"teir": "Gold"},
        "period": "Q1",
    }

    assert findings(tmp_path, ["acme,Gold,3,5,1"], limit) == [
        "unknown-metric: no metric 'revenues'",
        "unknown-column: no column 'plans'",
        "unknown-column: no column 'teir'",
        "unknown-period: no period 'Q1'; the scenario has none",
    ]


def test_many_like_partners_are_too_many_to_compare(tmp_path: Path) -> None:
    even = {"name": "even", "kind": "even_within", "band": "10%"}
    rows = [f"p{number:04},Gold,3,5,1" for number in range(1001)]

    message = "it compares partners with one another in 1,002,001 pairs, and 1,000,000 is the most"

    assert findings(tmp_path, rows, even) == [f"does-not-fit: rule 'even': {message}"]


def test_an_adjustment_and_a_rule_of_its_name(tmp_path: Path) -> None:
    lock = {"name": "adjustment of acme, revenue", "kind": "growth_floor", "growth_min": "1%"}
    decided = {"partner": "acme", "metric": "revenue", "target": 5, "by": "desk", "reason": "asked for"}

    assert findings(tmp_path, ["acme,Gold,3,5,1"], lock, adjustments=[decided]) == [
        "duplicate-name: a rule is called 'adjustment of acme, revenue' already"
    ]
