"""Padding: what a level is asked for beyond its base, in whole units that add up from the top down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from scenarios.values.rational_array import Exact

Index = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Part:
    """One step on the way down: what the amounts of the step above fall into."""

    base: Exact
    """(entries,) what each entry is asked for."""
    above: Index
    """(entries,) the entry of the step above that each belongs to."""


def pad(whole: Exact, parts: Sequence[Part], rate: Exact) -> Exact:
    """The over-assigned units of each entry of the last part; `rate` tells per entry of `whole` units per amount.

    The whole gets ⌊rate · base + 1/2⌋ units. Each step hands its units on by largest remainder of rate · base,
    so every entry on the way gets that number rounded down or up, and entries add up to the one above. Of equal
    remainders the first is rounded up. `whole` and `rate` are (entries of the first step,).
    """
    quota = whole * rate + Fraction(1, 2)
    units, owner = Exact(quota.numerators // quota.denominator, 1), np.arange(len(whole), dtype=np.intp)
    for part in parts:
        owner = owner[part.above]
        units = _apportioned(units, part.base * rate[owner], part.above)
    return units


def _apportioned(units: Exact, quota: Exact, above: Index) -> Exact:
    """(entries,) the units (above,), each entry's near its quota (entries,)."""
    # Hamilton's method: whole parts first, then one unit each to the largest remainders.
    least = quota.numerators // quota.denominator
    rest = quota.numerators - least * quota.denominator
    # At least none and at most one for each entry: the units above are the sum of these quotas, rounded
    # down or up.
    more = (units - Exact(least, 1).sum_by(above, len(units))).numerators
    order = np.argsort(-rest, kind="stable")
    # Both sorts are stable: within a parent remainders fall, and equal ones stay in the order of entries.
    order = order[np.argsort(above[order], kind="stable")]
    first = np.searchsorted(above[order], np.arange(len(units)))
    rank = np.arange(len(order)) - first[above[order]]
    raised = np.zeros(len(order), dtype=np.int64)
    raised[order] = rank < more[above[order]]
    return Exact(least, 1) + Exact(raised, 1)
