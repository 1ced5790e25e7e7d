"""Tables for files: one of them as CSV, all of them as the sheets of a workbook."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from api.output.document import Document
from api.output.errors import OutputError


@dataclass(frozen=True, eq=False)
class Sheet:
    """One table."""

    name: str
    """At most 31 characters."""
    table: Any
    """An Arrow table of texts, as dictionary columns, and numbers."""


def sheet(name: str, columns: Mapping[str, Sequence[str] | Sequence[float | None]]) -> Sheet:
    """A small table from its columns: of texts, or of numbers where None is an empty cell."""
    import pyarrow as pa

    from api.output.arrow_decimals import from_floats
    from api.output.arrow_texts import coded

    made = {
        title: coded(np.array(cells, dtype=object))
        if any(isinstance(cell, str) for cell in cells)
        else from_floats(np.array([np.nan if cell is None else cell for cell in cells], dtype=np.float64))
        for title, cells in columns.items()
    }
    return Sheet(name, pa.table(made))


def write(
    path: Path, *, document: Callable[[], Document], main: Callable[[], Sheet],
    others: Callable[[], Sequence[Sheet]],
) -> None:  # fmt: skip
    """Write a document as JSON, its main table as CSV, or all tables as a workbook, by the file's ending.

    The file is there whole or not at all. Raises OutputError if it cannot be written.
    """
    ending = path.suffix.lower()
    if ending == ".json":
        content = document().text().encode()
    elif ending == ".csv":
        from api.output.csv import csv_text

        content = csv_text(main().table)
    else:
        from api.output.workbook.book import tables_bytes

        sheets = [*others(), main()]
        content = tables_bytes({each.name: each.table for each in sheets}, title="Goal Cascade")
    making = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        making.write_bytes(content)
        making.replace(path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from None
    finally:
        making.unlink(missing_ok=True)
