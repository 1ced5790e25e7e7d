"""Piecewise: whole units that keep every hard rule, found piece by piece and brought together across pieces.

First each piece alone goes to the whole units nearest to its even spread. Pieces that have to go far for them stay
there, and the others are spread evenly anew around them, so that links hold but for what whole units leave. That is
taken off by a few pieces at a time (a search of large neighbourhoods, Shaw 1998).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from solver.engines.piqp import Piqp
from solver.engines.quadratic_program import QuadraticProgram, Vector
from solver.integer.at_stake import broken
from solver.integer.branch_and_bound import Answer
from solver.integer.loose_pieces import LoosePieces
from solver.integer.start import Start, near_whole
from solver.integer.whole_point import hard_rows
from solver.integer.window import everything
from solver.model.matrices import Matrix, largest, times

Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

_TIGHTER = (0.0, 1e-6, 1e-4)
"""Steps: by how much rows that solvers keep only nearly are tightened, one after the other."""
_BRIEF, _EARNEST = 0.21, 1.0
"""Of the usual work of a search: where another may take its place, and where an answer depends on it."""
_SEARCHES = 4_000
"""Pieces that are searched: more are too many."""
_SPREADS = 3
"""How often the others are spread anew around pieces that have to stay."""
_JOINED = (1, 2, 4, 8, 8, 8)
"""Pieces that take off together what links lack, one number after the other."""
_FRUITLESS = 300
"""Searches one after the other that bring links no nearer, after which they are given up."""
_AMISS = 100.0
"""Stretches that a link counts which the new spread lacks."""
_FAR = 1 + 1e-6
"""Units: a piece with a cell as far as this from where it was has to stay there."""


def piecewise(start: Start) -> Answer:
    """(cells,) units that keep every hard rule, and whether it is proved that there are none."""
    window = everything(start)
    rows = hard_rows(start, window)
    for tighter in _TIGHTER:
        pieces = LoosePieces.of(rows.tightened(tighter), window.room)
        if pieces is None:
            break
        natural = np.clip(start.x - window.least, 0, window.room)
        found = _Piecewise(pieces, natural).answer()
        if found.counts is None:
            return Answer(None, found.settled and tighter == 0 and window.natural)
        counts = window.least + found.counts
        if not broken(start, start.amounts(counts)):
            return Answer(counts, settled=False)
    return Answer(None, settled=False)


@dataclass(frozen=True, eq=False)
class _Piecewise:
    pieces: LoosePieces
    x: Vector
    """(cells,) the even spread, counted as the pieces are."""

    def answer(self) -> Answer:
        count = np.rint(self.x)
        stay = np.zeros(len(self.pieces.cells), dtype=bool)
        x = self.x
        for turn in range(1 + _SPREADS):
            if turn:
                x = self._spread(count, stay)
                free = ~stay[self.pieces.piece]
                count = np.where(free, np.rint(x), count)
            amiss = self.pieces.broken(count)
            amiss = amiss[~stay[amiss]]
            if len(amiss) > _SEARCHES:
                return Answer(None, settled=False)
            before = stay.copy()
            for piece in amiss.tolist():
                cells, settled = self._alone(piece, x)
                if cells is None:
                    return Answer(None, settled)
                mine = self.pieces.cells[piece]
                count[mine] = cells
                stay[piece] = bool((np.abs(cells - x[mine]) >= _FAR).any())
            if turn and (stay == before).all():
                break
        return self._linked(count, x)

    def _alone(self, piece: int, x: Vector) -> tuple[Vector | None, bool]:
        for effort in (_BRIEF, _EARNEST):
            found = self.pieces.nearest(np.array([piece]), x, effort)
            if found.x is not None or found.settled:
                break
        return found.x, found.settled

    def _spread(self, count: Vector, stay: Mask) -> Vector:
        """(cells,) the even spread of the pieces that need not stay, links kept as well as they can be."""
        pieces = self.pieces
        free = np.flatnonzero(~stay[pieces.piece])
        own, links = (Matrix(each[:, free].tocsr()) for each in pieces.columns)
        inside = np.flatnonzero(np.diff(own.indptr))
        amount = times(links, count[free])
        taken = times(pieces.links.matrix, count) - amount
        size = np.sqrt(np.maximum(self.x[free], 1))
        matrix = sparse.vstack([own[inside], links])
        step = np.maximum(largest(Matrix(matrix)), 1e-9)
        lack = sparse.csr_array(
            (np.ones(len(taken)), (len(inside) + np.arange(len(taken)), np.arange(len(taken)))),
            shape=(len(inside) + len(taken), len(taken)),
        )
        scaled = sparse.diags_array(1 / step) @ matrix @ sparse.diags_array(size)
        lower = np.concatenate([pieces.rows.lower[inside], pieces.links.lower - taken]) / step
        upper = np.concatenate([pieces.rows.upper[inside], pieces.links.upper - taken]) / step
        lacks = np.full(2 * len(taken), np.inf)
        program = QuadraticProgram(
            curvature=np.concatenate([np.ones(len(free)), np.zeros(len(lacks))]),
            cost=np.concatenate([-self.x[free] / size, np.full(len(lacks), _AMISS)]),
            matrix=Matrix(sparse.hstack([scaled, lack, -lack])),
            row_lower=lower,
            row_upper=upper,
            lower=np.zeros(len(free) + len(lacks)),
            upper=np.concatenate([pieces.room[free] / size, lacks]),
        )
        found = Piqp(attempts=1).solve(program)
        x = self.x.copy()
        if found.termination == "optimal":
            x[free] = near_whole(np.clip(found.x[: len(free)] * size, 0, pieces.room[free]))
        return x

    def _linked(self, count: Vector, x: Vector) -> Answer:
        """Counts (cells,) that keep the links, too; none where what they lack cannot be taken off."""
        shortfall, fruitless = self.pieces.shortfall(count), 0
        for chosen in self._neighbourhoods():
            if not shortfall.any() or fruitless > _FRUITLESS:
                break
            cells = self.pieces.cells_of(chosen)
            if not self.pieces.linked(cells)[shortfall != 0].any():
                continue
            tried, left = self._nearer(chosen, count, shortfall, x)
            gains = self._size(left) < self._size(shortfall)
            fruitless = 0 if gains else fruitless + 1
            if gains:
                count, shortfall = tried, left
        return Answer(None if shortfall.any() else count.astype(np.int64), settled=False)

    def _neighbourhoods(self) -> Iterator[Index]:
        """Some pieces at a time, all of them in each turn."""
        generator = np.random.default_rng(43)
        for joined in _JOINED:
            order = generator.permutation(len(self.pieces.cells))
            yield from np.split(order, range(joined, len(order), joined))

    def _nearer(self, chosen: Index, count: Vector, shortfall: Vector, x: Vector) -> tuple[Vector, Vector]:
        """Counts (cells,) and what they leave of lacks (links,) once some pieces have taken off their share and as much."""
        scale = self.pieces.scale
        share = scale * np.ceil(2 * np.abs(shortfall) / scale * len(chosen) / len(self.pieces.cells))
        found = self.pieces.nearest(chosen, x, _BRIEF, (count, np.clip(shortfall, -share, share)))
        if found.x is None:
            return count, shortfall
        tried = count.copy()
        tried[self.pieces.cells_of(chosen)] = found.x
        return tried, self.pieces.shortfall(tried)

    def _size(self, shortfall: Vector) -> float:
        return float((np.abs(shortfall) / self.pieces.scale).sum())
