"""The order in which things of several metrics are listed: amounts of two units are never compared."""

from typing import Any

import numpy as np

Positions = np.ndarray[Any, np.dtype[np.intp]]


def by_turns(order: Positions, group: Positions) -> Positions:
    """The positions in `order`, by turns of their groups: the first of each, then the second of each, and so on.

    `group` is the group of every position, a number; groups take turns by their numbers.
    """
    of = group[order]
    together = np.argsort(of, kind="stable")
    rank = np.empty(len(order), dtype=np.intp)
    rank[together] = np.arange(len(order)) - np.searchsorted(of[together], of[together])
    return order[np.lexsort((of, rank))]
