"""Groups: the members in the middle, each member's part of its group, and members side by side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rules.arrays import Index
from scenarios.values.rational_array import Exact

_FINE = 10**12


def middles(values: NDArray[np.float64], group: Index) -> tuple[Index, Index, Index]:
    """Three (groups with members,) arrays: the group, and its two members in the middle by value.

    The two are one where the group's size is odd. `group` (members,) tells whose each of `values` is.
    """
    ordered = np.lexsort((values, group))
    sizes = np.bincount(group)
    filled = np.flatnonzero(sizes)
    starts, sizes = np.cumsum(sizes)[filled] - sizes[filled], sizes[filled]
    return filled, ordered[starts + (sizes - 1) // 2], ordered[starts + sizes // 2]


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
