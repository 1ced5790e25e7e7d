"""What an office archive may hold, checked before a reader unpacks it into memory."""

import re
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
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
_PARTS = (".xml", ".rels", ".bin")
_OLE = b"\xd0\xcf\x11\xe0"
_RENAME = "Save it as .xlsx, or name it by what it is."
_HEARTS = {
    "xl/workbook.xml": "an .xlsx workbook",
    "xl/workbook.bin": "an .xlsb workbook",
    "word/document.xml": "a text document (.docx)",
    "ppt/presentation.xml": "a presentation (.pptx)",
    "content.xml": "an OpenDocument file",
    "index/document.iwa": "an Apple Numbers document",
}
_NESTED = (".zip", ".xlsx", ".xlsm", ".xls", ".jar", ".7z", ".gz")


@dataclass(frozen=True)
class Archive:
    """What an office archive holds, unpacked and measured."""

    parts: dict[str, bytes]
    """The content of each part that a reader needs."""

    def stored(self) -> bytes:
        """The same archive with these parts alone, stored plainly, so that no size in it is a lie."""
        plain = BytesIO()
        with zipfile.ZipFile(plain, "w", zipfile.ZIP_STORED) as archive:
            for name, part in self.parts.items():
                archive.writestr(zipfile.ZipInfo(name), part)
        return plain.getvalue()


def open_archive(content: bytes, ending: str, main_part: str) -> Archive:
    """The parts of a workbook whose main part is `main_part`.

    Raises Unreadable for what is no workbook, holds macros or archives, or grows beyond all measure.
    """
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            _check_directory(archive.infolist(), ending, main_part)
            wanted = [each for each in archive.infolist() if _is_needed(each.filename.lower())]
            parts = {entry.filename: archive.read(entry) for entry in wanted}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, OSError):
        if content.startswith(_OLE):
            message, remedy = (
                f"the file says {ending} but is an old workbook",
                "Name it .xls, or save it as .xlsx.",
            )
        else:
            message, remedy = f"the file says {ending} but is no readable workbook", _RENAME
        raise Unreadable("not-a-table", message, remedy) from None
    _check_sheets(parts.values())
    return Archive(parts)


def _is_needed(name: str) -> bool:
    return name.endswith(_PARTS) or name == "mimetype"


def _check_directory(entries: list[zipfile.ZipInfo], ending: str, main_part: str) -> None:
    names = [entry.filename.lower() for entry in entries]
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_BYTES:
        raise Unreadable("too-large", f"the workbook unpacks to more than {MAX_BYTES:,} bytes")
    if len(set(names)) < len(names):
        raise Unreadable("not-a-table", "the workbook holds two files of the same name")
    if any(name.endswith("vbaproject.bin") for name in names):
        raise Unreadable("not-a-table", "the workbook holds macros", "Save it as .xlsx without macros.")
    if any(name.endswith(_NESTED) for name in names):
        raise Unreadable("not-a-table", "the workbook holds another archive", "Remove embedded files.")
    if main_part not in names:
        what = next((what for part, what in _HEARTS.items() if part in names), "another archive")
        remedy = f"Save it as {ending}, or name it by what it is."
        raise Unreadable("not-a-table", f"the file says {ending} but is {what}", remedy)


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
