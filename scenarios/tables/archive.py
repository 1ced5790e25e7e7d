"""What an .xlsx archive may hold before anybody unpacks it for good."""

import re
import zipfile
from io import BytesIO

from scenarios.tables.cells import MAX_BYTES, Unreadable

MAX_ENTRIES = 1_000
"""How many files an archive may hold."""
MAX_AREA = 50_000_000
"""How many cells the smallest rectangle around a sheet's content may have."""
MAX_CHARACTERS = 4_000_000_000
"""How much text the cells could come to if each held the longest shared string."""

_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*?\sr\s*=\s*[\"'](\d+)")
_WIDE = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]{2,})\d")
_CELL = re.compile(rb"<(?:\w+:)?c[\s>/]")
_NESTED = (".zip", ".xlsx", ".xlsm", ".xls", ".jar", ".7z", ".gz")


def check_archive(content: bytes) -> None:
    """Raises Unreadable for what is no workbook, holds macros or archives, or unpacks beyond all measure."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
            _check_directory(entries)
            _check_sheets(archive, entries)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        ValueError,
    ):
        remedy = "Save it as .xlsx, or name it by what it is."
        raise Unreadable("not-a-table", "the file says .xlsx but is no readable workbook", remedy) from None


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


def _check_sheets(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
    longest = 0
    parts = sorted(entries, key=lambda entry: "sharedstrings" not in entry.filename.lower())
    for entry in parts:
        name = entry.filename.lower()
        if "sharedstrings" in name:
            longest = max(map(len, archive.read(entry).split(b"<si")), default=0)
        elif name.startswith("xl/worksheets/") and name.endswith(".xml"):
            _check_sheet(archive.read(entry), longest)


def _check_sheet(xml: bytes, longest: int) -> None:
    """The readers keep the whole rectangle in memory: two far corners would be a bomb."""
    cells = sum(1 for _ in _CELL.finditer(xml))
    rows = max(map(int, _ROW.findall(xml)), default=0)
    rows = max(rows, xml.count(b"<row"))
    width = max((_column_number(letters) for letters in set(_WIDE.findall(xml))), default=26)
    if rows * width > MAX_AREA and rows * width > 4 * cells:
        raise Unreadable("too-large", f"a sheet spans {rows:,} rows and {width:,} columns, nearly all empty")
    if cells * longest > MAX_CHARACTERS:
        raise Unreadable("too-large", "a very long text stands in very many cells", "Shorten it.")


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper()[:6]:
        number = number * 26 + letter - ord("A") + 1
    return number
