"""CSV text of Arrow tables: quoted only where it must be, and never a formula to whoever opens it."""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from scenarios.tables.arrow import strings
from scenarios.tables.formula_guard import GUARDED_PATTERN, guarded

_SPECIAL = re.compile('[,"\n\r]')
_MARKED = '^[=+\\-@\t\r＝＋－＠]|[,"\n\r]'
"""The two together, for Arrow's regular expressions (RE2): texts that do not stand as they are."""
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
    csv.write_csv(pa.table(columns, names=[_cell_text(name) for name in table.column_names]), sink, options)
    text: bytes = sink.getvalue().to_pybytes()
    return text.translate(_UNDISGUISE) if _disguises(text) else text


def _disguises(text: bytes) -> bool:
    return any(letter in text for letter in (b"\x01", b"\x02", b"\x03", b"\x04"))


def unguarded_column(column: Any) -> Any:
    """(n,) texts of such a file as they were before the formula guard."""
    return pc.replace_substring_regex(column, pattern=GUARDED_PATTERN, replacement=r"\1")


def _disguised(column: Any) -> Any:
    """A dictionary column as texts; each distinct text is looked at once."""
    coded = column.combine_chunks()
    texts = coded.dictionary
    if pc.any(pc.match_substring_regex(texts, _MARKED)).as_py():
        texts = strings([_cell_text(text) for text in texts.to_pylist()])
    return texts.take(coded.indices)


def _cell_text(text: str) -> str:
    """The text as a cell of the file, special letters disguised."""
    safe = guarded(text)
    if not _SPECIAL.search(safe):
        return safe
    return f"\x02{_SPECIAL.sub(lambda match: _DISGUISE[match[0]], safe)}\x02"
