"""From the tables of a result to the parts the store keeps, a partner's rows together, and where they are."""

import csv
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv as arrow

from api.output.result_bundle import LEVELS, PARTNERS, TABLES, Packed, PackedPart
from scenarios.tables.arrow import readable, strings, values_of
from scenarios.tables.formula_guard import GUARDED_PATTERN

Numbers = NDArray[np.int64]
_NONE = np.zeros(0, np.int64)

_ROWS = {"allocation": 64, "receipts": 256, LEVELS: 64, PARTNERS: 256}
"""Rows per part: a page or a partner should need one or two, and little of each."""


def pack(document: bytes, texts: Mapping[str, bytes]) -> Packed:
    """The result of a solve, from what result.json says and its tables as CSV; one that is missing is empty."""
    about = {name: _PartnerTable(text) for name, text in texts.items() if name in TABLES}
    tables = {name: about.get(name) or _Table(text) for name, text in texts.items()}
    parts = [part for name, table in tables.items() for part in _parts(name, table.text, table.ends)]
    return Packed(
        document=document,
        columns={name: table.header for name, table in tables.items()},
        rows={name: len(table.ends) for name, table in tables.items()},
        parts=(*parts, *_where_partners_stand(about)),
    )


class _Table:
    """A CSV file as bytes, and the ends of its records."""

    def __init__(self, text: bytes) -> None:
        head, _, self.text = text.partition(b"\n")
        self.header = next(csv.reader([head.decode("utf-8-sig")]), [])
        self.ends = _record_ends(self.text)


class _PartnerTable(_Table):
    """The same, and where each partner's records are."""

    def __init__(self, text: bytes) -> None:
        super().__init__(text)
        self.partners, codes = _first_column(text)
        if (np.diff(codes) < 0).any():
            self._bring_together(codes)
            codes = np.sort(codes)
        self.starts = np.searchsorted(codes, np.arange(len(self.partners)))
        self.counts = np.bincount(codes, minlength=len(self.partners))

    def _bring_together(self, codes: Numbers) -> None:
        starts = np.concatenate(([0], self.ends[:-1]))
        order = np.argsort(codes, kind="stable")
        self.text = b"".join(self.text[starts[i] : self.ends[i]] for i in order)
        self.ends = np.cumsum(self.ends[order] - starts[order])


def _record_ends(text: bytes) -> Numbers:
    """(records,) offsets just after each record; a line break within quotes ends none."""
    letters = np.frombuffer(text, np.uint8)
    breaks = np.flatnonzero(letters == ord("\n"))
    if b'"' in text:
        quotes = np.flatnonzero(letters == ord('"'))
        breaks = breaks[np.searchsorted(quotes, breaks) % 2 == 0]
    ends = breaks + 1
    return ends if not text or (len(ends) and ends[-1] == len(text)) else np.append(ends, len(text))


def _first_column(text: bytes) -> tuple[Any, Numbers]:
    """The partners in the order they are met, and (records,) the place of each record's partner in it."""
    options = arrow.ConvertOptions(include_columns=["partner"], column_types={"partner": pa.string()})
    parsing = arrow.ParseOptions(newlines_in_values=b'"' in text)
    column = arrow.read_csv(readable(text), parse_options=parsing, convert_options=options)["partner"]
    coded = column.combine_chunks().dictionary_encode()
    return coded.dictionary, values_of(coded.indices).astype(np.int64)


def _parts(name: str, text: bytes, ends: Numbers) -> Iterator[PackedPart]:
    step = _ROWS[name]
    for start in range(0, len(ends), step):
        left = int(ends[start - 1]) if start else 0
        right = int(ends[min(start + step, len(ends)) - 1])
        yield PackedPart(name, start, None, zlib.compress(text[left:right], 1))


def _where_partners_stand(tables: dict[str, _PartnerTable]) -> Iterator[PackedPart]:
    """Lines `partner, first allocation row, rows, first receipt row, rows`, sorted by partner."""
    met = {
        name: pc.replace_substring_regex(table.partners, GUARDED_PATTERN, r"\1")
        for name, table in tables.items()
    }
    if not met:
        return
    partners = pc.unique(pa.concat_arrays(list(met.values())))
    partners = partners.take(pc.sort_indices(partners))
    columns = [partners]
    for name in TABLES:
        found = pc.index_in(partners, value_set=met.get(name, strings([])))
        place = np.where(values_of(pc.is_valid(found)), values_of(found), -1)
        table = tables.get(name)
        columns += [_at(place, table.starts), _at(place, table.counts)] if table else [_at(place), _at(place)]
    text = _lines(pa.table(columns, names=[str(number) for number in range(len(columns))]))
    ends = _record_ends(text)
    for part in _parts(PARTNERS, text, ends):
        yield PackedPart(PARTNERS, part.start, partners[part.start].as_py(), part.body)


def _at(place: Numbers, numbers: Numbers = _NONE) -> Any:
    """The numbers at these places, 0 where the place is -1."""
    taken = np.append(numbers, 0)[place].astype(np.int64)
    return pa.Array.from_buffers(pa.int64(), len(taken), [None, pa.py_buffer(taken)])


def _lines(table: Any) -> bytes:
    sink = pa.BufferOutputStream()
    arrow.write_csv(table, sink, arrow.WriteOptions(include_header=False, quoting_style="needed"))
    return bytes(sink.getvalue())
