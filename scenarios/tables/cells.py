"""Cells as text: what every format of partner table is read into."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from scenarios.findings.finding import Severity
from scenarios.tables.arrow import take

MAX_BYTES = 250_000_000
"""The largest partner table that is read; for packed formats, unpacked."""
MAX_ROWS = 2_000_000
"""How many rows a table may have."""
MAX_COLUMNS = 1_000
"""How many columns a table may have."""
MAX_CHARACTERS = 100_000
"""How long the text of one cell may be."""


class Unreadable(Exception):  # noqa: N818
    """A file is not the table it claims to be."""

    def __init__(
        self, code: str, message: str, remedy: str = "", line: int | None = None, cell: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy
        self.line = line
        self.cell = cell


@dataclass(frozen=True)
class Remark:
    """A doubt about a table that its reader has; where it stands in the file is added later."""

    code: str
    message: str
    remedy: str = ""
    line: int | None = None
    cell: str | None = None
    severity: Severity = "warning"


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of a table, column by column, as they were written."""

    names: tuple[str, ...]
    """The header."""
    texts: tuple[Any, ...]
    """Per column a pyarrow array of strings (rows,), "" where a cell is empty; no nulls."""
    lines: Callable[[], NDArray[np.int64]]
    """(rows,) the line or row number in the file at which each row begins."""
    sheet: str | None = None
    """The sheet of a workbook, for naming cells."""
    letters: tuple[str, ...] = ()
    """Per column its letter in the sheet."""
    raw: tuple[Sequence[object], ...] = ()
    """Per column its cells (rows,) before they were turned into text; none for files of text."""
    typed: frozenset[int] = frozenset()
    """The columns of which no cell came as text, so that no number in them can be read in two ways."""
    header_line: int = 1
    """The line or row number of the header."""
    hidden: frozenset[str] = frozenset()
    """The letters of columns that the sheet does not show."""
    currencies: Mapping[str, str] = field(default_factory=dict)
    """By a column's letters, the currency in which the sheet shows its numbers."""
    percentages: frozenset[str] = frozenset()
    """The letters of columns whose numbers the sheet shows as percentages."""
    titles: tuple[str, ...] = ()
    """What stands above the header, cell by cell."""
    comma_locale: bool = False
    """Whether the file comes from where decimals have a comma: its columns are separated by semicolons."""
    displayed: Mapping[tuple[int, int], str] = field(default_factory=dict)
    """By row number and column, numbers that a sheet shows with zeros or letters in front, as it shows them."""
    assumed: Mapping[str, str] = field(default_factory=dict)
    """What was assumed about the file, such as `semicolons`, each with the field that would pin it."""
    beside: int | None = None
    """The first column behind an empty one: what begins there may be another table."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Columns of the file that the table has not, each with the reason."""
    remarks: tuple[Remark, ...] = field(default=())
    """What the reader doubts."""

    def __len__(self) -> int:
        return len(self.texts[0]) if self.texts else 0

    def only(self, rows: NDArray[np.int64]) -> "Cells":
        """The same table with some of its rows."""
        lines = self.lines
        return replace(
            self,
            texts=tuple(take(texts, rows) for texts in self.texts),
            lines=lambda: lines()[rows],
            raw=tuple([column[row] for row in rows.tolist()] for column in self.raw),
        )

    def without(self, columns: Sequence[int]) -> "Cells":
        """The same table without some of its columns."""
        kept = [at for at in range(len(self.names)) if at not in columns]
        return replace(
            self,
            names=tuple(self.names[at] for at in kept),
            texts=tuple(self.texts[at] for at in kept),
            letters=tuple(self.letters[at] for at in kept) if self.letters else (),
            raw=tuple(self.raw[at] for at in kept) if self.raw else (),
            typed=frozenset(new for new, at in enumerate(kept) if at in self.typed),
        )

    def letters_of(self, column: int) -> str | None:
        """The letters of a column in its sheet; None for other files."""
        return self.letters[column] if column < len(self.letters) else None

    def cell(self, line: int, column: int) -> str | None:
        """How a workbook's reader would look up a cell; None for other files."""
        if self.sheet is None or column >= len(self.letters):
            return None
        return f"{sheet_prefix(self.sheet)}{self.letters[column]}{line}"


def sheet_prefix(sheet: str) -> str:
    """`Partners!`, in quotes where spreadsheets write them."""
    return f"{sheet}!" if sheet.isidentifier() else f"'{sheet}'!"


def column_letters(number: int) -> str:
    """The letters of a column counted from 0: A, B, ..., Z, AA."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def tidy(texts: Any) -> Any:
    """The same cells in one piece, without outer spaces, composed (NFC): what looks alike is alike."""
    whole = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    trimmed = pc.utf8_trim_whitespace(whole)
    is_ascii = pc.all(pc.string_is_ascii(trimmed)).as_py()
    return trimmed if is_ascii else pc.utf8_normalize(trimmed, form="NFC")


def numbered(first: int) -> Callable[[int], Callable[[], NDArray[np.int64]]]:
    """Line numbers that simply count on from the first."""
    return lambda rows: lambda: np.arange(first, first + rows, dtype=np.int64)


def check_size(rows: int, columns: int) -> None:
    """Raises Unreadable for a table beyond `MAX_ROWS` or `MAX_COLUMNS`."""
    if rows > MAX_ROWS:
        raise Unreadable("too-large", f"{rows:,} rows, more than {MAX_ROWS:,}", "Split the table.")
    if columns > MAX_COLUMNS:
        raise Unreadable(
            "too-large", f"{columns:,} columns, more than {MAX_COLUMNS:,}", "Remove some columns."
        )
