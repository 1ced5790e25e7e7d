"""The next partner table: all that this one holds, and what was asked and done in the period, in columns named for it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from api.analysis.errors import InvalidRequest
from api.analysis.plan import Plan
from api.analysis.renew.document import AddedColumn
from scenarios.diff.changes import Use
from scenarios.partners import PartnerTable
from scenarios.values.rational_array import Exact, decimal_text, six_decimals


@dataclass(frozen=True, eq=False)
class NewColumn:
    """A column to be added."""

    part: AddedColumn
    amounts: Exact
    """(partners,) in the order of the plan's ids."""


@dataclass(frozen=True, eq=False)
class NewColumns:
    """All of them, by what they hold."""

    columns: tuple[NewColumn, ...]

    def name(self, metric: str, holds: str, period: str | None = None) -> str:
        """What the column is called."""
        wanted = (metric, holds, period)
        return next(
            each.part.name
            for each in self.columns
            if (each.part.metric, each.part.holds, each.part.period) == wanted
        )


def new_columns(plan: Plan, done: Exact, period: str) -> NewColumns:
    """What was asked and done, for the whole and for each part. Raises InvalidRequest for names that are taken."""
    made = tuple(_new_columns(plan, done, period))
    there = set(plan.scenario.table.columns)
    for each in made:
        if each.part.name in there:
            message = (
                f"there is a column {each.part.name} already: give the period or the metrics other names."
            )
            raise InvalidRequest("", message)
        there.add(each.part.name)
    return NewColumns(made)


def _new_columns(plan: Plan, done: Exact, period: str) -> Iterator[NewColumn]:
    frame = plan.frame
    for metric in frame.metrics:
        for holds, amounts in (("actual", done), ("target", plan.targets)):
            parts = [amounts[cells] for cells in frame.cells(metric)]
            whole = sum(parts, Exact.full(frame.partners, 0))
            named = (
                [(None, whole), *zip(frame.periods, parts, strict=False)]
                if frame.periods
                else [(None, whole)]
            )
            for part, values in named:
                yield NewColumn(_described(metric, period, holds, part, values), values)


def _described(metric: str, period: str, holds: str, part: str | None, values: Exact) -> AddedColumn:
    words = [metric, *(["target"] if holds == "target" else []), period, *([part] if part else [])]
    name = "_".join(re.sub(r"\W+", "_", word).strip("_").lower() for word in words)
    return AddedColumn(name=name, metric=metric, period=part, holds=holds, total=six_decimals(values.sum()))


def table_text(table: PartnerTable, ids: tuple[str, ...], new: NewColumns, read: Mapping[str, Use]) -> str:
    """The next table as CSV: numbers that are read are written with a decimal point, all else as it was."""
    row_of = {partner: at for at, partner in enumerate(ids)}
    order = np.array([row_of[str(who)] for who in table.ids.tolist()], dtype=np.intp)
    old = [_column(table, name, read.get(name)) for name in table.columns]
    added = [map(decimal_text, each.amounts[order].tolist()) for each in new.columns]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*table.columns, *(each.part.name for each in new.columns)])
    writer.writerows(zip(*old, *added, strict=True))
    return text.getvalue()


def _column(table: PartnerTable, name: str, use: Use | None) -> list[str]:
    if name == table.id_column:
        return [str(who) for who in table.ids.tolist()]
    if use != "number":
        return ["" if text is None else str(text) for text in table.raw_text(name).to_pylist()]
    values = table.figures(name).values
    there = ~np.isnan(values)
    exact = Exact.from_floats(np.where(there, values, 0.0)).tolist()
    return [decimal_text(each) if known else "" for each, known in zip(exact, there.tolist(), strict=True)]
