"""A table that came as JSON, as the CSV that it stands for."""

import csv
import io
from collections.abc import Mapping, Sequence

Cell = str | int | float | bool | None
"""What a cell may hold."""


def csv_of_rows(rows: Sequence[Mapping[str, Cell]]) -> bytes:
    """One line per object, columns in the order in which they are met; a member that is missing is an empty cell."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return text.getvalue().encode()


def _cell(value: Cell) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return "" if value is None else str(value)
