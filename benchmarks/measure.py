"""Measuring: every piece of work in a process of its own, on one thread, with a limit to its time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")
NEEDS = {
    "pulp_cbc": ("pulp",),
    "linopy_highs": ("linopy", "highspy"),
    "cvxpy_clarabel": ("cvxpy", "clarabel"),
    "cvxpy_clarabel_fine": ("cvxpy", "clarabel"),
    "pulp_cbc_elastic": ("pulp",),
    "linopy_highs_elastic": ("linopy", "highspy"),
    "cvxpy_clarabel_elastic": ("cvxpy", "clarabel"),
}


@dataclass(frozen=True)
class Timed:
    """One peer on one instance."""

    cpu: float
    """Seconds of processor."""
    wall: float
    """Seconds of clock."""
    peak_gb: float


class LeftOutError(Exception):
    """A peer that has no figure, and why."""


def module(name: str, *words: object, limit: float) -> str:
    """What `python -m benchmarks.NAME WORDS` printed last. Raises LeftOutError when it fails or takes too long."""
    command = [sys.executable, "-m", f"benchmarks.{name}", *map(str, words)]
    environment = {**os.environ, **dict.fromkeys(THREADS, "1")}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        raise LeftOutError(f"not done after {limit:.0f} s") from None
    if done.returncode:
        raise LeftOutError(done.stderr.strip().splitlines()[-1][:160] if done.stderr else "failed")
    return done.stdout.strip().rpartition("\n")[2]


def timed(peer: str, folder: Path, *, limit: float, rounds: int = 1, patience: float = 1.0) -> Timed:
    """The best of as many processes; a peer that takes long runs once."""
    missing = [name for name in NEEDS.get(peer, ()) if find_spec(name) is None]
    if missing:
        raise LeftOutError(f"{' and '.join(missing)} not installed; see docs/explanation/speed.md")
    best: Timed | None = None
    for _ in range(rounds):
        now = Timed(**json.loads(module("worker", peer, folder, patience, limit=limit)))
        best = now if best is None else Timed(*map(min, _parts(best), _parts(now)))
        if now.wall > 10:
            break
    assert best is not None
    return best


def _parts(one: Timed) -> tuple[float, float, float]:
    return one.cpu, one.wall, one.peak_gb


def whole(small: Path, folder: Path, *, limit: float) -> dict[str, Any]:
    """Stage to (cpu, wall), and the peak of memory, of a scenario from files to files."""
    found: dict[str, Any] = json.loads(module("whole", small, folder, limit=limit))
    return found


def swept(folder: Path, points: int, *, limit: float) -> dict[str, float]:
    """Seconds of clock and of processor of a sweep of so many points, and by how many processes."""
    found: dict[str, float] = json.loads(module("sweeping", folder, points, limit=limit))
    return found


def loaded_for_help() -> list[str]:
    """Which heavy packages `cascade --help` loads."""
    script = (
        "import sys\nfrom api.cli.main import cascade\n"
        "try: cascade.main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'pandas', 'numpy', 'scipy', 'ortools', 'piqp', 'pulp', 'altair', 'sqlalchemy', 'pyarrow'}\n"
        "print(' '.join(sorted(heavy & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1].split()
