"""Rows: what a rule demands as lower ≤ Σ coefficient · target ≤ upper, exact, one row per subject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from rules.arrays import Index
from scenarios.values.number_fields import LARGEST
from scenarios.values.rational_array import Exact


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
    """A name per row where the rows speak of groups or of parts of the period; empty otherwise."""

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
        """Two (rows,) arrays of floats, infinite where there is no limit; not to be changed, as they are kept."""
        return self._limits

    @cached_property
    def _limits(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        low = np.full(len(self), -np.inf) if self.lower is None else self.lower.floats()
        high = np.full(len(self), np.inf) if self.upper is None else self.upper.floats()
        return low, high

    def both(self) -> Rows:
        """The same rows with a limit on either side, beyond the largest number there may be where there is none."""
        size = len(self)
        lower = Exact.full(size, -LARGEST) if self.lower is None else self.lower
        upper = Exact.full(size, LARGEST) if self.upper is None else self.upper
        return replace(self, lower=lower, upper=upper)

    def upright(self) -> Rows:
        """The same rows, those of one target below zero times -1, so that each is a floor or a cap as it stands."""
        filled = np.flatnonzero(self.coefficient.numerators)
        count = np.bincount(self.row[filled], minlength=len(self))
        negative = np.zeros(len(self), dtype=bool)
        negative[self.row[filled[self.coefficient.numerators[filled] < 0]]] = True
        flipped = negative & (count == 1)
        if not flipped.any():
            return self
        rows = self.both()
        assert rows.lower is not None
        assert rows.upper is not None
        return replace(
            rows,
            coefficient=(-rows.coefficient).where(flipped[rows.row], rows.coefficient),
            lower=(-rows.upper).where(flipped, rows.lower),
            upper=(-rows.lower).where(flipped, rows.upper),
        )

    def subject(self, row: int, ids: Sequence[str]) -> str:
        """Whom and when a row speaks of: "acme", "north", "acme, Q4", or "" for all together."""
        partner = ids[int(self.partner[row])] if self.partner[row] >= 0 else ""
        return ", ".join(name for name in (partner, self.label[row] if self.label else "") if name)

    def during(self, period: str) -> Rows:
        """The same rows, named as speaking of a part of the period."""
        if not self.label:
            return replace(self, label=(period,) * len(self))
        return replace(self, label=tuple(f"{name}, {period}" if name else period for name in self.label))


_NOBODY = np.empty(0, dtype=np.intp)
NO_ROWS = Rows(_NOBODY, _NOBODY, Exact(np.empty(0, dtype=np.int64), 1), None, None, _NOBODY)
"""What a rule demands that says nothing."""


def join(parts: Sequence[Rows]) -> Rows:
    """The rows of all parts, one after the other. Raises ValueError where only some of them have a limit."""
    if not parts:
        return NO_ROWS
    starts = np.cumsum([0] + [len(p) for p in parts[:-1]])
    return Rows(
        row=np.concatenate([p.row + start for p, start in zip(parts, starts, strict=True)]),
        cell=np.concatenate([p.cell for p in parts]),
        coefficient=Exact.join([p.coefficient for p in parts]),
        lower=_join_limits([p.lower for p in parts]),
        upper=_join_limits([p.upper for p in parts]),
        partner=np.concatenate([p.partner for p in parts]),
        label=_join_labels(parts),
    )


def widen(parts: Sequence[Rows]) -> Rows:
    """The rows of the first part, with the entries of all parts: row by row, the sums of one another."""
    return replace(
        parts[0],
        row=np.concatenate([p.row for p in parts]),
        cell=np.concatenate([p.cell for p in parts]),
        coefficient=Exact.join([p.coefficient for p in parts]),
    )


def _join_limits(limits: list[Exact | None]) -> Exact | None:
    given = [limit for limit in limits if limit is not None]
    if given and len(given) != len(limits):
        raise ValueError("rows with a limit and rows without it cannot be one rule's")
    return Exact.join(given) if given else None


def _join_labels(parts: Sequence[Rows]) -> tuple[str, ...]:
    if not any(part.label for part in parts):
        return ()
    return tuple(label for part in parts for label in part.label or ("",) * len(part))
