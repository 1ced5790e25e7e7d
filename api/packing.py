"""From the files a solve left to the parts the store keeps, a partner's rows together, and where they are."""

import csv
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow

from api.store.results import PARTNERS, TABLES, Packed, PackedPart, csv_line, plain

_ROWS = {"allocation": 128, "receipts": 512, PARTNERS: 512}
"""Rows per part: a page or a partner should need one or two."""


def pack(folder: Path) -> Packed:
    """The result of a solve from result.json, allocation.csv and receipts.csv (a missing table is empty)."""
    tables = {name: _Table(folder / f"{name}.csv") for name in TABLES if (folder / f"{name}.csv").exists()}
    parts = [part for name, table in tables.items() for part in table.parts(name)]
    return Packed(
        document=(folder / "result.json").read_bytes(),
        columns={name: table.header for name, table in tables.items()},
        rows={name: len(table.ends) for name, table in tables.items()},
        parts=(*parts, *_where_partners_stand(tables)),
    )


class _Table:
    """A CSV file as bytes, the ends of its records, and the partner of each."""

    def __init__(self, path: Path) -> None:
        text = path.read_bytes()
        head, _, self.text = text.partition(b"\n")
        self.header = next(csv.reader([head.decode("utf-8-sig")]), [])
        self.ends = _record_ends(self.text)
        self.partners, codes = _first_column(text)
        if (np.diff(codes) < 0).any():
            self._bring_together(codes)
            codes = np.sort(codes)
        self.starts = np.searchsorted(codes, np.arange(len(self.partners)))
        self.counts = np.bincount(codes, minlength=len(self.partners))

    def _bring_together(self, codes: "np.ndarray[Any, np.dtype[np.int64]]") -> None:
        starts = np.concatenate(([0], self.ends[:-1]))
        order = np.argsort(codes, kind="stable")
        pieces = [self.text[starts[i] : self.ends[i]] for i in order]
        self.text = b"".join(pieces)
        self.ends = np.cumsum(self.ends[order] - starts[order])

    def parts(self, name: str) -> Iterator[PackedPart]:
        step = _ROWS[name]
        for start in range(0, len(self.ends), step):
            left = int(self.ends[start - 1]) if start else 0
            right = int(self.ends[min(start + step, len(self.ends)) - 1])
            yield PackedPart(name, start, None, zlib.compress(self.text[left:right], 1))


def _record_ends(text: bytes) -> "np.ndarray[Any, np.dtype[np.int64]]":
    """(records,) offsets just after each record; a line break within quotes ends none."""
    letters = np.frombuffer(text, np.uint8)
    breaks = np.flatnonzero(letters == ord("\n"))
    if b'"' in text:
        quotes = np.flatnonzero(letters == ord('"'))
        breaks = breaks[np.searchsorted(quotes, breaks) % 2 == 0]
    ends = breaks + 1
    return ends if not len(text) or (len(ends) and ends[-1] == len(text)) else np.append(ends, len(text))


def _first_column(text: bytes) -> tuple[list[str], "np.ndarray[Any, np.dtype[np.int64]]"]:
    """The partners in the order they are met, and (records,) the place of each record's partner in it."""
    options = arrow.ConvertOptions(include_columns=["partner"], column_types={"partner": pa.string()})
    parsing = arrow.ParseOptions(newlines_in_values=True)
    column = arrow.read_csv(pa.py_buffer(text), parse_options=parsing, convert_options=options)["partner"]
    coded = column.combine_chunks().dictionary_encode()
    return coded.dictionary.to_pylist(), coded.indices.to_numpy().astype(np.int64)


def _where_partners_stand(tables: dict[str, _Table]) -> Iterator[PackedPart]:
    """Lines `partner, first allocation row, rows, first receipt row, rows`, sorted by partner."""
    places: dict[str, list[int]] = {}
    for number, name in enumerate(TABLES):
        table = tables.get(name)
        if table is None:
            continue
        for partner, start, count in zip(table.partners, table.starts, table.counts, strict=True):
            span = places.setdefault(plain(partner), [0] * (2 * len(TABLES)))
            span[2 * number : 2 * number + 2] = int(start), int(count)
    partners = sorted(places)
    step = _ROWS[PARTNERS]
    for start in range(0, len(partners), step):
        few = partners[start : start + step]
        lines = b"".join(csv_line([partner, *map(str, places[partner])]) for partner in few)
        yield PackedPart(PARTNERS, start, few[0], zlib.compress(lines, 1))
