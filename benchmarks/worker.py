"""`python -m benchmarks.worker PEER FOLDER SECONDS`: one peer's work on one instance, timed, as a line of JSON.

The work is repeated while so many seconds have not gone by; the best counts. Targets go to FOLDER/PEER.npy.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from importlib import import_module
from pathlib import Path

import numpy as np


def cpu_seconds() -> float:
    """Of this process and of those it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def peak_gb() -> float:
    """The most memory this process has held."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def main(peer: str, folder: Path, patience: float) -> None:
    """Prepare, then time the work alone."""
    work = import_module(f"benchmarks.peers.{peer}").ready(folder)
    begun, cpu, wall = time.perf_counter(), float("inf"), float("inf")
    while True:
        before = time.perf_counter(), cpu_seconds()
        x = work()
        wall, cpu = min(wall, time.perf_counter() - before[0]), min(cpu, cpu_seconds() - before[1])
        if time.perf_counter() - begun >= patience:
            break
    np.save(folder / f"{peer}.npy", x)
    print(json.dumps({"cpu": cpu, "wall": wall, "peak_gb": peak_gb()}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]))
