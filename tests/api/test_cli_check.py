"""`cascade check`: findings, all of them, and nothing else."""

import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from small import RULES, write_small

from api.cli import findings as printed
from api.cli.main import cascade
from api.output.findings import FindingPart, finding_part
from scenarios import Finding, Place

BROKEN = Path(__file__).parents[1] / "broken"


class Terminal(io.StringIO):
    """Text that is shown on a screen."""

    def isatty(self) -> bool:
        return True


def finding(number: int, severity: str = "error") -> FindingPart:
    place = Place("rules.yaml", number)
    found = Finding("not-a-number", place, f"number {number} is 'x'", severity=severity)  # type: ignore[arg-type]
    return finding_part(found)


def test_no_findings(tmp_path: Path) -> None:
    run = CliRunner().invoke(cascade, ["check", str(write_small(tmp_path))])
    assert (run.exit_code, run.stdout, run.stderr) == (0, "no findings\n", "")


def test_a_folder_is_for_its_scenario(tmp_path: Path) -> None:
    write_small(tmp_path)
    assert CliRunner().invoke(cascade, ["check", str(tmp_path)]).stdout == "no findings\n"


def test_all_mistakes_at_once_in_file_order() -> None:
    run = CliRunner().invoke(cascade, ["check", str(BROKEN / "several-mistakes-at-once" / "scenario.yaml")])
    assert run.exit_code == 1
    count, *lines = run.stdout.splitlines()
    assert count == f"{len(lines)} findings"
    assert [Path(line.split(":")[0]).name for line in lines] == ["rules.yaml"] * (len(lines) - 1) + [
        "partners.csv"
    ]


def test_doubts_are_shown_and_forgiven(tmp_path: Path) -> None:
    path = write_small(tmp_path, rules=RULES.replace("5%", "35"))
    run = CliRunner().invoke(cascade, ["check", str(path)])
    assert run.exit_code == 0
    assert run.stdout.startswith(f"1 warning\n{path.parent}/rules.yaml:5:17: percent-large:")


def test_json_holds_every_part_of_a_finding(tmp_path: Path) -> None:
    path = write_small(tmp_path, rules=RULES.replace("growth_cap", "growth_cup"))
    run = CliRunner().invoke(cascade, ["check", str(path), "--json"])
    assert run.exit_code == 1
    assert json.loads(run.stdout) == {
        "findings": [
            {
                "code": "unknown-kind",
                "severity": "error",
                "file": "rules.yaml",
                "line": 3,
                "column": 11,
                "cell": None,
                "message": "no rule kind 'growth_cup'",
                "remedy": "Did you mean 'growth_cap'?",
            }
        ],
        "valid": False,
    }


def test_a_scenario_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    write_small(tmp_path)
    run = CliRunner().invoke(cascade, ["check", str(tmp_path / "scenari.yaml")])
    assert run.exit_code == 1
    assert "scenari.yaml: missing-file: there is no such file. Did you mean 'scenario.yaml'?" in run.stdout


@pytest.mark.parametrize(("out", "expected_text"), [(Terminal(), 100), (io.StringIO(), 130)])
def test_a_terminal_sees_the_first_hundred(out: io.StringIO, expected_text: int) -> None:
    printed.show([*map(finding, range(120)), *(finding(n, "warning") for n in range(10))], to=out)
    lines = out.getvalue().splitlines()
    assert lines[0] == "120 findings"
    assert sum(line.startswith("rules.yaml:") for line in lines) == expected_text
    assert ("… and 30 more; --json shows all of them" in lines) == (expected_text < 130)


def test_warnings_stand_below_mistakes() -> None:
    out = io.StringIO()
    printed.show([finding(1, "warning"), finding(2)], to=out)
    assert [line.partition(":")[0] for line in out.getvalue().splitlines()] == [
        "1 finding", "rules.yaml", "1 warning", "rules.yaml",
    ]  # fmt: skip
