"""Rows of a long table that are the total of a partner's others, which the sum over the periods would count twice."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scenarios.findings.finding import Finding, Place
from scenarios.tables.periods import kind_of_period
from scenarios.tables.totals import is_called_total
from scenarios.values.quoting import quoted

_PROVED = 2
"""So many partners whose total comes to the sum of their other rows are no chance where its name says so, too."""
_CHANCE = 1_000
"""Amounts below are now and then such a sum by chance."""
_CLOSE = 1e-9
"""Sums of 64-bit floats agree to so much of their size."""
_LENGTHS = ("day", "week", "number", "month", "quarter", "half", "year")
"""From the shortest part of time to the longest."""


@dataclass(frozen=True, eq=False)
class Parts:
    """The numbers of a column of values."""

    value: str
    period: str
    """The columns' names."""
    numbers: NDArray[np.float64]
    """(rows,) NaN where there is none."""
    labels: Sequence[tuple[str, str]]
    """Metric and period of each kind of row."""
    label_of: NDArray[np.intp]
    """(rows,) which kind each row is."""
    partner: NDArray[np.intp]
    """(rows,) the number of its partner."""
    lines: Callable[[], NDArray[np.int64]]
    name: str

    @cached_property
    def kinds(self) -> list[str]:
        """The kinds of periods that there are, in order of appearance; periods of no known kind left out."""
        return list(dict.fromkeys(filter(None, (kind_of_period(period) for _, period in self.labels))))

    def place(self, label: int) -> Place:
        """The first row of a kind."""
        return Place(self.name, int(self.lines()[np.flatnonzero(self.label_of == label)[0]]))


def doubt_parts(parts: Parts) -> Iterator[Finding]:
    """Periods that are totals of the others: errors where name and sums say so, else doubts; and kinds of periods mixed."""
    found = [finding for label in range(len(parts.labels)) for finding in _total(parts, label)]
    yield from found
    if not found and len(parts.kinds) > 1:
        yield _mixed(parts)


def _total(parts: Parts, label: int) -> Iterator[Finding]:
    period = parts.labels[label][1]
    is_called, sums = is_called_total(period) or _is_longer(parts, period), _sums(parts, label)
    what, remedy = f"{parts.value} of {quoted(period)}", "Remove these rows, if they are one."
    if is_called and len(sums) >= _PROVED:
        message = f"{what} is the total of the other rows of each partner, which would count everything twice"
        yield Finding("total-row", parts.place(label), message, "Remove these rows.")
    elif is_called_total(period):
        message = f"{what} looks like a total of other rows, and is counted with them"
        yield Finding("total-row", parts.place(label), message, remedy, "warning")
    elif len(sums) > _PROVED and sums.min() >= _CHANCE:
        message = f"{what} is the sum of the other rows of each partner, and is counted with them"
        yield Finding("total-row", parts.place(label), message, remedy, "warning")


def _is_longer(parts: Parts, period: str) -> bool:
    """Whether a period is longer than some other, as a year is beside months."""
    kind = kind_of_period(period)
    return kind is not None and any(_LENGTHS.index(kind) > _LENGTHS.index(each) for each in parts.kinds)


def _sums(parts: Parts, label: int) -> NDArray[np.float64]:
    """(partners,) the sizes of a period's numbers, where each is the sum of several others; empty where one is not."""
    metric = parts.labels[label][0]
    mine = parts.label_of == label
    others = np.array([each == metric for each, _ in parts.labels])[parts.label_of] & ~mine
    size, numbers = int(parts.partner.max()) + 1, np.nan_to_num(parts.numbers)
    whole, rest = (
        np.bincount(parts.partner[rows], weights=numbers[rows], minlength=size) for rows in (mine, others)
    )
    there = (whole != 0) & (np.bincount(parts.partner[others], minlength=size) > 1)
    sizes = np.abs(whole[there])
    agree = np.abs(whole - rest)[there] <= _CLOSE * sizes
    return sizes if agree.all() else np.zeros(0)


def _mixed(parts: Parts) -> Finding:
    """A doubt where some periods are months and others quarters or years: the longer ones most likely hold the shorter."""
    one, other = (
        next(at for at, (_, period) in enumerate(parts.labels) if kind_of_period(period) == kind)
        for kind in parts.kinds[:2]
    )
    named = f"{quoted(parts.labels[one][1])} and {quoted(parts.labels[other][1])}"
    message = f"{parts.period} is {named}, which differ in length, and the sum over it counts both"
    return Finding("total-row", parts.place(other), message, "Keep the rows of one length.", "warning")
