"""What a file says its amounts are, such as thousands of dollars, against the units that they are read in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from scenarios.findings.finding import Finding, Place
from scenarios.tables.headings import currency_of, scale_of
from scenarios.tables.number_style import is_other_currency
from scenarios.tables.used_columns import Table
from scenarios.values.quoting import quoted


@dataclass(frozen=True, eq=False)
class AmountColumn:
    """A column that amounts are read from."""

    table: Table
    column: str
    name: str
    """What is counted by it, such as `revenue`."""
    units: Sequence[str]
    """What it is counted in; several where rows are about several metrics."""

    def doubts(self) -> Iterator[Finding]:
        """Doubts about its scale, percentages, and another currency."""
        yield from self._scale()
        yield from self._percentages()
        yield from self._currency()

    @property
    def _heading(self) -> str:
        return self.table.options.columns.get(self.column, self.column)

    @property
    def _letters(self) -> str:
        return self.table.cells.letters_of(self.table.columns.index(self.column)) or ""

    @property
    def _place(self) -> Place:
        return Place(self.table.name, self.table.cells.header_line)

    def _scale(self) -> Iterator[Finding]:
        """A doubt where the heading, or else a title above the table, says thousands or millions."""
        if any(scale_of(unit) is not None for unit in self.units):
            return
        for what, text in (
            ("heading", self._heading),
            *(("title", title) for title in self.table.cells.titles),
        ):
            if (scale := scale_of(text)) is not None:
                message = (
                    f"the {what} {quoted(text[:80])} says {scale}, and its numbers are read as they stand"
                )
                unit = self.units[0]
                remedy = (
                    f"Say so in the unit of {self.name}, such as thousand {unit}, or multiply the column."
                )
                yield Finding("ambiguous-number", self._place, message, remedy, "warning")
                return

    def _percentages(self) -> Iterator[Finding]:
        """A doubt where the cells are percentages, as they are typed or as the sheet shows them."""
        table, figures = self.table, self.table.figures(self.column)
        if figures.percents or self._letters in table.cells.percentages:
            held = figures.values
            filled = figures.percents or np.flatnonzero(~np.isnan(held)).tolist()
            if not filled:
                return
            row = filled[0]
            example = f"{held[row]:.10g} for {table.ids[row]}"
            message = f"{self.column} holds percentages, such as {example}, where amounts are due"
            remedy = f"Name the column that {self.name} is counted in, or format the cells as numbers."
            yield Finding("ambiguous-number", table.place(row, self.column), message, remedy, "warning")

    def _currency(self) -> Iterator[Finding]:
        """A doubt where all amounts bear another currency than the units: beside them, by format, or in the heading."""
        from_format = self.table.cells.currencies.get(self._letters)
        signs = self.table.figures(self.column).currencies or tuple(
            filter(None, [from_format or currency_of(self._heading)])
        )
        if signs and all(is_other_currency(sign, unit) for sign in signs for unit in self.units):
            counted = f"{self.name} is counted in {' and '.join(dict.fromkeys(self.units))}"
            message = f"{self.column} holds amounts in {signs[0]}, and {counted}"
            remedy = "Convert them, or correct the unit."
            yield Finding("mixed-currency", self._place, message, remedy, "warning")
