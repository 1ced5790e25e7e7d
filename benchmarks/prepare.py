"""`python -m benchmarks.prepare FOLDER PARTNERS`: an instance of hard rules, and its bare arrays for the peers."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from api.asking import read
from benchmarks.arrays import Arrays
from benchmarks.instances import write
from solver.program import assemble, demands_of


def main(folder: Path, partners: int) -> None:
    """Writes the scenario and arrays.npz."""
    book = read(write(folder, partners, hard=True)).book
    program = assemble(book.frame, demands_of(book))
    if not np.all(program.fair_share > 0):
        raise RuntimeError("an instance in which some fair share is nothing cannot be handed to the peers")
    Arrays(
        program.fair_share,
        program.scale,
        program.lower,
        program.upper,
        program.matrix,
        program.row_lower,
        program.row_upper,
    ).save(folder / "arrays.npz")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
