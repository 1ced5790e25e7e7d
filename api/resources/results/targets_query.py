"""Asking a table of targets: filtered, searched, sorted, counted, summed and grouped, a page at a time."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from api.resources.results.targets_table import AMOUNTS, COUNTED, TargetsTable
from scenarios.tables.formula_guard import guarded
from scenarios.values.rational_array import Exact, decimal_text

if TYPE_CHECKING:
    import pandas as pd

SORTS = ("partner", "name", *AMOUNTS, "growth", "stretch")
LIMITS = {"floor": "at the floor", "cap": "at the cap", "fixed": "held from both sides", "free": "between"}
"""Where a target stands, as filters call it."""
_FACET_VALUES = 40
"""Values of a facet that are offered; the largest first."""


@dataclass(frozen=True)
class TargetsQuery:
    """Which targets, in which order."""

    metric: str
    search: str = ""
    """Part of an id or a name, whatever its case."""
    where: Mapping[str, str] = field(default_factory=dict)
    """Group to its value."""
    at: str = ""
    """A key of LIMITS; empty for all."""
    rule: str = ""
    """A rule that binds the target; empty for all."""
    sort: str = "partner"
    descending: bool = False


@dataclass(frozen=True)
class Facet:
    """Values of a group, each with the number of partners that the other filters leave."""

    name: str
    values: tuple[tuple[str, int], ...]
    others: int
    """Values beyond those."""


def selected(table: TargetsTable, query: TargetsQuery) -> pd.DataFrame:
    """The rows, in the order asked for."""
    frame = table.metrics[query.metric]
    found: pd.DataFrame = frame[_mask(frame, query)]
    if query.sort in found.columns:
        found = found.sort_values(
            query.sort, ascending=not query.descending, kind="stable", na_position="last"
        )
    return found


def _mask(frame: pd.DataFrame, query: TargetsQuery, *, but: str = "") -> Any:
    """(rows,) whether a row passes the filters, one of them left out."""
    import pandas as pd  # takes a sixth of the start of the service

    mask = pd.Series(True, index=frame.index)
    for column, value in query.where.items():
        if column != but and column in frame.columns:
            mask &= frame[column] == value
    if query.search:
        found = frame["partner"].str.contains(query.search, case=False, regex=False)
        if "name" in frame.columns:
            found |= frame["name"].str.contains(query.search, case=False, regex=False)
        mask &= found
    if query.at and but != "at":
        mask &= frame["at"] == ("" if query.at == "free" else query.at)
    if query.rule and but != "rule":
        mask &= ("; " + frame["binding"] + "; ").str.contains(f"; {query.rule}; ", regex=False)
    return mask


def facets(table: TargetsTable, query: TargetsQuery) -> list[Facet]:
    """Every group with its values and their counts."""
    frame = table.metrics[query.metric]
    found = []
    for name in table.groups:
        counts = frame.loc[_mask(frame, query, but=name), name].value_counts()
        values = tuple(
            (str(value), int(count))
            for value, count in counts.head(_FACET_VALUES).items()
            if value != "" and count
        )
        found.append(Facet(name, values, max(0, len(counts) - _FACET_VALUES)))
    counts = frame.loc[_mask(frame, query, but="at"), "at"].replace("", "free").value_counts()
    found.append(Facet("at", tuple((at, int(counts[at])) for at in LIMITS if at in counts), 0))
    return found


def totals(rows: pd.DataFrame) -> dict[str, str]:
    """The sums of the rows, exact, and the growth they come to.

    Before and growth count what stands for baselines that are not stated, as the summary of a run does;
    `without_baseline` says for how many.
    """
    sums = {name: _sum(rows[name]) for name in AMOUNTS} | {"baseline": _sum(rows[COUNTED])}
    counts = {"partners": str(len(rows)), "without_baseline": str(int(rows["baseline"].isna().sum()))}
    return {
        **{name: decimal_text(amount) for name, amount in sums.items()},
        "growth": _ratio(sums["target"], sums["baseline"]),
        "stretch": _ratio(sums["target"], sums["fair_share"]),
        **counts,
    }


def _sum(amounts: Any) -> Fraction:
    return Exact.from_floats(amounts.dropna().to_numpy(dtype=float)).sum()


def _ratio(target: Fraction, base: Fraction) -> str:
    """target / base - 1 to six decimals; empty on nothing."""
    return f"{float(target / base - 1):.6f}" if base else ""


def grouped(rows: pd.DataFrame, column: str) -> list[dict[str, str]]:
    """The totals of each group of the rows, the largest target first."""
    found = [
        {"value": str(value), **totals(part)}
        for value, part in rows.groupby(column, sort=False, observed=True)
    ]
    return sorted(found, key=lambda group: -Decimal(group["target"]))


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as plain values; None where there is no number."""
    return [
        {
            str(name): None if isinstance(cell, float) and math.isnan(cell) else cell
            for name, cell in row.items()
        }
        for row in rows.to_dict("records")
    ]


def as_csv(rows: pd.DataFrame) -> bytes:
    """The rows as CSV in which no cell is a formula to whoever opens it."""
    rows = rows.drop(columns=COUNTED)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(str, rows.columns))
    for row in rows.itertuples(index=False):
        writer.writerow([_cell(cell) for cell in row])
    return text.getvalue().encode()


def _cell(cell: Any) -> str:
    if isinstance(cell, float):
        return "" if math.isnan(cell) else format(Decimal(repr(cell)).normalize(), "f")
    return guarded(str(cell))
