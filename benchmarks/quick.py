"""`python -m benchmarks.quick`: our times against a fixed piece of work in the same run, and against committed ratios.

Seconds differ from machine to machine and from hour to hour; ratios to NumPy and SciPy at work beside them less so.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np
from scipy import sparse
from scipy.sparse import linalg

from api.output.result_json import Circumstances
from api.output.write import write_outputs
from benchmarks.elastic import THREE, TWELVE, write_elastic
from benchmarks.instances import write
from benchmarks.worker import cpu_seconds
from rules.load import load
from solver import allocate

RATIOS = Path(__file__).parent / "ratios.json"
WORSE = 1.3
"""How many times a committed ratio is a fault: runs of one version differ by a tenth to a fifth."""
_ROUNDS = 3
_GRID = 150
"""The reference factorises a grid of so many squared unknowns: about half a second in all."""


@click.command()
@click.option("--renew", is_flag=True, help="Write the ratios of this run as those to compare with.")
def main(renew: bool) -> None:
    """Measure, compare with the committed ratios, and fail where one is much worse."""
    with TemporaryDirectory() as home:
        work = _work(Path(home))
        seconds = {name: min(_timed(each) for _ in range(_ROUNDS)) for name, each in work.items()}
    unit = seconds.pop("reference")
    found = {name: round(cpu / unit, 4) for name, cpu in seconds.items()}
    known = json.loads(RATIOS.read_text(encoding="utf-8")) if RATIOS.is_file() else {}
    click.echo(f"reference {unit:.3f} s of processor")
    worse = [name for name, ratio in found.items() if ratio > WORSE * known.get(name, ratio)]
    for name, ratio in found.items():
        before = f"{known[name]:.3f} committed" if name in known else "new"
        mark = "  WORSE" if name in worse else ""
        click.echo(f"{name:<42} {seconds[name]:7.3f} s  ratio {ratio:.3f}, {before}{mark}")
    if renew:
        RATIOS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    elif worse:
        sys.exit(1)


def _work(home: Path) -> dict[str, Callable[[], object]]:
    write(home / "hard", 2_000, hard=True)
    write(home / "large", 50_000, hard=True)
    write_elastic(home / "three", 2_000, THREE)
    write_elastic(home / "twelve", 2_000, TWELVE)
    hard, three, twelve = (load(home / name) for name in ("hard", "three", "twelve"))
    answer = allocate(hard.scenario, hard.book)
    out = iter(range(1_000))
    return {
        "reference": _reference,
        "2,000 x 4, hard rules": lambda: allocate(hard.scenario, hard.book),
        "2,000 x 4, three priorities at odds": lambda: allocate(three.scenario, three.book),
        "2,000 x 4, twelve wishes, five priorities": lambda: allocate(twelve.scenario, twelve.book),
        "50,000 x 4, read and checked": lambda: load(home / "large"),
        "2,000 x 4, written": lambda: write_outputs(
            answer, Circumstances(hard.findings), home / f"out{next(out)}"
        ),
        "cascade --help, whole process": lambda: _process("--help"),
        "cascade solve, 2,000 x 4, whole process": lambda: _process("solve", str(home / "hard")),
    }


def _timed(work: Callable[[], object]) -> float:
    before = cpu_seconds()
    work()
    return cpu_seconds() - before


def _process(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "api.cli.main", *words], capture_output=True, check=True)


def _reference() -> None:
    """Sorting, products of sparse matrices, a factorisation: what a solve is made of, by others."""
    draw = np.random.default_rng(1)
    np.sort(draw.random(2_000_000))
    line = sparse.diags_array(
        [-np.ones(_GRID - 1), 2 * np.ones(_GRID), -np.ones(_GRID - 1)], offsets=[-1, 0, 1]
    )
    grid = sparse.csc_array(sparse.kronsum(line, line))
    factor = linalg.splu(grid)
    x = np.ones(grid.shape[0])
    for _ in range(200):
        x = factor.solve(grid @ x)


if __name__ == "__main__":
    main()
