"""Groups: the medians of their members, each member's part of its group, and members side by side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rules.arrays import Index
from scenarios.exact import Exact

_FINE = 10**12


def medians(values: Exact, group: Index, groups: int) -> Exact:
    """(groups,) the middle of each group's values, or the mean of its two in the middle; zero where empty.

    `values` (members,); `group` (members,) tells whose each is.
    """
    sizes = np.bincount(group, minlength=groups)
    filled = np.flatnonzero(sizes)
    ordered = values[np.lexsort((values.numerators, group))]
    starts = np.cumsum(sizes)[filled] - sizes[filled]
    middle = ordered[starts + (sizes[filled] - 1) // 2] + ordered[starts + sizes[filled] // 2]
    return (middle / 2).sum_by(filled, groups)


def parts(values: NDArray[np.float64], group: Index) -> Exact:
    """(members,) each one's part of its group's sum, to twelve decimals; the largest makes them sum to one.

    `values` (members,) above zero.
    """
    rounded = np.rint(values / np.bincount(group, values)[group] * _FINE).astype(np.int64)
    left = np.full(int(group.max(initial=-1)) + 1, _FINE, dtype=np.int64)
    np.subtract.at(left, group, rounded)
    largest = np.lexsort((values, group))[np.cumsum(np.bincount(group)) - 1]
    rounded[largest] += left[group[largest]]
    return Exact(rounded, _FINE)


def pairs(group: Index) -> tuple[Index, Index]:
    """Two (pairs,) arrays of member numbers: each member, and every member of its group, itself too.

    Two groups of three members make eighteen pairs.
    """
    sizes = np.bincount(group)
    by_group = np.argsort(group, kind="stable")
    starts = (np.cumsum(sizes) - sizes)[group]
    each = np.repeat(np.arange(len(group), dtype=np.intp), sizes[group])
    ordinal = np.arange(len(each)) - np.repeat(np.cumsum(sizes[group]) - sizes[group], sizes[group])
    return each, np.asarray(by_group[starts[each] + ordinal], dtype=np.intp)


def count_pairs(group: Index) -> int:
    """How many pairs there are."""
    return int(np.square(np.bincount(group)).sum())
