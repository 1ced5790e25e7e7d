"""PuLP: programs written for other solvers, by names that people know; solvers by name."""

import os
import subprocess
import tempfile
from pathlib import Path
from types import SimpleNamespace

import highs_command
import numpy as np
import pulp
import pytest
from builders import book, frame, metric, partners, rule
from numpy.testing import assert_allclose
from problems import INF, problem

from rules import RuleBook
from solver.engines.ortools import OrTools
from solver.engines.piqp import Piqp
from solver.engines.pulp import Pulp, solver_named, write_program
from solver.model.program import Program, assemble, blocks_of
from solver.optimise.elastic import solve_elastic

TABLE = partners("acme gold north 100 150", "birch gold south 200 100", "cedar silver north 300 400")


def content(given: RuleBook, path: Path) -> str:
    elastic = solve_elastic(given, blocks_of(given), Piqp())
    write_program(elastic.program, given, path)
    return path.read_text(encoding="utf-8")


def small() -> RuleBook:
    return book(
        frame(TABLE, totals={"revenue": 660}),
        rule("company_target", name="company target", total=660),
        rule("growth_cap", name="within reach", growth_max="5%", where={"partner_id": "cedar"}),
        rule("tier_minimum", name="programme minimum", minimum={"gold": 120}),
        rule("group_limit", name="no region too large", by="region", share_max="70%"),
        rule("lock", name="a decision", target=200, where={"partner_id": "birch"}),
    )


def test_an_lp_file_reads_like_the_rules(tmp_path: Path) -> None:
    """Fair shares of 660 by baselines of 100, 200, 300 are 110, 220, 330; 70 % of 660 are 462."""
    assert content(small(), tmp_path / "small.lp") == (
        "\\* allocation *\\\n"
        "Minimize\n"
        "OBJ: over_acme + over_birch + over_cedar + under_acme + under_birch\n"
        " + under_cedar\n"
        "Subject To\n"
        "a_decision_birch: x_birch = 200\n"
        "company_target: x_acme + x_birch + x_cedar = 660\n"
        "fair_share_acme: - over_acme + under_acme + x_acme = 110\n"
        "fair_share_birch: - over_birch + under_birch + x_birch = 220\n"
        "fair_share_cedar: - over_cedar + under_cedar + x_cedar = 330\n"
        "no_region_too_large_north: x_acme + x_cedar <= 462\n"
        "programme_minimum_acme: x_acme >= 120\n"
        "within_reach_cedar: x_cedar <= 315\n"
        "End\n"
    )


@pytest.mark.parametrize("ending", ["lp", "mps"])
def test_another_solver_finds_the_same_optimum_in_the_file(tmp_path: Path, ending: str) -> None:
    """cedar ≤ 315 lacks 15 and birch = 200 lacks 20, which acme has too much: 70 in all."""
    path = tmp_path / f"small.{ending}"
    content(small(), path)

    assert_allclose(by_cbc(path, tmp_path), 70)


def by_cbc(path: Path, folder: Path) -> float:
    """The optimum that CBC itself finds in a file."""
    answer = folder / "answer.txt"
    command = [solver_named("CBC").path, str(path), "-solve", "-solution", str(answer)]
    subprocess.run(command, check=True, capture_output=True)
    first = answer.read_text().splitlines()[0]
    assert first.startswith("Optimal")
    return float(first.split()[-1])


def test_the_program_written_is_the_even_spreads(tmp_path: Path) -> None:
    """Its optimum is that of the same rows, put to another engine as arrays."""
    given = small()
    program = assemble(given.frame, blocks_of(given))
    write_program(program, given, tmp_path / "small.mps")
    _, model = pulp.LpProblem.fromMPS(str(tmp_path / "small.mps"))

    assert_allclose(by_cbc(tmp_path / "small.mps", tmp_path), least_deviation(program))
    assert len(model.variables()) == 3 * len(program.fair_share)


def least_deviation(program: Program) -> float:
    cells = len(program.fair_share)
    eye = np.eye(cells)
    rows = np.vstack(
        [
            np.hstack([eye, -eye, eye]),
            np.hstack([program.matrix.toarray(), np.zeros((program.matrix.shape[0], 2 * cells))]),
        ]
    )
    asked = problem(
        [0.0] * cells + [1.0] * (2 * cells),
        rows.tolist(),
        limits=(
            [*program.fair_share, *program.row_lower],
            [*program.fair_share, *program.row_upper],
        ),
        bounds=([*program.lower, *[0.0] * (2 * cells)], [*program.upper, *[INF] * (2 * cells)]),
    )
    return asked.value(OrTools().solve(asked).x)


def test_several_metrics_and_periods_are_kept_apart(tmp_path: Path) -> None:
    """A licence weighs as much as it takes of its company target: 660 / 60 = 11 USD. 150 / 650 · 60 / 2 = 6.92."""
    of = frame(
        TABLE,
        metric("revenue"),
        metric("licences", baseline="potential"),
        totals={"revenue": 660, "licences": 60},
        periods=("H1", "H2"),
    )
    text = content(
        book(of, rule("company_target", total=660), rule("lock", target=9, period="H2")), tmp_path / "a.lp"
    )

    assert "11 over_acme_licences_H2" in text
    assert "the_company_target: x_acme_revenue_H1 + x_acme_revenue_H2" in text
    assert "the_lock_acme_H2: x_acme_revenue_H2 = 9" in text
    assert "x_acme_licences_H1 = 6.923076" in text


def test_names_are_plain_short_and_kept_apart(tmp_path: Path) -> None:
    columns = "partner_id tier region baseline potential"
    table = partners(
        '"Müller & Söhne" gold north 1 1',
        '"Muller + Sohne" gold north 1 1',
        '"日本" gold north 1 1',
        columns=columns,
    )
    given = book(
        frame(table, totals={"revenue": 3}),
        rule("growth_cap", name="e5", growth_max="5%"),
        rule("growth_floor", name="5% less, at most: no more than that may be lost " + "by anybody " * 9, growth_min="-5%"),
    )  # fmt: skip
    text = content(given, tmp_path / "names.lp")
    names = [line.split(":")[0] for line in text.splitlines()[4:] if ":" in line]

    assert "n_e5_Muller_Sohne" in names
    assert "n_e5_Muller_Sohne_2" in names
    assert len(names) == len(set(names))
    assert max(map(len, names)) <= 100
    assert all(name.isascii() and not name[0].isdigit() for name in names)
    assert "x_Muller_Sohne_2" in text
    assert " x\n" in text or " x " in text


@pytest.mark.parametrize("name", ["program.txt", "program", "program.LPX"])
def test_other_endings_are_refused(tmp_path: Path, name: str) -> None:
    given = small()
    program = assemble(given.frame, blocks_of(given))

    with pytest.raises(ValueError, match=r"written as \.lp or \.mps"):
        write_program(program, given, tmp_path / name)
    assert not (tmp_path / name).exists()


def test_a_solver_is_found_by_its_name() -> None:
    asked = problem([1, 2], [[1, 1]], limits=([3], [INF]), bounds=([0, 0], [2, INF]))

    assert_allclose(Pulp("CBC").solve(asked).x, [2, 1])
    assert Pulp("CBC").name == "PuLP, CBC"


def test_highs_is_asked_by_its_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    highs_command.put_on_path(tmp_path, monkeypatch)
    asked = problem([1, 2], [[1, 1]], limits=([3], [INF]), bounds=([0, 0], [2, INF]))
    impossible = problem([1], [[1]], limits=([3], [INF]), bounds=([0], [2]))
    endless = problem([-1], [[1]], limits=([0], [INF]), bounds=([0], [INF]))

    engine = Pulp("HiGHS_CMD")
    assert_allclose(engine.solve(asked).x, [2, 1])
    assert [engine.solve(each).termination for each in (impossible, endless)] == ["infeasible", "unbounded"]


def test_a_command_that_ends_without_an_answer_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that does not find its library: there is no file of its answer then."""
    (tmp_path / "highs").write_text("#!/bin/sh\nexit 127\n")
    (tmp_path / "highs").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    asked = problem([1], [[1]], limits=([3], [INF]))
    assert Pulp("HiGHS_CMD").solve(asked).termination == "error"


def test_a_solver_that_no_one_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="knows no solver 'CLP'"):
        Pulp("CLP")


@pytest.mark.parametrize(
    ("status", "termination"),
    [(-4, "time_limit"), (-2, "unbounded"), (-1, "infeasible"), (-5, "error"), (-12, "error")],
    ids=["time limit", "unbounded", "infeasible", "memory limit", "numerical error"],
)
def test_statistics_of_pulp_4_end_as_their_status_says(
    monkeypatch: pytest.MonkeyPatch, status: int, termination: str
) -> None:
    monkeypatch.setattr(pulp.LpProblem, "solve", lambda *_: SimpleNamespace(status=status))
    assert Pulp().solve(problem([0], [[1]], limits=([3], [INF]))).termination == termination


def test_without_a_cbc_it_says_where_one_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with PuLP 4, which brings none along."""
    monkeypatch.delattr(pulp, "PULP_CBC_CMD", raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ValueError, match="install the command cbc, or cbcbox"):
        Pulp("CBC")


def test_a_solver_that_is_not_installed_is_refused() -> None:
    with pytest.raises(ValueError, match="does not find the solver 'CPLEX_CMD'"):
        Pulp("CPLEX_CMD")


def test_no_files_stay_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    Pulp().solve(problem([1], [[1]], limits=([3], [INF])))

    assert list(tmp_path.iterdir()) == []
