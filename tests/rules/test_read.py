"""From the entries of a scenario to its rule book."""

from pathlib import Path
from random import Random
from typing import Any

from builders import read, scenario_file

from rules.text import rows_text

HEAD = "partner_id,tier,region,fy2026"
ROWS = ["acme,Gold,north,100", "borealis,Silver,north,60", "cumulus,Silver,south,40", "dunes,Gold,south,7.5"]
FIELDS: dict[str, Any] = {
    "metrics": {"revenue": {"unit": "USD", "baseline": "fy2026"}},
    "targets": [{"name": "company target", "metric": "revenue", "growth": "10%"}],
}
RULES = [
    {"name": "grow", "kind": "growth_floor", "growth_min": "3%", "where": {"region": ["north", "south"]}},
    {"name": "regions", "kind": "group_limit", "by": "region", "share_min": "5%"},
    {"name": "tiers", "kind": "even_within", "by": "tier", "band": "20%"},
    {"name": "new", "kind": "ramp", "months": "fy2026", "ramp": {0: "50%", 50: "150%"}},
]


def text(folder: Path, rows: list[str], head: str = HEAD) -> str:
    """Every row of the book."""
    _, book = read(scenario_file(folder, "\n".join([head, *rows]), rules=RULES, **FIELDS))
    return "".join(rows_text(each, book.frame) for each in book.rows)


def test_targets_come_first_then_rules_then_adjustments(tmp_path: Path) -> None:
    decided = {"partner": "acme", "metric": "revenue", "target": 120, "by": "desk", "reason": "second store"}
    path = scenario_file(tmp_path, "\n".join([HEAD, *ROWS]), rules=RULES, **FIELDS, adjustments=[decided])
    _, book = read(path)

    assert [rule.name for rule in book.rules] == [
        "company target",
        "grow",
        "regions",
        "tiers",
        "new",
        "adjustment of acme, revenue",
    ]
    assert book.number("tiers") == 3
    assert rows_text(book.rows[5], book.frame) == "acme: x[revenue] = 120\n"
    assert book.rules[5].reason == "second store (desk)"
    assert {place.file for place in book.places.values()} == {"scenario.yaml", "rules.yaml"}


def test_a_scenario_with_one_metric_need_not_name_it(tmp_path: Path) -> None:
    _, book = read(scenario_file(tmp_path, "\n".join([HEAD, *ROWS]), rules=RULES, **FIELDS))

    assert {rule.metric for rule in book.rules} == {"revenue"}


def test_the_order_of_partners_changes_no_row(tmp_path: Path) -> None:
    first = text(tmp_path, ROWS)

    for seed in range(4):
        shuffled = list(ROWS)
        Random(seed).shuffle(shuffled)
        assert text(tmp_path, shuffled) == first


def test_a_column_that_no_one_uses_changes_no_row(tmp_path: Path) -> None:
    assert text(tmp_path, [f"{row},{len(row)}" for row in ROWS], f"{HEAD},letters") == text(tmp_path, ROWS)
