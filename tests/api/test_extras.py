"""What is installed on request: the core does its work without it, and what needs it says what to install."""

import subprocess
import sys
from pathlib import Path

import pytest
from small import write_small

from api.cli.extras import EXTRAS, hint

WITHOUT = """
import sys
for name in sys.argv.pop(1).split(","):
    sys.modules[name] = None
from api.cli.main import main
main()
"""
ALL = ",".join(module for modules in EXTRAS.values() for module in modules)


def run(missing: str, *words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WITHOUT, missing, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True)


def test_the_core_reads_solves_explains_and_writes_workbooks(tmp_path: Path) -> None:
    scenario = write_small(tmp_path)
    for words in (
        ("check", scenario),
        ("solve", scenario, "-o", tmp_path / "out", "--xlsx"),
        ("explain", scenario, "acme"),
        ("lint", scenario),
        ("sweep", scenario, "--set", "within reach.growth_max=5%,6%"),
        ("new", tmp_path / "new", "--library", "reseller"),
    ):
        done = run(ALL, *words)
        assert done.returncode == 0, done.stderr
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
    done = run(missing, *named)
    assert done.returncode == 4
    assert done.stderr == (
        f"Error: this needs {missing}, which is not installed: pip install 'goal-cascade[{extra}]'\n"
    )


def test_a_module_of_no_extra_is_a_fault_of_ours() -> None:
    assert hint(ModuleNotFoundError("no", name="solver.nonsense")) is None
