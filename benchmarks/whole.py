"""`python -m benchmarks.whole SMALL FOLDER`: a scenario from its files to its outputs, stage by stage, as JSON.

The small scenario goes first, untimed, so that nothing is left to be imported.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from api.output.result_json import Circumstances
from api.output.write import write_outputs
from benchmarks.worker import cpu_seconds, peak_gb
from rules.load import load as read
from solver import allocate


class _Stages:
    """Stage to its seconds, of processor and of clock."""

    def __init__(self) -> None:
        self.seconds: dict[str, tuple[float, float]] = {}
        self._begun: tuple[str, float, float] | None = None

    def begin(self, name: str, _share: float = 0.0) -> None:
        now = cpu_seconds(), time.perf_counter()
        if self._begun is not None:
            before, cpu, wall = self._begun
            self.seconds[before] = (now[0] - cpu, now[1] - wall)
        self._begun = (name, *now)


def stages(folder: Path) -> dict[str, tuple[float, float]]:
    """Stage to (cpu, wall) seconds of a scenario read, solved and written."""
    timing = _Stages()
    timing.begin("read")
    asked = read(folder)
    allocation = allocate(asked.scenario, asked.book, progress=timing.begin)
    timing.begin("write")
    with TemporaryDirectory() as out:
        write_outputs(allocation, Circumstances(asked.findings), Path(out) / "out")
        timing.begin("end")
    if allocation.state != "succeeded":
        raise RuntimeError(f"{folder.name} has {allocation.state}: {allocation.reason}")
    return timing.seconds


def main(small: Path, folder: Path) -> None:
    """Run the small one, then time the other."""
    stages(small)
    print(json.dumps({"stages": stages(folder), "peak_gb": peak_gb()}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
