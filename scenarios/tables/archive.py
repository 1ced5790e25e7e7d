"""What an .xlsx archive may hold, checked before a reader unpacks it into memory."""

import re
import zipfile
import zlib
from collections.abc import Iterable
from io import BytesIO

from scenarios.tables.cells import MAX_BYTES, Unreadable

MAX_ENTRIES = 1_000
"""How many files an archive may hold."""
MAX_AREA = 50_000_000
"""How many cells the rectangle around a sheet's content may have if nearly all are empty."""
MAX_CHARACTERS = 4_000_000_000
"""How much text the cells could come to if each held the longest shared string."""

_ROW = re.compile(rb"<(?:\w+:)?row[\s>/]")
_CELL = re.compile(rb"<(?:\w+:)?c[\s>/]")
_SHARED = re.compile(rb"<(?:\w+:)?si[\s>/]")
_REFERENCE = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]*)(\d{1,10})")
_PARTS = (".xml", ".rels")
_NESTED = (".zip", ".xlsx", ".xlsm", ".xls", ".jar", ".7z", ".gz")


def repacked(content: bytes) -> bytes:
    """The same workbook with its XML alone, stored plainly, so that no size in it is a lie.

    Raises Unreadable for what is no workbook, holds macros or archives, or grows beyond all measure.
    """
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            _check_directory(archive.infolist())
            wanted = [each for each in archive.infolist() if each.filename.lower().endswith(_PARTS)]
            parts = {entry.filename: archive.read(entry) for entry in wanted}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, OSError):
        remedy = "Save it as .xlsx, or name it by what it is."
        raise Unreadable("not-a-table", "the file says .xlsx but is no readable workbook", remedy) from None
    _check_sheets(parts.values())
    return _stored(parts)


def _stored(parts: dict[str, bytes]) -> bytes:
    plain = BytesIO()
    with zipfile.ZipFile(plain, "w", zipfile.ZIP_STORED) as archive:
        for name, xml in parts.items():
            archive.writestr(zipfile.ZipInfo(name), xml)
    return plain.getvalue()


def _check_directory(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename.lower() for entry in entries]
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_BYTES:
        raise Unreadable("too-large", f"the workbook unpacks to more than {MAX_BYTES:,} bytes")
    if len(set(names)) < len(names):
        raise Unreadable("not-a-table", "the workbook holds two files of the same name")
    if any(name.endswith("vbaproject.bin") for name in names):
        raise Unreadable("not-a-table", "the workbook holds macros", "Save it as .xlsx without macros.")
    if any(name.endswith(_NESTED) for name in names):
        raise Unreadable("not-a-table", "the workbook holds another archive", "Remove embedded files.")
    if "xl/workbook.xml" not in names:
        raise Unreadable("not-a-table", "the file says .xlsx but is another archive", "Save it as .xlsx.")


def _check_sheets(parts: Iterable[bytes]) -> None:
    """The reader keeps the whole rectangle around a sheet's cells: two far corners would be a bomb."""
    shared = [xml for xml in parts if b"<si" in xml or b":si" in xml]
    longest = max((len(text) for xml in shared for text in _SHARED.split(xml)[1:]), default=0)
    for xml in parts:
        cells = len(_CELL.findall(xml))
        rows, columns = _extent(xml, cells)
        if rows * columns > MAX_AREA and rows * columns > 4 * cells:
            raise Unreadable("too-large", f"a sheet spans {rows:,} rows, nearly all of them empty")
        if cells * longest > MAX_CHARACTERS:
            raise Unreadable("too-large", "very many cells could hold a very long text", "Shorten it.")


def _extent(xml: bytes, cells: int) -> tuple[int, int]:
    """At least as many rows and columns as the reader will make of a sheet.

    Rows and cells that do not say where they stand follow those that do.
    """
    references = _REFERENCE.findall(xml)
    letters = [column for column, _ in references if column]
    furthest = max(map(_column_number, set(letters)), default=0)
    if len(letters) < cells:
        furthest += max(len(_CELL.findall(row)) for row in _ROW.split(xml))
    unnumbered = len(_ROW.findall(xml)) - (len(references) - len(letters))
    return max(map(int, {row for _, row in references}), default=0) + max(unnumbered, 0), furthest


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper()[:6]:
        number = number * 26 + letter - ord("A") + 1
    return number
