"""What a file says its amounts are, such as thousands of dollars, against the unit of the metric they are read for."""

from collections.abc import Iterator

import numpy as np

from scenarios.findings.finding import Finding, Place
from scenarios.forms import MetricForm
from scenarios.partners import PartnerTable
from scenarios.read.symbols import Symbols
from scenarios.tables.headings import currency_of, scale_of
from scenarios.tables.number_style import is_other_currency
from scenarios.values.quoting import quoted


def doubt_unit(name: str, metric: MetricForm, known: Symbols) -> None:
    """Reports doubts about the baseline of a metric: its scale, percentages, and another currency."""
    if metric.baseline is None:
        return
    baseline = _Baseline(name, metric, metric.baseline, known.table)
    for finding in (*baseline.scale(), *baseline.percentages(), *baseline.currency()):
        known.report.add(finding)


class _Baseline:
    """The column that a metric's amounts are read from."""

    def __init__(self, name: str, metric: MetricForm, column: str, table: PartnerTable) -> None:
        self._name, self._unit, self._column, self._table = name, metric.unit, column, table
        self._heading = table.options.columns.get(column, column)
        self._letters = table.cells.letters_of(table.columns.index(column)) or ""
        self._place = Place(table.name, table.cells.header_line)

    def scale(self) -> Iterator[Finding]:
        """A doubt where the heading, or else a title above the table, says thousands or millions."""
        if scale_of(self._unit) is not None:
            return
        for what, text in (
            ("heading", self._heading),
            *(("title", title) for title in self._table.cells.titles),
        ):
            if (scale := scale_of(text)) is not None:
                message = (
                    f"the {what} {quoted(text[:80])} says {scale}, and its numbers are read as they stand"
                )
                remedy = f"Say so in the unit of {self._name}, such as thousand {self._unit}, or multiply the column."
                yield Finding("ambiguous-number", self._place, message, remedy, "warning")
                return

    def percentages(self) -> Iterator[Finding]:
        """A doubt where the cells are percentages, as they are typed or as the sheet shows them."""
        table, typed = self._table, self._table.figures(self._column).percents
        if typed or self._letters in table.cells.percentages:
            held = table.figures(self._column).values
            filled = typed or np.flatnonzero(~np.isnan(held)).tolist()
            if not filled:
                return
            row = filled[0]
            example = f"{held[row]:.10g} for {table.ids[row]}"
            message = f"{self._column} holds percentages, such as {example}, where amounts are due"
            remedy = f"Name the column that {self._name} is counted in, or format the cells as numbers."
            yield Finding("ambiguous-number", table.place(row, self._column), message, remedy, "warning")

    def currency(self) -> Iterator[Finding]:
        """A doubt where all amounts bear another currency than the unit: beside them, by format, or in the heading."""
        cells = self._table.cells
        from_format = cells.currencies.get(self._letters)
        signs = self._table.figures(self._column).currencies or tuple(
            filter(None, [from_format or currency_of(self._heading)])
        )
        if signs and all(is_other_currency(sign, self._unit) for sign in signs):
            message = (
                f"{self._column} holds amounts in {signs[0]}, and {self._name} is counted in {self._unit}"
            )
            yield Finding(
                "mixed-currency", self._place, message, "Convert them, or correct the unit.", "warning"
            )
