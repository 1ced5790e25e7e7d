"""The columns of allocation.csv: one entry here makes a column in CSV, JSON, HTTP, the workbook and on a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from api.output.arrow_decimals import from_exact, from_floats
from api.output.arrow_texts import coded, from_codes, picked
from api.output.partner_names import NAME, REGION, TIER
from rules import CellIndex
from scenarios.values.rational_array import Exact
from solver import Allocation
from solver.cascade.levels import PARTNER, assigned_to_partners
from solver.whole_period import WholePeriod

Index = NDArray[np.intp]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Kind = Literal["text", "amount", "ratio", "texts"]
"""text, an amount in the metric's unit, a ratio (0.05 is 5 %), or several texts with `; ` between."""


@dataclass(frozen=True)
class Column:
    """One column."""

    name: str
    """In CSV and JSON."""
    label: str
    """In workbooks."""
    kind: Kind
    about: str
    """What it holds, for the documents."""
    make: Callable[[Rows], Any]
    """(rows,) an Arrow array; None where the scenario has no such column."""
    required: bool = False
    """Whether every row has it, so that JSON has no null there."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Targets in the order in which a table shows them."""

    allocation: Allocation
    cell: Index
    """(rows,) the cell of each row."""

    @property
    def frame(self) -> CellIndex:
        """The cells."""
        return self.allocation.frame

    @cached_property
    def baseline(self) -> tuple[Exact, Mask]:
        """(rows,) every target's baseline, and where none is stated."""
        frame = self.frame
        views = [frame.within(period) for period in frame.periods] or [frame]
        parts = [(view.baseline(m), _unstated(frame, m)) for m in frame.metrics for view in views]
        values = Exact.join([values for values, _ in parts])
        unknown = np.concatenate([unknown for _, unknown in parts])
        return values[self.cell], unknown[self.cell]

    @cached_property
    def target(self) -> Exact:
        """(rows,) in each metric's unit."""
        return self.allocation.target[self.cell]

    @cached_property
    def fair_share(self) -> Floats:
        """(rows,) in each metric's unit."""
        return self.allocation.fair_share[self.cell]

    def of_partner(self, column: str) -> Any:
        """(rows,) a column of the partner table; None where it has none of the name."""
        table, frame = self.allocation.scenario.table, self.frame
        if column not in table.columns:
            return None
        texts = coded(table.text(column)[frame.columns.order])
        return picked(texts, self.cell % frame.partners)


def _partner(rows: Rows) -> Any:
    return from_codes(rows.frame.columns.id_strings, rows.cell % rows.frame.partners)


def _metric(rows: Rows) -> Any:
    block = rows.cell // rows.frame.partners
    return from_codes(tuple(rows.frame.metrics), block // rows.frame.parts)


def _period(rows: Rows) -> Any:
    frame = rows.frame
    block = rows.cell // frame.partners
    return from_codes(frame.periods, block % frame.parts) if frame.periods else None


def _baseline(rows: Rows) -> Any:
    values, unknown = rows.baseline
    return from_exact(values, null=unknown)


def _published(rows: Rows) -> Any:
    whole = rows.allocation
    return from_exact(whole.past.published[rows.cell]) if isinstance(whole, WholePeriod) else None


def _done(rows: Rows) -> Any:
    """What was done in the parts that are over; null in the others."""
    whole = rows.allocation
    if not isinstance(whole, WholePeriod):
        return None
    part = rows.cell // rows.frame.partners % rows.frame.parts
    return from_exact(whole.past.actual[rows.cell], null=~np.isin(part, whole.past.done))


def _change(rows: Rows) -> Any:
    whole = rows.allocation
    if not isinstance(whole, WholePeriod):
        return None
    return from_exact(rows.target - whole.past.published[rows.cell])


def _assigned(rows: Rows) -> Any:
    allocation = rows.allocation
    if PARTNER not in allocation.scenario.over_assign:
        return None
    return from_exact(assigned_to_partners(allocation)[rows.cell])


def _growth(rows: Rows) -> Any:
    values, unknown = rows.baseline
    return _over(rows.target.floats(), np.where(unknown, 0.0, values.floats()))


def _over(target: Floats, base: Floats) -> Any:
    """(rows,) target / base - 1; null where there is no base."""
    ratio = np.divide(target, base, out=np.full(len(target), np.nan), where=base > 0)
    return from_floats(np.asarray(ratio - 1))


def _unstated(frame: CellIndex, metric: str) -> Mask:
    column = frame.metrics[metric].baseline
    return frame.columns.empty(column) if column else np.ones(frame.partners, dtype=bool)


WHOSE = (
    Column("partner", "Partner", "text", "The partner's id.", _partner, required=True),
    Column("name", "Name", "text", "What the partner is called; only where the table has a column `name`.",
           lambda rows: rows.of_partner(NAME)),
    Column("tier", "Tier", "text", "The partner's tier; only where the table has a column `tier`.",
           lambda rows: rows.of_partner(TIER)),
    Column("region", "Region", "text", "Where the partner is; only where the table has a column `region`.",
           lambda rows: rows.of_partner(REGION)),
    Column("metric", "Metric", "text", "What is counted.", _metric, required=True),
    Column("period", "Period", "text", "The part of the period; only in scenarios that have periods.", _period),
)  # fmt: skip
"""Whose target a row is about; every table of targets begins with these."""
TARGET = Column("target", "Target", "amount", "What is asked.",
                lambda rows: from_exact(rows.target), required=True)  # fmt: skip
ASSIGNED = Column("assigned", "Assigned", "amount",
                  "The target with what is assigned beyond it; only where `over_assign` names `partner`.",
                  _assigned)  # fmt: skip
ALLOCATION: tuple[Column, ...] = (
    *WHOSE,
    Column("baseline", "Baseline", "amount", "What the partner did before; empty where it is not known.",
           _baseline),
    Column("fair_share", "Fair share", "amount",
           "The partner's share of the drivers times the company target.",
           lambda rows: from_floats(rows.fair_share)),
    Column("published", "Published", "amount",
           "What the plan before asked; only in a re-plan.", _published),
    Column("done", "Done", "amount",
           "What was done in a part that is over; only in a re-plan.", _done),
    Column("floor", "Floor", "amount", "The least within which the target was sought.",
           lambda rows: from_floats(rows.allocation.floor[rows.cell])),
    Column("cap", "Cap", "amount", "The most within which the target was sought; empty where there is none.",
           lambda rows: from_floats(rows.allocation.cap[rows.cell])),
    Column("unrounded", "Before rounding", "amount", "The even spread, before rounding.",
           lambda rows: from_floats(rows.allocation.unrounded[rows.cell])),
    TARGET,
    ASSIGNED,
    Column("change", "Change", "amount", "target - published; only in a re-plan.", _change),
    Column("growth", "Growth", "ratio", "target / baseline - 1; empty where that divides by nothing.", _growth),
    Column("stretch", "Stretch", "ratio", "target / fair share - 1; empty where that divides by nothing.",
           lambda rows: _over(rows.target.floats(), rows.fair_share)),
    Column("binding", "What binds", "texts", "The rules that the target stands at or that pull it.",
           lambda rows: coded(rows.allocation.binding[rows.cell])),
)  # fmt: skip
"""The columns of allocation.csv, in their order."""
TARGETS: tuple[Column, ...] = (*WHOSE, TARGET, ASSIGNED)
"""The columns that say what is asked of whom."""


def made(columns: tuple[Column, ...], rows: Rows) -> dict[str, Any]:
    """Name to Arrow array of those columns that the scenario has."""
    found = {column.name: column.make(rows) for column in columns}
    return {name: array for name, array in found.items() if array is not None}
