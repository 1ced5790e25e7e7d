"""Laminar families: rows any two of which are nested or apart; two such families together are a network.

The rows of two laminar families are totally unimodular (Edmonds 1970): where fractions keep them, whole numbers do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from solver.model.matrices import Matrix, alike

Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

NONE = -1
"""The family of a row that fits in neither, and the parent of a row that lies in no other."""


@dataclass(frozen=True, eq=False)
class Families:
    """Rows in two families, each a forest."""

    family: Index
    """(rows,) 0, 1 or NONE."""
    parent: Index
    """(rows,) the smallest row of the family that holds it, or NONE."""
    inner: tuple[Index, Index]
    """For each family (columns,) the smallest row that holds each column, or NONE."""


def families(matrix: Matrix, able: Mask) -> Families:
    """The families of the rows that are `able` (rows,): those with coefficients of one."""
    columns = matrix.tocsc()
    probe = np.random.default_rng(31).random((2, matrix.shape[0]))
    first, _ = alike(np.stack([columns.T @ p for p in probe], axis=1))
    rows = np.flatnonzero(able)
    members = sparse.csr_array(columns[:, first].tocsr()[rows])
    shared = sparse.coo_array(members @ members.T)
    i, j = shared.coords
    size = np.diff(members.indptr)
    across = (shared.data < size[i]) & (shared.data < size[j])
    family = np.full(matrix.shape[0], NONE, dtype=np.intp)
    family[rows] = _coloured(
        sparse.csr_array((np.ones(int(across.sum())), (i[across], j[across])), shape=shared.shape)
    )
    # Larger rows first, so that whatever holds a row stands before it.
    place = np.empty(len(rows), dtype=np.intp)
    order = np.lexsort((np.arange(len(rows)), -size))
    place[order] = np.arange(len(rows))
    own = family[rows]
    holds = (shared.data == size[i]) & (own[i] == own[j]) & (own[i] != NONE) & (place[j] < place[i])
    nearest = np.full(len(rows), NONE, dtype=np.intp)
    np.maximum.at(nearest, i[holds], place[j[holds]])
    parent = np.full(matrix.shape[0], NONE, dtype=np.intp)
    parent[rows] = np.where(nearest == NONE, NONE, rows[order[nearest]])
    rank = np.full(matrix.shape[0], NONE, dtype=np.intp)
    rank[rows] = place
    inner = tuple(_inner(columns, rank, rows[order], family == number) for number in (0, 1))
    return Families(family, parent, (inner[0], inner[1]))


def _inner(columns: sparse.csc_array, place: Index, ordered: Index, mine: Mask) -> Index:
    """(columns,) the row that stands last among those of a family that hold each column."""
    column = np.repeat(np.arange(columns.shape[1]), np.diff(columns.indptr))
    inside = mine[columns.indices]
    found = np.full(columns.shape[1], NONE, dtype=np.intp)
    np.maximum.at(found, column[inside], place[columns.indices[inside]])
    return np.where(found == NONE, NONE, ordered[found]) if len(ordered) else found


def _coloured(across: Matrix) -> Index:
    """(rows,) 0 or 1 such that rows across one another differ; NONE for rows that would need a third."""
    colour = np.zeros(across.shape[0], dtype=np.intp)
    crossed = np.flatnonzero(np.diff(across.indptr))
    colour[crossed] = NONE
    seen = np.zeros(across.shape[0], dtype=bool)
    # Rows that cross few come last: a short period is crossed by every partner's year, and gets its colour first.
    for start in crossed[np.argsort(-np.diff(across.indptr)[crossed], kind="stable")].tolist():
        if not seen[start]:
            _spread(across, start, colour, seen)
    return colour


def _spread(across: Matrix, start: int, colour: Index, seen: Mask) -> None:
    """Colours all rows that are joined to one by crossings; changes both arrays."""
    queue = [start]
    seen[start] = True
    for row in queue:
        others = across.indices[across.indptr[row] : across.indptr[row + 1]]
        taken = colour[others]
        free = [c for c in (0, 1) if not (taken == c).any()]
        colour[row] = free[0] if free else NONE
        new = others[~seen[others]]
        seen[new] = True
        queue += new.tolist()
