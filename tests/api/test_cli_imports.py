"""What a solve of CSV files leaves on the disk: imports are a third of the time of a small one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path("scenarios/examples/channel/scenario.yaml")
HEAVY = (
    "alembic",
    "altair",
    "api.analysis.registry",
    "api.app",
    "api.db",
    "flask",
    "jinja2",
    "numpy.f2py.f2py2e",
    "numpy.ma.core",
    "numpy.testing._private",
    "openpyxl",
    "ortools.pdlp",
    "ortools.sat",
    "pandas",
    "piqp",
    "pulp",
    "pyarrow.dataset",
    "pyarrow.parquet",
    "python_calamine",
    "rules.kinds.season",
    "scenarios.read.replan",
    "scenarios.tables.long",
    "scenarios.tables.recognise_long",
    "scipy.linalg",
    "scipy.optimize",
    "scipy.stats",
    "solver.infeasible.conflict",
    "solver.infeasible.verdict",
    "solver.optimise.diminishing",
    "solver.questions",
    "sqlalchemy",
    "unittest",
    "xlsxwriter",
)
"""Modules that only other formats, other scenarios, other commands, conflicts or the service need."""
LISTED = """
import json, sys
from api.cli.main import main
try:
    main()
except SystemExit as ended:
    print(json.dumps([ended.code, list(sys.modules)]))
"""


def loaded_by(*words: str | Path) -> set[str]:
    """The modules that are loaded once the command has run, which it must do well."""
    run = subprocess.run([sys.executable, "-c", LISTED, *words], capture_output=True, text=True, check=True)
    code, modules = json.loads(run.stdout.splitlines()[-1])
    assert code == 0
    return set(modules)


@pytest.mark.parametrize("words", [("solve", "-o", "OUT"), ("solve",), ("check",)], ids=" ".join)
def test_a_solve_of_csv_files_loads_nothing_that_it_does_not_use(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    command, *options = words
    loaded = loaded_by(command, EXAMPLE, *(tmp_path / "out" if word == "OUT" else word for word in options))
    assert sorted(set(HEAVY) & loaded) == []


def test_every_command_that_computes_defers_parts_of_numpy() -> None:
    unused = {"numpy.f2py.f2py2e", "numpy.polynomial.polynomial", "numpy.testing._private"}
    assert loaded_by("explain", EXAMPLE, "P0078") & unused == set()


def test_the_service_starts_without_what_only_some_requests_need() -> None:
    script = "import json, sys, api.app; print(json.dumps(list(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    unused = {"altair", "ortools", "pandas", "procrastinate", "scipy.special", "weasyprint"}
    assert unused & set(json.loads(run.stdout)) == set()


def test_modules_that_are_deferred_work_when_they_are_used() -> None:
    script = """
from api.cli.lazy_numpy import defer_parts_of_numpy
defer_parts_of_numpy()
defer_parts_of_numpy()
import numpy as np, numpy.testing, scipy.stats
np.testing.assert_array_equal(np.ma.array([1, 2], mask=[0, 1]).sum(), 1)
print(np.polynomial.Polynomial([1, 2])(3))
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "7.0"
