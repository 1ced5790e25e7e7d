"""The partner table: one row per partner, cells as text, numbers on demand, every row with its line."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from scenarios.findings.finding import Place, Report
from scenarios.tables.arrow import is_blank, words_of
from scenarios.tables.cells import MAX_BYTES, Cells, Unreadable, tidy
from scenarios.tables.dates import Days, read_days
from scenarios.tables.figures import Figures, Reading, figures
from scenarios.tables.options import TableOptions
from scenarios.tables.prepare import doubt_totals, prepare, reading_of
from scenarios.tables.read_table import read_cells
from scenarios.tables.used_columns import UsedColumns, report_days, report_figures, report_used

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class PartnerTable:
    """Partners in the order of their file; ids are unique, normalised and visible."""

    name: str
    """How findings call the file."""
    id_column: str
    """The column that identifies a partner."""
    ids: NDArray[np.object_]
    """(partners,) str."""
    columns: tuple[str, ...]
    """Every column, the id's too, in file order."""
    cells: Cells = field(repr=False)
    """What was read, tidied."""
    options: TableOptions = field(default=TableOptions(), repr=False)
    """What the scenario says about the file."""
    used: UsedColumns = field(default_factory=UsedColumns, init=False, repr=False)
    """The columns that somebody has asked for: only their doubts are reported."""
    _texts: dict[str, Any] = field(default_factory=dict, init=False, repr=False)
    _days: dict[str, Days] = field(default_factory=dict, init=False, repr=False)
    _figures: dict[str, Figures] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of_rows(cls, cells: Cells, options: TableOptions, name: str) -> "PartnerTable":
        """A table of facts about partners, headed and checked: one row per fact, so that ids may repeat."""
        tidied = replace(cells, texts=tuple(map(tidy, cells.texts)), raw=())
        ids = words_of(tidied.texts[tidied.names.index(options.id_column)])
        return cls(name, options.id_column, ids, tidied.names, tidied, options)

    def __len__(self) -> int:
        return len(self.ids)

    def place(self, row: int, column: str | None = None) -> Place:
        """Where a partner's row begins; in a workbook the cell, where a column is named."""
        line = int(self._lines[row])
        cell = None if column is None else self.cells.cell(line, self.columns.index(column))
        return Place(self.name, line, cell=cell)

    def position(self, partner: str) -> int | None:
        """The row of a partner by id, counted from 0."""
        return self._positions.get(partner)

    def text(self, column: str) -> NDArray[np.object_]:
        """(partners,) str, "" where empty. Raises KeyError for an unknown column."""
        texts = self._text(column)
        self.used.words[column] = None
        return words_of(texts)

    def empty(self, column: str) -> NDArray[np.bool_]:
        """(partners,) where it is not known anything. Raises KeyError for an unknown column."""
        texts = self._text(column)
        self.used.any[column] = None
        return is_blank(texts)

    def numbers(self, column: str, report: Report | None = None) -> NDArray[np.float64]:
        """(partners,) in the column's own unit, NaN where empty or, with a finding, where no number stands.

        Raises KeyError for an unknown column.
        """
        found = self.figures(column)
        self.used.numbers[column] = None
        if report is not None:
            report_figures(self, column, report)
        return found.values

    def days(self, column: str, report: Report | None = None) -> NDArray[np.float64]:
        """(partners,) the day in each cell, counted from 0001-01-01, NaN where empty or, with a finding, no day.

        Raises KeyError for an unknown column.
        """
        if column not in self._days:
            self._days[column] = read_days(self._text(column))
        self.used.dates[column] = None
        found = self._days[column]
        if report is not None:
            report_days(self, column, found, report)
        return found.values

    def figures(self, column: str) -> Figures:
        """The numbers of a column and how they were read. Raises KeyError for an unknown column."""
        if column not in self._figures:
            typed = column in self.columns and self.columns.index(column) in self.cells.typed
            self._figures[column] = figures(self._text(column), self._reading, typed=typed)
        return self._figures[column]

    def report_used(self, report: Report) -> None:
        """Reports what is doubtful in the columns that were asked for, and what was assumed to read them."""
        report_used(self, report)

    def raw_text(self, column: str) -> Any:
        """A pyarrow array of strings (partners,), without counting the column as used."""
        return self._text(column)

    def _text(self, column: str) -> Any:
        if column not in self._texts:
            if column not in self.columns:
                raise KeyError(column)
            self._texts[column] = self.cells.texts[self.columns.index(column)]
        return self._texts[column]

    @cached_property
    def _reading(self) -> Reading:
        return reading_of(self.cells, self.options)

    @cached_property
    def _lines(self) -> NDArray[np.int64]:
        return self.cells.lines()

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {partner: row for row, partner in enumerate(self.ids.tolist())}


def read_partners(
    path: Path, id_column: str, report: Report, *, name: str, sheet: str | None = None
) -> PartnerTable | None:
    """The table in a file, called `name` in findings; None after errors."""
    report.register(name)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        report.error("missing-file", Place(name), f"cannot be read: {error.strerror}")
        return None
    return parse_partners(content, path.name, id_column, report, name=name, sheet=sheet)


def parse_partners(
    content: bytes,
    file: str,
    id_column: str,
    report: Report,
    *,
    name: str,
    sheet: str | None = None,
    options: TableOptions | None = None,
) -> PartnerTable | None:
    """The table that the bytes of a file hold, called `name` in findings; None after errors.

    `file` is the file's name or its ending alone; `options` says how to read it, save its id column and
    sheet.
    """
    report.register(name)
    chosen = replace(options or TableOptions(), id_column=id_column, sheet=sheet)
    try:
        cells = read_cells(content, file.lower(), chosen)
    except Unreadable as error:
        report.error(error.code, Place(name, error.line, cell=error.cell), error.message, error.remedy)
        return None
    return _table(cells, chosen, report, name)


def from_frame(
    frame: "pd.DataFrame", id_column: str, report: Report, *, name: str = "partners"
) -> PartnerTable | None:
    """The table that a data frame holds, called `name` in findings; None after errors."""
    import pyarrow as pa

    from scenarios.tables.columnar import cells_of

    try:
        named = frame.rename(columns=str)
        cells = cells_of(pa.Table.from_pandas(named, preserve_index=False))
    except (Unreadable, ValueError, TypeError, pa.ArrowException) as error:
        report.error("not-a-table", Place(name), str(error).partition("\n")[0])
        return None
    return _table(cells, TableOptions(id_column=id_column), report, name)


def _table(cells: Cells, options: TableOptions, report: Report, name: str) -> PartnerTable | None:
    prepared = prepare(cells, options, report, name)
    if prepared is None:
        return None
    cells = replace(prepared.cells, raw=())
    table = PartnerTable(name, options.id_column, prepared.ids, cells.names, cells, options)
    for finding in doubt_totals(cells, prepared.ids, options.id_column, name, table.figures):
        report.add(finding)
    return table
