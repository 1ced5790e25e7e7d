"""CSV text of Arrow tables: quoted only where it must be, and never a formula to whoever opens it."""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa
from pyarrow import csv

from scenarios.tables.arrow import strings

_FORMULA = tuple("=+-@\t\r＝＋－＠")
"""Texts that begin like this would be formulas in a spreadsheet; a quote before them makes them text."""
_SPECIAL = re.compile('[,"\n\r]')
_DISGUISE = {",": "\x01", '"': "\x02\x02", "\n": "\x03", "\r": "\x04"}
_UNDISGUISE = bytes.maketrans(b"\x01\x02\x03\x04", b',"\n\r')


def csv_text(table: Any) -> bytes:
    """The table with a header line; dictionary columns hold texts, all others numbers.

    Arrow writes fast but quotes every text or none. So texts that need quotes go in with stand-ins for the
    special letters (control characters, which names cannot hold) and these are turned back at the end.
    """
    columns = [
        _disguised(column) if pa.types.is_dictionary(column.type) else column for column in table.columns
    ]
    sink = pa.BufferOutputStream()
    options = csv.WriteOptions(quoting_style="none", quoting_header="none", batch_size=65_536)
    csv.write_csv(pa.table(columns, names=[_written(name) for name in table.column_names]), sink, options)
    return bytes(sink.getvalue()).translate(_UNDISGUISE)


def _disguised(column: Any) -> Any:
    """A dictionary column as texts; each distinct text is looked at once."""
    coded = column.combine_chunks()
    return strings([_written(text) for text in coded.dictionary.to_pylist()]).take(coded.indices)


def _written(text: str) -> str:
    """The text as a cell of the file, special letters disguised."""
    safe = f"'{text}" if text.startswith(_FORMULA) else text
    if not _SPECIAL.search(safe):
        return safe
    return f"\x02{_SPECIAL.sub(lambda match: _DISGUISE[match[0]], safe)}\x02"
