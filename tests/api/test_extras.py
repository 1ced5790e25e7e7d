"""What is installed on request: the core does its work without it, and what needs it says what to install."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from small import write_small

from api.cli.extras import EXTRAS, POSIX, hint

WITHOUT = """
import json, sys
missing, *commands = map(json.loads, sys.argv[1:])
sys.modules.update(dict.fromkeys(missing))
from api.cli.main import main
for words in commands:
    sys.argv[1:] = words
    try:
        main()
    except SystemExit as ended:
        if ended.code:
            raise
"""
ALL = [module for modules in EXTRAS.values() for module in modules]


def run(missing: list[str], *commands: Sequence[object]) -> subprocess.CompletedProcess[str]:
    """The end of the first command that fails, or of the last, in one process in which these modules are missing."""
    words = [json.dumps([str(word) for word in words]) for words in (missing, *commands)]
    return subprocess.run([sys.executable, "-c", WITHOUT, *words], capture_output=True, text=True)


def test_the_core_reads_solves_explains_and_writes_workbooks(tmp_path: Path) -> None:
    scenario = write_small(tmp_path)
    done = run(
        ALL,
        ("check", scenario),
        ("solve", scenario, "-o", tmp_path / "out", "--xlsx"),
        ("explain", scenario, "acme"),
        ("lint", scenario),
        ("sweep", scenario, "--set", "within reach.growth_max=5%,6%"),
        ("new", tmp_path / "new", "--library", "reseller"),
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "new").exists()
    assert (tmp_path / "out" / "allocation.xlsx").exists()


@pytest.mark.parametrize(
    ("missing", "words", "extra"),
    [
        ("flask", ("serve",), "server"),
        ("sqlalchemy", ("keys", "list"), "server"),
        ("pulp", ("export", "SCENARIO", "-o", "OUT/program.lp"), "pulp"),
    ],
)
def test_a_missing_extra_is_one_sentence(
    tmp_path: Path, missing: str, words: tuple[str, ...], extra: str
) -> None:
    scenario = write_small(tmp_path)
    named = [word.replace("SCENARIO", str(scenario)).replace("OUT", str(tmp_path)) for word in words]
    done = run([missing], named)
    assert done.returncode == 4
    assert done.stderr == (
        f"Error: this needs {missing}, which is not installed: pip install 'goal-cascade[{extra}]'\n"
    )


def test_commands_work_where_the_system_lacks_what_the_service_needs(tmp_path: Path) -> None:
    """As on Windows, where one process solves all points."""
    scenario = write_small(tmp_path)
    sweep = ("sweep", scenario, "--set", "within reach.growth_max=5%,6%", "--jobs", "2")
    done = run([*POSIX], ("check", scenario), ("solve", scenario, "-o", tmp_path / "out"), sweep)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "words", [("serve",), ("worker",), ("keys", "list"), ("users", "list")], ids=" ".join
)
def test_the_service_says_which_systems_it_runs_on(words: tuple[str, ...]) -> None:
    done = run([*POSIX], words)
    assert (done.returncode, done.stderr) == (
        4,
        "Error: the service needs Linux or macOS, for fcntl; on Windows, start it under WSL or in a container\n",
    )


def test_a_module_of_no_extra_is_a_fault_of_ours() -> None:
    assert hint(ModuleNotFoundError("no", name="solver.nonsense")) is None
