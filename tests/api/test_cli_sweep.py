"""`cascade sweep`: a small year over a grid, with corners where nothing is possible."""

import csv
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from python_calamine import CalamineWorkbook
from small import RULES, SCENARIO, write_conflict, write_small

from api.cli.main import cascade

EVERYONE = RULES.replace("    where: {partner_id: cedar}\n", "")
"""The cap on growth is everyone's."""
GRID = ("--set", "within reach.growth_max=5%:15%:5%", "--set", "company target.total=600,660,720")
PRINTED = """\
small: 5 of 9 points feasible
  within reach.growth_max  company target.total              placed  stretch  spread  gave way
                       5%                   600                 600   +0.0 %   0.0 %
                       5%                   660  infeasible                           cannot all hold: company target, within reach
                       5%                   720  infeasible                           cannot all hold: company target, within reach
                      10%                   600                 600   +0.0 %   0.0 %
                      10%                   660                 660   +0.0 %   0.0 %
                      10%                   720  infeasible                           cannot all hold: company target, within reach
                      15%                   600                 600   +0.0 %   0.0 %
                      15%                   660                 660   +0.0 %   0.0 %
                      15%                   720  infeasible                           cannot all hold: company target, within reach

What is feasible
  company target.total  within reach.growth_max
                   600  5% to 15%, all
                   660  10% to 15%
                   720  none

  within reach.growth_max  company target.total
                       5%  600
                      10%  600 to 660
                      15%  600 to 660
"""  # noqa: E501


def sweep(path: Path, *arguments: object) -> Result:
    return CliRunner().invoke(cascade, ["sweep", "--jobs", "1", str(path), *map(str, arguments)])


def document(run: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def test_a_grid_by_hand(tmp_path: Path) -> None:
    """The baselines come to 600, so a cap of 105 % carries 630, of 110 % 660, of 115 % 690."""
    run = sweep(write_small(tmp_path, rules=EVERYONE), *GRID)

    assert run.exit_code == 0, run.output
    assert run.stdout == PRINTED


def test_the_frontier_as_json(tmp_path: Path) -> None:
    found = document(sweep(write_small(tmp_path, rules=EVERYONE), *GRID, "--json"))

    assert len(found["points"]) == 9
    assert found["parameters"][0] == {"parameter": "within reach.growth_max", "values": ["5%", "10%", "15%"]}
    assert found["frontier"][1]["for_each"] == [
        {
            "others": {"within reach.growth_max": growth},
            "first": "600",
            "last": last,
            "gaps": False,
            "feasible": [total for total in ("600", "660", "720") if total <= last],
        }
        for growth, last in (("5%", "600"), ("10%", "660"), ("15%", "660"))
    ]
    states = [point["state"] for point in found["points"]]
    assert states == ["succeeded", "infeasible", "infeasible", *["succeeded", "succeeded", "infeasible"] * 2]
    assert found["points"][1]["conflict"]["rules"][0]["rule"] == "company target"


def test_what_gives_way_is_reported_for_every_point(tmp_path: Path) -> None:
    """A cap of 105 % carries 630, so 30 of 660 are beyond it, and 10 of 640."""
    path = write_small(tmp_path, rules=EVERYONE + "    priority: 1\n")

    found = document(
        sweep(
            path, "--set", "within reach.growth_max=5%,10%", "--set", "company target.total=640,660", "--json"
        )
    )

    missed = [(point["values"]["company target.total"], point["missed"]) for point in found["points"]]
    assert [(total, [each["missed"] for each in gave]) for total, gave in missed] == [
        ("640", ["10"]), ("660", ["30"]), ("640", []), ("660", [])
    ]  # fmt: skip
    assert missed[1][1] == [
        {"rule": "within reach", "priority": 1, "missed": "30", "unit": "USD", "missed_by": 3,
         "against": ["company target"]}
    ]  # fmt: skip
    assert found["points"][3]["stretch"]["revenue"]["median"] == 0
    assert found["points"][3]["totals"]["revenue"]["placed"] == "660"


def test_a_point_is_what_the_scenario_itself_would_be(tmp_path: Path) -> None:
    path = write_small(tmp_path)
    varied = document(
        sweep(path, "--set", "company target.total=630", "--set", "within reach.growth_max=2%", "--json")
    )
    other = write_small(
        tmp_path / "other", scenario=SCENARIO.replace("660", "630"), rules=RULES.replace("5%", "2%")
    )

    (point,) = varied["points"]
    solved = json.loads(CliRunner().invoke(cascade, ["solve", str(other), "--json"]).stdout)

    assert point["stretch"]["revenue"] == solved["spread"]["revenue"]["all"]
    assert point["totals"] == solved["totals"]


def test_processes_change_nothing_but_the_time(tmp_path: Path) -> None:
    path = write_small(tmp_path, rules=EVERYONE)

    assert sweep(path, *GRID, "--jobs", "2", "--json").stdout == sweep(path, *GRID, "--json").stdout


def test_fields_are_taken_away_and_given_words(tmp_path: Path) -> None:
    path = write_small(tmp_path)

    run = sweep(
        path, "--set", "within reach.where.partner_id=cedar,birch", "--set", "within reach.priority=null,1"
    )

    assert run.exit_code == 0
    assert "small: 4 of 4 points feasible" in run.stdout


@pytest.mark.parametrize(
    ("parameter", "finding"),
    [
        (
            "within reech.growth_max=1%",
            "--set within reech.growth_max: unknown-name: there is no rule or target 'within reech'. "
            "Did you mean 'within reach'?",
        ),
        (
            "within reach.growth_mox=1%",
            "--set within reach.growth_mox: unknown-field: growth_cap has no field 'growth_mox'. "
            "Did you mean 'growth_max'?",
        ),
        (
            "within reach.growth_max=1%,5%,much",
            "--set within reach.growth_max: not-a-number: growth_max is 'much'. Write 3% or 0.03.",
        ),
        (
            "within reach.where.town=x",
            "--set within reach.where.town: unknown-column: no column 'town'.",
        ),
    ],
)
def test_what_cannot_be_set_is_a_finding(tmp_path: Path, parameter: str, finding: str) -> None:
    path = write_small(tmp_path)

    run = sweep(path, "--set", "company target.total=600:660:10", "--set", parameter)

    assert run.exit_code == 1
    assert run.stdout == ""
    head, line, *more = run.stderr.splitlines()
    assert head == "1 finding"
    assert line.startswith(finding)
    assert more == []
    reported = document(sweep(path, "--set", parameter, "--json"))["findings"]
    assert [each["file"] for each in reported] == [f"--set {parameter.partition('=')[0]}"]


def test_of_doubts_alike_the_first_are_listed_and_the_rest_counted(tmp_path: Path) -> None:
    found = sweep(write_small(tmp_path), "--set", "company target.total=600:602:0.1")
    doubts = [line for line in found.stderr.splitlines() if "not-a-multiple" in line]
    assert [line.partition("not-a-multiple: ")[2][:25] for line in doubts] == [
        "company target is 600.1, ",
        "company target is 600.2, ",
        "company target is 600.3, ",
        "doubted like these: 15 mo",
    ]


def test_doubts_about_a_value_are_reported_once(tmp_path: Path) -> None:
    run = sweep(
        write_small(tmp_path),
        "--set",
        "within reach.growth_max=10,20",
        "--set",
        "company target.total=650,660",
    )

    assert run.exit_code == 0
    assert [line.partition(" is ")[2] for line in run.stderr.splitlines()[1:]] == [
        "10, which is 1000%. Write 1000%, or 10% if that is meant.",
        "20, more than 1000 %. If 20 % is meant, write 20%.",
    ]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (["within reach.growth_max"], "is not NAME.FIELD=FROM:TO:STEP"),
        (["within reach.growth_max=1%:2%"], "'1%:2%' is not FROM:TO:STEP"),
        (["a.b=1,2", "a.b=3"], "'a.b' is given twice"),
        (["a.b=1:1000:1", "a.c=1:1000:1"], "1,000,000 points, more than 10,000"),
    ],
)
def test_mistakes_in_use(tmp_path: Path, parameters: list[str], message: str) -> None:
    run = sweep(write_small(tmp_path), *(part for each in parameters for part in ("--set", each)))

    assert run.exit_code == 2
    assert message in run.stderr


def test_mistakes_in_the_scenario_come_first(tmp_path: Path) -> None:
    run = sweep(write_small(tmp_path, rules=RULES.replace("5%", "five")), "--set", "no one.knows=1")

    assert run.exit_code == 1
    assert run.stderr.startswith(f"1 finding\n{tmp_path}/rules.yaml:5:17: not-a-number:")


def test_nothing_possible_ends_with_three(tmp_path: Path) -> None:
    run = sweep(write_conflict(tmp_path), "--set", "company target.total=650:670:10")

    assert run.exit_code == 3
    assert "small: 0 of 3 points feasible" in run.stdout
    assert run.stdout.rstrip().endswith("company target.total\n  none")


def test_a_fault_at_one_point_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The solver trips over one total; that point is reported as failed, and the command ends with 4."""
    module = import_module("solver.allocate")
    right = module.allocate

    def trips(scenario: Any, book: Any, **options: Any) -> Any:
        if book.frame.totals["revenue"] == 650:
            raise RuntimeError("tripped")
        return right(scenario, book, **options)

    monkeypatch.setattr(module, "allocate", trips)
    run = sweep(write_small(tmp_path), "--set", "company target.total=640:660:10", "--json")

    assert run.exit_code == 4
    points = document(run)["points"]
    assert [point["state"] for point in points] == ["succeeded", "failed", "succeeded"]
    assert points[1]["reason"] == "RuntimeError: tripped"


def test_the_csv_has_a_row_for_every_point(tmp_path: Path) -> None:
    path = write_small(tmp_path, rules=EVERYONE + "    priority: 1\n")
    sweep(path, "--set", "within reach.growth_max=5%,10%", "-o", tmp_path / "grid.csv")

    with (tmp_path / "grid.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["within reach.growth_max"] for row in rows] == ["5%", "10%"]
    assert [row["missed: within reach"] for row in rows] == ["30", "0"]
    assert [row["revenue stretch median"] for row in rows] == ["0", "0"]
    assert [row["state"] for row in rows] == ["succeeded", "succeeded"]


def test_the_workbook_and_the_json_file(tmp_path: Path) -> None:
    path = write_small(tmp_path, rules=EVERYONE)
    run = sweep(path, *GRID, "-o", tmp_path / "grid.json", "--json")
    sweep(path, *GRID, "-o", tmp_path / "grid.xlsx")

    assert (tmp_path / "grid.json").read_text(encoding="utf-8") == run.stdout
    book = CalamineWorkbook.from_path(tmp_path / "grid.xlsx")
    assert book.sheet_names == ["Feasible", "Points"]
    possible = book.get_sheet_by_name("Feasible").to_python()
    assert possible[0] == ["parameter", "others", "first", "last", "gaps"]
    assert possible[3] == ["within reach.growth_max", "720", "", "", "no"]
    points = book.get_sheet_by_name("Points").to_python()
    assert [row[3] for row in points[1:4]] == [600, "", ""]


def test_piped_output_has_no_progress_and_no_colour(tmp_path: Path) -> None:
    arguments = ["sweep", str(write_small(tmp_path, rules=EVERYONE)), *GRID]
    run = subprocess.run([sys.executable, "-m", "api.cli.main", *arguments], capture_output=True, text=True)

    assert (run.returncode, run.stdout, run.stderr) == (0, PRINTED, "")
