"""Rows: what a rule demands as lower ≤ Σ coefficient · target ≤ upper, exact, one row per subject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from scenarios.exact import Exact

Index = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Rows:
    """Sparse rows over the cells; each has a lower or an upper limit or both."""

    row: Index
    """(entries,) the row of each entry."""
    cell: Index
    """(entries,) the cell of each entry."""
    coefficient: Exact
    """(entries,) what each target is multiplied with."""
    lower: Exact | None
    """(rows,) at least this; None: no lower limit."""
    upper: Exact | None
    """(rows,) at most this; None: no upper limit."""
    partner: Index
    """(rows,) the partner a row speaks of, -1 where it speaks of several."""
    label: tuple[str, ...] = ()
    """A name per row where the rows speak of groups; empty otherwise."""

    def __len__(self) -> int:
        return len(self.partner)

    def amounts(self, targets: Exact) -> Exact:
        """(rows,) Σ coefficient · target for exact `targets` (cells,)."""
        return (self.coefficient * targets[self.cell]).sum_by(self.row, len(self))

    def matrix(self, cells: int) -> sparse.csr_array:
        """(rows, cells) the coefficients as floats."""
        entries = (self.coefficient.floats(), (self.row, self.cell))
        return sparse.csr_array(entries, shape=(len(self), cells))

    def limits(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Two (rows,) arrays of floats, infinite where there is no limit."""
        low = np.full(len(self), -np.inf) if self.lower is None else self.lower.floats()
        high = np.full(len(self), np.inf) if self.upper is None else self.upper.floats()
        return low, high

    def subject(self, row: int, ids: Sequence[str]) -> str:
        """Whom a row speaks of: a partner's id, a group's name, or "" for all together."""
        if self.partner[row] >= 0:
            return ids[int(self.partner[row])]
        return self.label[row] if self.label else ""


def join(parts: Sequence[Rows]) -> Rows:
    """The rows of all parts, one after the other; parts of one rule have the same limits."""
    if len(parts) == 1:
        return parts[0]
    starts = np.cumsum([0] + [len(p) for p in parts[:-1]])
    return Rows(
        row=np.concatenate([p.row + start for p, start in zip(parts, starts, strict=True)]),
        cell=np.concatenate([p.cell for p in parts]),
        coefficient=Exact.join([p.coefficient for p in parts]),
        lower=_join_limits([p.lower for p in parts]),
        upper=_join_limits([p.upper for p in parts]),
        partner=np.concatenate([p.partner for p in parts]),
        label=tuple(label for p in parts for label in p.label),
    )


def _join_limits(limits: list[Exact | None]) -> Exact | None:
    given = [limit for limit in limits if limit is not None]
    return Exact.join(given) if given else None
