"""Binary .xlsb workbooks: values by python-calamine; errors and hidden rows from the records themselves.

Record numbers and layouts: [MS-XLSB] 2.3.2, 2.4.157 BrtCellError, 2.4.671 BrtFmlaError, 2.4.741 BrtRowHdr,
2.4.323 BrtColInfo.
"""

import struct
from collections.abc import Iterator
from xml.etree import ElementTree

from scenarios.tables.archive import Archive
from scenarios.tables.calamine import Calamine
from scenarios.tables.cells import MAX_COLUMNS
from scenarios.tables.grid import Grid, Spot

_ROW, _ERROR, _FORMULA_ERROR, _COLUMNS = 0, 3, 11, 60
_BUNDLE_SHEET = 156
_HIDDEN = 0x10
"""The bit of a row's flags that hides it: fDyZero."""
_TEXTS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}  # fmt: skip


class Xlsb:
    """A binary workbook."""

    def __init__(self, values: Calamine, archive: Archive) -> None:
        self._values = values
        self._archive = archive
        self._parts = _sheet_parts(archive)

    @property
    def sheets(self) -> dict[str, bool]:
        """The names of the sheets, each with whether it is visible."""
        return self._values.sheets

    def grid(self, sheet: str) -> Grid:
        """One sheet."""
        grid = self._values.grid(sheet)
        flaws, hidden, columns = _marks(self._archive.parts.get(self._parts.get(sheet, ""), b""))
        return Grid(sheet, grid.rows, flaws, hidden, merged=grid.merged, hidden_columns=columns)


def _marks(content: bytes) -> tuple[dict[Spot, str], frozenset[int], frozenset[int]]:
    """Errors by row and column, hidden rows, and hidden columns, counted from 0."""
    flaws, hidden, columns, row = dict[Spot, str](), set[int](), set[int](), 0
    for kind, body in _records(content):
        if kind == _ROW and len(body) >= 13:
            row = struct.unpack_from("<I", body)[0]
            if body[11] & _HIDDEN:
                hidden.add(row)
        elif kind == _COLUMNS and len(body) >= 17:
            first, last = struct.unpack_from("<II", body)
            if body[16] & 1:
                columns.update(range(first, min(last, first + MAX_COLUMNS) + 1))
        elif kind in (_ERROR, _FORMULA_ERROR) and len(body) >= 9:
            flaws[row, struct.unpack_from("<I", body)[0]] = _TEXTS.get(body[8], "#N/A")
    return flaws, frozenset(hidden), frozenset(columns)


def _records(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and content of each record; both number and length take seven bits of each byte."""
    at = 0
    while at < len(content):
        kind, at = content[at], at + 1
        if kind & 0x80 and at < len(content):
            kind, at = (kind & 0x7F) | ((content[at] & 0x7F) << 7), at + 1
        size, shift = 0, 0
        while at < len(content) and shift < 28:
            byte, at = content[at], at + 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        yield kind, content[at : at + size]
        at += size


def _sheet_parts(archive: Archive) -> dict[str, str]:
    """The part of each sheet, by name."""
    try:
        links = ElementTree.fromstring(archive.parts["xl/_rels/workbook.bin.rels"])
    except (KeyError, ElementTree.ParseError):
        return {}
    targets = {link.get("Id"): f"xl/{link.get('Target', '').removeprefix('/xl/')}" for link in links}
    found = dict[str, str]()
    for kind, body in _records(archive.parts.get("xl/workbook.bin", b"")):
        if kind == _BUNDLE_SHEET and len(body) > 12:
            link, end = _wide(body, 8)
            name, _ = _wide(body, end)
            found[name] = targets.get(link, "")
    return found


def _wide(body: bytes, at: int) -> tuple[str, int]:
    """A text with its length in front, and where it ends."""
    if at + 4 > len(body):
        return "", len(body)
    length = struct.unpack_from("<I", body, at)[0]
    end = min(at + 4 + 2 * length, len(body))
    return body[at + 4 : end].decode("utf-16-le", "replace"), end
