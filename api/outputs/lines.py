"""CSV text of Arrow tables: quoted only where it must be, and never a formula to whoever opens it."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

FORMULA = "^[=+\\-@\t\r＝＋－＠]"
"""Texts that begin like this would be formulas in a spreadsheet; a quote before them makes them text."""

_COMMA, _QUOTE, _LINE, _RETURN = "\x01", "\x02", "\x03", "\x04"
_BACK = bytes.maketrans(b"\x01\x02\x03\x04", b',"\n\r')


def csv_text(table: Any) -> bytes:
    """The table with a header line.

    Arrow writes fast but quotes every text or none. So texts that need quotes go in with stand-ins for the
    special letters (control characters, which names cannot hold) and these are turned back at the end.
    """
    columns = [
        _disguised(column) if pa.types.is_dictionary(column.type) else column for column in table.columns
    ]
    sink = pa.BufferOutputStream()
    options = csv.WriteOptions(quoting_style="none", quoting_header="none", batch_size=65_536)
    csv.write_csv(pa.table(columns, names=table.column_names), sink, options)
    return bytes(sink.getvalue()).translate(_BACK)


def _disguised(column: Any) -> Any:
    """A dictionary column as texts, quoted where needed; each distinct text is looked at once."""
    coded = column.combine_chunks()
    texts = pc.replace_substring_regex(coded.dictionary, FORMULA, r"'\0")
    special = pc.match_substring_regex(texts, '[,"\n\r]')
    quoted = pc.replace_substring(texts, '"', _QUOTE * 2)
    for letter, stand_in in ((",", _COMMA), ("\n", _LINE), ("\r", _RETURN)):
        quoted = pc.replace_substring(quoted, letter, stand_in)
    quoted = pc.binary_join_element_wise(_QUOTE, quoted, _QUOTE, "")
    return pc.if_else(special, quoted, texts).take(coded.indices)
