"""The command line as a whole: help that loads nothing, exit codes, interruption."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from small import RULES, write_small

from api.cli.main import cascade, main

HEAVY = {
    "numpy",
    "pandas",
    "scipy",
    "ortools",
    "piqp",
    "pulp",
    "pyarrow",
    "pydantic",
    "sqlalchemy",
    "flask",
    "altair",
}
LOADED = """
import json, sys
from api.cli.main import main
try:
    main()
except SystemExit:
    print(json.dumps(list(sys.modules)))
"""
SERVICE = {"backup", "demo", "keys", "restore", "secrets", "serve", "users", "worker"}
"""Commands that run the service, and answer nothing that a program would read."""
COMMANDS = cascade.list_commands(click.Context(cascade))


def loaded_by(*arguments: str) -> set[str]:
    """The top-level modules that are loaded once the command has run."""
    run = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in json.loads(run.stdout.splitlines()[-1])}


@pytest.mark.parametrize("arguments", [["--help"], ["solve", "--help"], ["new", "--list"]])
def test_help_loads_no_solver_and_no_tables(arguments: list[str]) -> None:
    assert loaded_by(*arguments) & HEAVY == set()


def test_solve_does_without_pandas(tmp_path: Path) -> None:
    assert "pandas" not in loaded_by("solve", str(write_small(tmp_path)), "-o", str(tmp_path / "out"))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example_and_json(name: str) -> None:
    message = CliRunner().invoke(cascade, [name, "--help"])
    assert message.exit_code == 0
    assert f"cascade {name}" in message.output.partition("Example")[2]
    assert "--json" in message.output or name in SERVICE


def test_help_names_every_command() -> None:
    message = CliRunner().invoke(cascade, ["--help"]).output
    assert {"solve", "check", "explain", "new", "schema"} <= set(COMMANDS)
    assert all(f"  {name} " in message for name in COMMANDS)


def test_an_unknown_command_is_a_matter_of_usage() -> None:
    assert CliRunner().invoke(cascade, ["slove"]).exit_code == 2


def test_the_module_is_the_command(tmp_path: Path) -> None:
    message = subprocess.run(
        [sys.executable, "-m", "api.cli.main", "check", str(write_small(tmp_path))],
        capture_output=True,
        text=True,
    )
    assert (message.returncode, message.stdout) == (0, "no findings\n")


def test_mistakes_in_use_end_with_two(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["cascade", "solve", "s.yaml", "--xlsx"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert "--xlsx needs -o DIR" in capsys.readouterr().err


def test_ctrl_c_leaves_all_files_or_none(tmp_path: Path) -> None:
    """The signal is sent as the solve begins; whichever comes first, no part of the files is there."""
    out = tmp_path / "out"
    arguments = ["solve", str(write_small(tmp_path)), "-o", str(out), "--json-progress"]
    with subprocess.Popen(
        [sys.executable, "-m", "api.cli.main", *arguments], stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stderr is not None
        for line in run.stderr:
            if json.loads(line)["stage"] == "rows":
                os.kill(run.pid, signal.SIGINT)
                break
        run.stderr.read()
    left = {path.name for path in out.iterdir()} if out.exists() else set()
    assert (run.returncode, left) in [
        (130, set()),
        (0, {"allocation.csv", "receipts.csv", "record.zip", "result.json"}),
    ]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_no_colour_when_asked_for_none(tmp_path: Path) -> None:
    path = str(write_small(tmp_path))
    coloured = CliRunner().invoke(cascade, ["solve", path], color=True).output
    plain = CliRunner().invoke(cascade, ["solve", path], color=True, env={"NO_COLOR": "1"}).output
    assert "\x1b[" in coloured
    assert click.unstyle(coloured) == plain


def test_quiet_leaves_doubts_out_and_verbose_tells_the_stages(tmp_path: Path) -> None:
    doubtful = write_small(tmp_path, rules=RULES.replace("5%", "5"))
    asked = ("solve", str(doubtful))
    plain, quiet, verbose = (
        CliRunner().invoke(cascade, [*asked, *more]) for more in ([], ["-q"], ["--verbose"])
    )
    assert plain.stdout == quiet.stdout == verbose.stdout
    assert quiet.stderr == ""
    assert len(plain.stderr.splitlines()) > 0
    assert "spreading the targets" in verbose.stderr
