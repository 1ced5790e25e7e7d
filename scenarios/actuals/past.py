"""The past of a re-plan: the parts that are over, what was published for all parts, and what was done."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scenarios.actuals.unassigned import Unassigned
from scenarios.findings.finding import Place, Report
from scenarios.values.rational_array import Exact

Ahead = Literal["keep", "release"]


@dataclass(frozen=True)
class Gone:
    """What was published for a partner who is not in the table any more."""

    partner: str
    metric: int
    part: int
    amount: Fraction


@dataclass(frozen=True, eq=False)
class Past:
    """What a re-plan starts from; cells are in the order metric, part, partner sorted by id."""

    periods: tuple[str, ...]
    """Every part of the period."""
    done: tuple[int, ...]
    """The parts that are over, by number."""
    published: Exact
    """(cells,) the targets that were published; zero where there was none."""
    known: NDArray[np.bool_]
    """(cells,) where one was published; the rest of who is new starts at its fair share."""
    actual: Exact
    """(cells,) what was done in the parts that are over; zero in the others."""
    ahead: Ahead
    """What becomes of a company target that is reached early: the published rest is kept, or released."""
    gone: tuple[Gone, ...] = ()
    """What was published for those who are no partners any more."""
    unassigned: tuple[Unassigned, ...] = ()
    """What others did in the parts that are over."""
    cascade: tuple[str, ...] = ()
    """The columns of their paths, from the company down."""

    @property
    def rest(self) -> tuple[int, ...]:
        """The parts that are not over, by number."""
        return tuple(part for part in range(len(self.periods)) if part not in self.done)

    def refuse_over(self, period: str | None, place: Place, report: Report) -> bool:
        """Reports a part that is over where a target of the rest is meant; whether it was."""
        over = period is not None and period not in self.rest_periods
        if over:
            remedy = f"Planned anew: {', '.join(self.rest_periods)}."
            report.error(
                "does-not-fit", place, f"{period} is over: its targets stay as they were published", remedy
            )
        return over

    @property
    def rest_periods(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(self.periods[part] for part in self.rest)
