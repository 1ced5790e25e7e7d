"""Cells as text: what every format of partner table is read into."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

MAX_BYTES = 250_000_000
"""The largest partner table that is read; for packed formats, unpacked."""
MAX_ROWS = 2_000_000
"""How many partners a table may have."""
MAX_COLUMNS = 1_000
"""How many columns a table may have."""
MAX_CHARACTERS = 100_000
"""How long the text of one cell may be."""


class Unreadable(Exception):  # noqa: N818
    """A file is not the table it claims to be."""

    def __init__(self, code: str, message: str, remedy: str = "", line: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy
        self.line = line


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of a table, column by column, as they were written."""

    names: tuple[str, ...]
    """The header."""
    texts: tuple[Any, ...]
    """Per column a pyarrow array of strings (rows,), "" where a cell is empty; no nulls."""
    lines: Callable[[], NDArray[np.int64]]
    """(rows,) the line or row number in the file at which each row begins."""

    def __len__(self) -> int:
        return len(self.texts[0]) if self.texts else 0


def tidy(texts: Any) -> Any:
    """The same cells in one piece, without outer spaces, composed (NFC): what looks alike is alike."""
    whole = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    return pc.utf8_normalize(pc.utf8_trim_whitespace(whole), form="NFC")


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
