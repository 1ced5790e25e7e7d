"""`cascade compare`: two small years side by side, and why they differ."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from python_calamine import CalamineWorkbook
from small import PARTNERS, RULES, SCENARIO, write_conflict, write_small

from api.cli.main import cascade

LIGHTER = """\
scenario: lighter
title: A lighter year
extends: scenario.yaml
change:
  company target: {total: 630}
  within reach: {growth_max: 4%}
"""
PRINTED = """\
small | lighter

Placed
           small  lighter
  revenue    660      630  -4.5 %  USD

lighter against small
  revenue: 3 of 3 targets move: 3 down by 30

What moved them, one change after the other
  1. company target: total 660 → 630
     revenue: 2 of 3 targets move: 2 down by 30
  2. within reach: growth_max 5% → 4%
     revenue: 3 of 3 targets move: 2 up by 3, 1 down by 3

The 3 largest moves
  partner                      before  after  change          by 1.  by 2.
  birch    Birch & Sons, Ltd.     230    212     -18  -7.8 %    -20     +2
  acme     Acme                   115    106      -9  -7.8 %    -10     +1
  cedar    Cédar                  315    312      -3  -1.0 %            -3

Rules
                  small               lighter
  company target  held, binding on 1  held, binding on 1
  within reach    held, binding on 1  held, binding on 1

Stretch: lower quartile, median, upper quartile
                          small                 lighter
  all    +0.0 %  +4.5 %  +4.5 %  +0.0 %  +1.0 %  +1.0 %
  North  -2.3 %  +0.0 %  +2.3 %  -0.5 %  +0.0 %  +0.5 %
  South  +4.5 %  +4.5 %  +4.5 %  +1.0 %  +1.0 %  +1.0 %
"""


def compare(*arguments: object) -> Result:
    return CliRunner().invoke(cascade, ["compare", "--jobs", "1", *map(str, arguments)])


def pair(at: Path, variant: str = LIGHTER, **files: str) -> tuple[Path, Path]:
    """The small scenario, and a variant beside it."""
    path = write_small(at, **files)
    (at / "variant.yaml").write_text(variant)
    return path, at / "variant.yaml"


def against(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)["against_first"][0]
    return found


def test_a_lighter_year_by_hand(tmp_path: Path) -> None:
    """With 630 in all, fair shares are 105, 210 and 315, just what the cap of 5 % allows cedar: birch gives 20,
    acme 10. A cap of 4 % takes 3 of cedar's 315, which birch and acme carry as two to one.
    """
    run = compare(*pair(tmp_path))

    assert run.exit_code == 0, run.output
    assert run.stdout == PRINTED


def test_the_reasons_of_a_move_add_up(tmp_path: Path) -> None:
    found = against(compare(*pair(tmp_path), "--json"))

    assert [change["sentence"] for why in found["why"] for change in why["changes"]] == [
        "total 660 → 630",
        "growth_max 5% → 4%",
    ]
    assert [(why["changes"][0]["file"], why["changes"][0]["line"]) for why in found["why"]] == [
        ("variant.yaml", 5),
        ("variant.yaml", 6),
    ]
    assert {move["partner"]: (move["change"], move["why"]) for move in found["moves"]} == {
        "birch": ("-18", ["-20", "2"]),
        "acme": ("-9", ["-10", "1"]),
        "cedar": ("-3", ["0", "-3"]),
    }
    assert found["metrics"] == {
        "revenue": {
            "unit": "USD", "up": "0", "down": "30",
            "targets": 3, "targets_raised": 0, "targets_lowered": 3, "targets_new": 0, "targets_gone": 0,
            "partners": 3, "partners_raised": 0, "partners_lowered": 3, "partners_new": 0, "partners_gone": 0,
        }
    }  # fmt: skip


def test_the_order_of_the_file_decides_who_is_charged(tmp_path: Path) -> None:
    """Targets come before rules, whatever the order in which a variant changes them."""
    reordered = LIGHTER.replace("  company target: {total: 630}\n", "") + "  company target: {total: 630}\n"

    assert compare(*pair(tmp_path / "one")).stdout == compare(*pair(tmp_path / "two", reordered)).stdout


def test_processes_change_nothing_but_the_time(tmp_path: Path) -> None:
    paths = pair(tmp_path)

    assert compare(*paths, "--jobs", "2", "--json").stdout == compare(*paths, "--json").stdout


def test_the_order_of_partners_changes_nothing(tmp_path: Path) -> None:
    head, *lines = PARTNERS.splitlines()
    reordered = "\n".join([head, *lines[::-1], ""])

    one, other = compare(*pair(tmp_path / "one")), compare(*pair(tmp_path / "two", partners=reordered))

    assert one.stdout == other.stdout


def test_a_scenario_that_asks_the_same_moves_no_one(tmp_path: Path) -> None:
    run = compare(*pair(tmp_path, "scenario: same\nextends: scenario.yaml\ntitle: Another title\n"))

    assert "revenue: none of 3 targets moves" in run.stdout
    assert "the scenarios ask the same" in run.stdout


def test_changes_that_only_work_together_are_charged_together(tmp_path: Path) -> None:
    """The caps alone leave room for 630, so the total must come down before the conflict of caps is gone."""
    tight = "scenario: tight\nextends: scenario.yaml\nchange: {within reach: {where: null, growth_max: 4%}}\n"
    variant = tight + "targets: [{name: company target, metric: revenue, total: 600}]\n"
    paths = pair(tmp_path, variant)
    (tmp_path / "reversed.yaml").write_text(
        "scenario: back\nextends: variant.yaml\n"
        "change: {company target: {total: 660}, within reach: {growth_max: 5%, where: {partner_id: cedar}}}\n"
    )

    there, back = (
        compare(*paths, "--json"),
        compare(tmp_path / "variant.yaml", tmp_path / "reversed.yaml", "--json"),
    )

    assert [[each["sentence"] for each in why["changes"]] for why in against(there)["why"]] == [
        ["total 660 → 600"],
        ["where {partner_id: cedar} → none"],
        ["growth_max 5% → 4%"],
    ]
    assert [[each["sentence"] for each in why["changes"]] for why in against(back)["why"]] == [
        ["total 600 → 660", "growth_max 4% → 5%", "where none → {partner_id: cedar}"]
    ]


def test_partners_and_cells_are_reasons_too(tmp_path: Path) -> None:
    """Dune joins with a hundred: of 660 the four have 1, 2, 3 and 1 parts of 7, once cedar is capped at 315."""
    one = write_small(tmp_path / "one")
    two = write_small(
        tmp_path / "two", partners=PARTNERS.replace("South,200", "South,220") + "dune,Dune,West,100\n"
    )

    found = against(compare(one, two, "--json"))

    assert [why["changes"][0]["sentence"] for why in found["why"]] == [
        "last of birch 200 → 220",
        "1 partner joins",
    ]
    moves = {move["partner"]: move for move in found["moves"]}
    assert (moves["dune"]["before"], moves["dune"]["why"][0]) == (None, "0")
    assert found["metrics"]["revenue"]["partners_new"] == 1
    assert sum(int(move["change"]) for move in moves.values()) == 0


def test_columns_that_no_one_reads_are_no_reasons(tmp_path: Path) -> None:
    one = write_small(tmp_path / "one")
    two = write_small(tmp_path / "two", partners=PARTNERS.replace("South", "West"))

    assert against(compare(one, two, "--json"))["why"] == []


def test_two_folders_are_compared_without_solving(tmp_path: Path) -> None:
    paths = pair(tmp_path)
    for path in paths:
        CliRunner().invoke(cascade, ["solve", str(path), "-o", str(tmp_path / path.stem)])

    run = compare(tmp_path / "scenario", tmp_path / "variant")

    assert run.exit_code == 0
    assert "revenue: 3 of 3 targets move: 3 down by 30" in run.stdout
    assert "  inputs that differ: variant.yaml\n" in run.stdout
    assert "What moved them" not in run.stdout


def test_a_folder_and_a_scenario(tmp_path: Path) -> None:
    path, variant = pair(tmp_path)
    CliRunner().invoke(cascade, ["solve", str(path), "-o", str(tmp_path / "out")])

    solved = against(compare(path, variant, "--no-why", "--json"))
    assert against(compare(tmp_path / "out", variant, "--json")) == solved
    assert solved["explained"] is False


def test_a_folder_with_a_scenario_is_that_scenario(tmp_path: Path) -> None:
    path, variant = pair(tmp_path)

    assert compare(tmp_path, variant).stdout == compare(path, variant).stdout


def test_partners_that_look_like_formulas_are_the_same_in_folders(tmp_path: Path) -> None:
    partners = PARTNERS.replace("birch,", "=birch,").replace("acme,", "'acme,")
    path, variant = pair(tmp_path, partners=partners)
    CliRunner().invoke(cascade, ["solve", str(path), "-o", str(tmp_path / "out")])

    found = against(compare(tmp_path / "out", variant, "--json"))

    assert {move["partner"] for move in found["moves"]} == {"=birch", "'acme", "cedar"}
    assert found["metrics"]["revenue"]["partners_new"] == 0


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda out: (out / "allocation.csv").write_text("x"), "is not the one that result.json beside it"),
        (lambda out: (out / "allocation.csv").unlink(), "cannot be read"),
        (lambda out: (out / "result.json").write_text("[]"), "is not what `cascade solve -o` writes"),
        (lambda out: (out / "result.json").write_text("{"), "is not what `cascade solve -o` writes"),
    ],
)
def test_folders_that_were_tampered_with_are_refused(tmp_path: Path, spoil: Any, message: str) -> None:
    path, variant = pair(tmp_path)
    CliRunner().invoke(cascade, ["solve", str(path), "-o", str(tmp_path / "out")])
    spoil(tmp_path / "out")

    run = compare(tmp_path / "out", variant)

    assert run.exit_code == 2
    assert message in run.stderr


def test_several_are_each_compared_with_the_first(tmp_path: Path) -> None:
    path, variant = pair(tmp_path)
    (tmp_path / "third.yaml").write_text("scenario: third\nextends: scenario.yaml\nperiod: FY2028\n")

    document = json.loads(compare(path, variant, tmp_path / "third.yaml", "--json").stdout)

    assert [side["name"] for side in document["sides"]] == ["small", "lighter", "third"]
    assert [each["side"] for each in document["against_first"]] == ["lighter", "third"]
    assert document["against_first"][1]["moves"] == []
    assert [len(rule["sides"]) for rule in document["rules"]] == [3, 3]


def test_sides_of_one_name_are_called_by_their_paths(tmp_path: Path) -> None:
    one, two = write_small(tmp_path / "one"), write_small(tmp_path / "two")

    names = [side["name"] for side in json.loads(compare(one, two, "--json").stdout)["sides"]]

    assert names == [str(one), str(two)]


def test_rules_that_conflict_end_with_three_and_are_reported(tmp_path: Path) -> None:
    one, two = write_small(tmp_path / "one"), write_conflict(tmp_path / "two")

    run = compare(one, two)

    assert run.exit_code == 3
    assert f"{two}: these rules cannot all hold: company target, within reach" in run.stdout
    assert "nothing to compare: one of them has no targets" in run.stdout
    document = json.loads(compare(one, two, "--json").stdout)
    assert [side["state"] for side in document["sides"]] == ["succeeded", "infeasible"]
    assert document["sides"][1]["conflict"]["rules"]
    assert document["against_first"][0]["comparable"] is False


def test_amounts_in_two_currencies_are_never_subtracted(tmp_path: Path) -> None:
    one = write_small(tmp_path / "one")
    two = write_small(tmp_path / "two", scenario=SCENARIO.replace("unit: USD", "unit: EUR"))

    printed = compare(one, two).stdout
    document = json.loads(compare(one, two, "--json").stdout)["against_first"][0]

    assert "revenue: USD in the first and EUR in" in printed
    assert (document["other_units"], document["metrics"], document["moves"]) == (
        {"revenue": ["USD", "EUR"]},
        {},
        [],
    )


def test_mistakes_in_any_are_reported_for_all(tmp_path: Path) -> None:
    one = write_small(tmp_path / "one", rules=RULES.replace("5%", "five"))
    two = write_small(tmp_path / "two", scenario=SCENARIO.replace("total: 660", "total: many"))

    run = compare(one, two, "--json")

    assert run.exit_code == 1
    files = [finding["file"] for finding in json.loads(run.stdout)["findings"]]
    assert files == [str(tmp_path / "one" / "rules.yaml"), str(tmp_path / "two" / "scenario.yaml")]
    assert run.stderr.startswith("2 findings\n")


def test_findings_of_one_folder_are_reported_once_and_as_ever(tmp_path: Path) -> None:
    run = compare(*pair(tmp_path, rules=RULES.replace("{partner_id: cedar}", "{region: East}")))

    assert run.exit_code == 0
    assert run.stderr.startswith(f"1 warning\n{tmp_path}/rules.yaml:4:13: where-nobody:")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["one.yaml"], "name at least two"),
        (["one.yaml", "one.yaml"], "one.yaml is named twice"),
        (["one.yaml", "two.yaml", "-o", "moves.txt"], "moves.txt ends with none of .csv, .xlsx, .json"),
    ],
)
def test_mistakes_in_use(arguments: list[str], message: str) -> None:
    run = compare(*arguments)

    assert run.exit_code == 2
    assert message in run.stderr


def test_the_csv_holds_every_target_with_its_reasons(tmp_path: Path) -> None:
    run = compare(*pair(tmp_path), "-o", tmp_path / "moves.csv")

    assert run.stdout.endswith(f"\nwritten to {tmp_path / 'moves.csv'}\n")
    with (tmp_path / "moves.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    causes = ["company target: total 660 → 630", "within reach: growth_max 5% → 4%"]
    assert list(rows[0]) == [
        "against_first", "partner", "name", "metric", "before", "after", "change", "relative", "newly_at", "binding", *causes
    ]  # fmt: skip
    assert [
        (row["partner"], row["before"], row["after"], *(row[cause] for cause in causes)) for row in rows
    ] == [
        ("birch", "230", "212", "-20", "2"),
        ("acme", "115", "106", "-10", "1"),
        ("cedar", "315", "312", "0", "-3"),
    ]


def test_a_reason_with_commas_and_quotes_heads_one_column(tmp_path: Path) -> None:
    rules = RULES.replace("name: within reach", "name: 'reach, say \"35\"'")
    variant = "scenario: v\nextends: scenario.yaml\nchange: {'reach, say \"35\"': {growth_max: 4%}}\n"
    compare(*pair(tmp_path, variant, rules=rules), "-o", tmp_path / "moves.csv")

    with (tmp_path / "moves.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    assert header[-1] == 'reach, say "35": growth_max 5% → 4%'
    assert {len(row) for row in rows} == {len(header)}


def test_the_workbook_holds_five_sheets_and_the_same_bytes_every_time(tmp_path: Path) -> None:
    paths = pair(tmp_path)
    for name in ("one.xlsx", "two.xlsx"):
        compare(*paths, "-o", tmp_path / name)

    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()
    book = CalamineWorkbook.from_path(tmp_path / "one.xlsx")
    assert book.sheet_names == ["Totals", "Stretch", "Rules", "Why", "Moves"]
    assert book.get_sheet_by_name("Why").to_python()[1] == [
        "lighter", "company target: total 660 → 630", "revenue", 0, 2, 0, 2, 0, 30
    ]  # fmt: skip
    moves = book.get_sheet_by_name("Moves").to_python()
    assert [[row[1], *row[3:7]] for row in moves[1:]] == [
        ["birch", "revenue", 230, 212, -18],
        ["acme", "revenue", 115, 106, -9],
        ["cedar", "revenue", 315, 312, -3],
    ]


def test_the_json_file_is_what_json_prints(tmp_path: Path) -> None:
    run = compare(*pair(tmp_path), "-o", tmp_path / "moves.json", "--json")

    assert (tmp_path / "moves.json").read_text(encoding="utf-8") == run.stdout


def test_a_file_that_cannot_be_written_ends_with_four(tmp_path: Path) -> None:
    run = compare(*pair(tmp_path), "-o", tmp_path / "nowhere" / "moves.csv")

    assert run.exit_code == 4
    assert "cannot write" in run.stderr


def test_periods_have_a_column_and_adjustments_a_reason(tmp_path: Path) -> None:
    scenario = SCENARIO.replace("partners:", "periods: [H1, H2]\npartners:")
    variant = (
        "scenario: v\nextends: scenario.yaml\n"
        "adjustments: [{partner: acme, metric: revenue, period: H1, target: 50, by: me, reason: so}]\n"
    )
    paths = pair(tmp_path, variant, scenario=scenario)

    found = against(compare(*paths, "-o", tmp_path / "moves.csv", "--json"))

    assert [why["changes"][0]["subject"] for why in found["why"]] == ["adjustment of acme, revenue, H1"]
    acme = next(move for move in found["moves"] if (move["partner"], move["period"]) == ("acme", "H1"))
    assert acme["after"] == "50"
    with (tmp_path / "moves.csv").open(encoding="utf-8", newline="") as file:
        assert {row["period"] for row in csv.DictReader(file)} == {"H1", "H2"}


def test_many_changes_are_made_together_by_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.analysis.compare.attribution.MOST_SOLVES", 2)
    rules = RULES.replace("growth_max: 5%", "growth_max: 4%\n    allowance: 1\n    weight: 2")
    one = write_small(tmp_path / "one")
    two = write_small(tmp_path / "two", rules=rules, scenario=SCENARIO.replace("660", "650"))

    why = against(compare(one, two, "--json"))["why"]

    assert [[change["subject"] for change in each["changes"]] for each in why] == [
        ["company target"],
        ["within reach", "within reach", "within reach"],
    ]
