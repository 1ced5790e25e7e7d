"""`cascade export`: a program that another solver reads, and solves to targets that keep the rules."""

import json
from pathlib import Path

import pulp
import pytest
from click.testing import CliRunner, Result
from small import write_conflict, write_small

from api.cli.main import cascade
from solver.engines.pulp import solver_named


def export(*arguments: object) -> Result:
    return CliRunner().invoke(cascade, ["export", *map(str, arguments)])


def test_the_program_is_read_and_solved_elsewhere(tmp_path: Path) -> None:
    """The least deviation is 30 as well: cedar gives 15 of its 330 to the others."""
    file = tmp_path / "program.mps"
    message = export(write_small(tmp_path), "-o", file).stdout
    assert message == f"{file}: 3 targets, 1 row over several of them\n"
    columns, program = pulp.LpProblem.fromMPS(str(file))
    program.solve(solver_named("CBC"))
    found = {name: column.varValue for name, column in columns.items() if name.startswith("x_")}
    assert sum(found.values()) == pytest.approx(660)
    assert found["x_cedar"] == pytest.approx(315)
    assert pulp.value(program.objective) == pytest.approx(30)


def test_rows_bear_the_names_of_rules(tmp_path: Path) -> None:
    file = tmp_path / "program.lp"
    assert export(write_small(tmp_path), "-o", file).exit_code == 0
    text = file.read_text()
    assert "company_target" in text
    assert "within_reach_cedar" in text


def test_json_tells_the_size(tmp_path: Path) -> None:
    file = tmp_path / "program.lp"
    reported = json.loads(export(write_small(tmp_path), "-o", file, "--json").stdout)
    assert reported == {"file": str(file), "targets": 3, "rows": 1}


def test_another_ending_is_a_matter_of_usage(tmp_path: Path) -> None:
    run = export(write_small(tmp_path), "-o", tmp_path / "program.txt")
    assert run.exit_code == 2
    assert "program.txt does not end in .lp or .mps" in run.stderr


@pytest.mark.parametrize(("write", "code"), [(write_conflict, 3), (write_small, 4)])
def test_what_cannot_be_written_leaves_nothing(tmp_path: Path, write: object, code: int) -> None:
    path = write(tmp_path / "asked")  # type: ignore[operator]
    assert export(path, "-o", tmp_path / "nowhere" / "program.lp").exit_code == code
    assert [each.name for each in tmp_path.iterdir()] == ["asked"]
