"""`python -m benchmarks.sweeping FOLDER POINTS`: a sweep over one number of an elastic rule, as JSON: seconds in all."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from api.analysis.load_many import load_all
from api.analysis.request import Context
from api.analysis.sweep.document import SweepRequest
from api.analysis.sweep.run import sweep
from api.output.progress import silent
from api.processes.solve_pool import cores, pool
from benchmarks.worker import cpu_seconds


def main(folder: Path, points: int) -> None:
    """Solve so many points with a process for each core, the processes' start included."""
    (loaded,) = load_all([folder], as_of=None)
    begun, used = time.perf_counter(), cpu_seconds()
    values = f"wish 1.growth_min=12%:{12 + (points - 1) / 1000:.3f}%:0.001%"
    with pool(None, silent) as solving:
        found = sweep(loaded, SweepRequest(parameters=(values,)), Context(solving, silent))
    if any(point.state != "succeeded" for point in found.points):
        raise RuntimeError("a point of the sweep has no targets")
    wall = time.perf_counter() - begun
    print(
        json.dumps({"wall": wall, "cpu": cpu_seconds() - used, "points": len(found.points), "jobs": cores()})
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
