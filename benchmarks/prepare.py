"""`python -m benchmarks.prepare FOLDER PARTNERS [WISHES]`: an instance and its bare arrays for the peers.

Its rules are hard; WISHES (three or twelve) adds elastic ones, of which each priority is a file of its own.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from scipy import sparse

from benchmarks.arrays import Arrays
from benchmarks.elastic import THREE, TWELVE, write_elastic
from benchmarks.instances import write
from benchmarks.levels import Level
from rules import RuleBook
from rules.load import load as read
from solver.model.program import ConstraintBlock, assemble, blocks_of, scales
from solver.optimise.priority_level import sizes, unit_squares

_WISHES = {"three": THREE, "twelve": TWELVE}


def main(folder: Path, partners: int, wishes: str | None = None) -> None:
    """Writes the scenario, arrays.npz and a level for each priority."""
    path = write_elastic(folder, partners, _WISHES[wishes]) if wishes else write(folder, partners, hard=True)
    book = read(path).book
    blocks = blocks_of(book)
    program = assemble(book.frame, [block for block in blocks if book.rules[block.rule].hard])
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
    ranks = sorted({rule.priority for rule in book.rules if rule.priority is not None})
    for number, priority in enumerate(ranks):
        mine = [block for block in blocks if book.rules[block.rule].priority == priority]
        _level(book, mine).save(folder / f"level-{number}.npz")


def _level(book: RuleBook, blocks: list[ConstraintBlock]) -> Level:
    units = []
    for block in blocks:
        size, weight = sizes(block.matrix, scales(book.frame)), float(book.rules[block.rule].weight)
        units.append([np.sqrt(unit_squares(limit, size) / weight) for limit in (block.lower, block.upper)])
    return Level(
        sparse.csr_array(sparse.vstack([block.matrix for block in blocks])),
        *(np.concatenate([getattr(block, side) for block in blocks]) for side in ("lower", "upper")),
        *(np.concatenate([pair[side] for pair in units]) for side in (0, 1)),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
