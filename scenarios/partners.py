"""The partner table: one row per partner, cells as text, numbers on demand, every row with its line."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from scenarios.findings import Finding, Place, Report
from scenarios.tables.arrow import is_blank, words_of
from scenarios.tables.cells import MAX_BYTES, Cells, Unreadable, tidy
from scenarios.tables.check import check_cells
from scenarios.tables.figures import figures

if TYPE_CHECKING:
    import pandas as pd

ENDINGS = (".csv", ".xlsx", ".parquet")
"""What a partner table's name may end with."""

_Read = tuple[NDArray[np.float64], tuple[Finding, ...]]


@dataclass(frozen=True, eq=False)
class PartnerTable:
    """Partners in the order of their file; ids are unique, composed and visible."""

    name: str
    """How findings call the file."""
    id_column: str
    """The column that identifies a partner."""
    ids: NDArray[np.object_]
    """(partners,) str."""
    columns: tuple[str, ...]
    """Every column, the id's too, in file order."""
    cells: Cells = field(repr=False)
    """What was read; unused columns stay untouched."""
    _texts: dict[str, Any] = field(default_factory=dict, init=False, repr=False)
    _numbers: dict[str, _Read] = field(default_factory=dict, init=False, repr=False)

    def __len__(self) -> int:
        return len(self.ids)

    def place(self, row: int) -> Place:
        """Where a partner's row begins; columns are named in words, for cells have no place of their own."""
        return Place(self.name, int(self._lines[row]))

    def position(self, partner: str) -> int | None:
        """The row of a partner by id, counted from 0."""
        return self._positions.get(partner)

    def text(self, column: str) -> NDArray[np.object_]:
        """(partners,) str, "" where empty. Raises KeyError for an unknown column."""
        return words_of(self._text(column))

    def empty(self, column: str) -> NDArray[np.bool_]:
        """(partners,) where nobody has said anything. Raises KeyError for an unknown column."""
        return is_blank(self._text(column))

    def numbers(self, column: str, report: Report | None = None) -> NDArray[np.float64]:
        """(partners,) in the column's own unit, NaN where empty or, with a finding, where no number stands.

        Raises KeyError for an unknown column.
        """
        if column not in self._numbers:
            self._numbers[column] = figures(self._text(column), self._says(column))
        values, wrong = self._numbers[column]
        if report is not None:
            for finding in wrong:
                report.add(finding)
        return values

    def _text(self, column: str) -> Any:
        if column not in self._texts:
            if column not in self.columns:
                raise KeyError(column)
            self._texts[column] = tidy(self.cells.texts[self.columns.index(column)])
        return self._texts[column]

    def _says(self, column: str) -> Callable[[int, str], Finding]:
        def finding(row: int, found: str) -> Finding:
            said = f"{column} {found} for {self.ids[row]}"
            return Finding("not-a-number", self.place(row), said, "Write a plain number such as 1200.50.")

        return finding

    @cached_property
    def _lines(self) -> NDArray[np.int64]:
        return self.cells.lines()

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {partner: row for row, partner in enumerate(self.ids.tolist())}


def read_partners(
    path: Path, id_column: str, report: Report, *, name: str, sheet: str | None = None
) -> PartnerTable | None:
    """The table in a .csv, .xlsx or .parquet file, called `name` in findings; None after errors."""
    report.saw(name)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        report.error("missing-file", Place(name), f"cannot be read: {error.strerror}")
        return None
    return parse_partners(content, path.suffix, id_column, report, name=name, sheet=sheet)


def parse_partners(
    content: bytes, ending: str, id_column: str, report: Report, *, name: str, sheet: str | None = None
) -> PartnerTable | None:
    """The table that bytes with a file ending hold, called `name` in findings; None after errors."""
    report.saw(name)
    try:
        cells = _cells(content, ending.lower(), sheet)
    except Unreadable as error:
        report.error(error.code, Place(name, error.line), error.message, error.remedy)
        return None
    return _table(cells, id_column, report, name)


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
    return _table(cells, id_column, report, name)


def _cells(content: bytes, ending: str, sheet: str | None) -> Cells:
    if len(content) > MAX_BYTES:
        raise Unreadable("too-large", f"the file is larger than {MAX_BYTES:,} bytes", "Split it.")
    if ending == ".csv":
        from scenarios.tables.delimited import read_csv

        return read_csv(content)
    if ending == ".xlsx":
        from scenarios.tables.workbook import read_xlsx

        return read_xlsx(content, sheet)
    if ending == ".parquet":
        from scenarios.tables.columnar import read_parquet

        return read_parquet(content)
    raise Unreadable("unknown-format", f"no format has the ending {ending!r}", f"Use {', '.join(ENDINGS)}.")


def _table(cells: Cells, id_column: str, report: Report, name: str) -> PartnerTable | None:
    checked = check_cells(cells, id_column, report, name)
    if checked is None:
        return None
    return PartnerTable(name, id_column, checked.ids, checked.cells.names, checked.cells)
