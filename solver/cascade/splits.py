"""Splits: an allocation rolled up by shares, for partners that count in several groups at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rules.credit import Credit
from scenarios.values.rational_array import Exact
from solver.allocation import Allocation
from solver.cascade.levels import Sums, of_partners


@dataclass(frozen=True, eq=False)
class Split:
    """A split with what its groups come to."""

    name: str
    credit: Credit
    sums: Sums
    """(blocks · groups,) each: every partner counts by its share."""

    @property
    def partners(self) -> NDArray[np.intp]:
        """(groups,) how many partners have a share in each."""
        return np.bincount(self.credit.group, minlength=len(self.credit.names))


def roll_up_splits(allocation: Allocation) -> tuple[Split, ...]:
    """Each split that is no level of the cascade; the groups of one add up to the company exactly."""
    frame, whole = allocation.frame, of_partners(allocation)
    blocks = len(frame.metrics) * frame.parts
    found = []
    for name in frame.columns.shares:
        if name in allocation.scenario.cascade:
            continue
        credit = frame.columns.credit(name)
        cell = (np.arange(blocks)[:, None] * frame.partners + credit.partner).ravel()
        group = (np.arange(blocks)[:, None] * len(credit.names) + credit.group).ravel()
        share = Exact.join([credit.share] * blocks)
        sums = {
            # How many have no cap is a count: a partner with half a share is one of them still.
            each: (amounts[cell] * share if each != "endless" else amounts[cell]).sum_by(
                group, blocks * len(credit.names)
            )
            for each, amounts in vars(whole).items()
        }
        found.append(Split(name, credit, Sums(**sums)))
    return tuple(found)
