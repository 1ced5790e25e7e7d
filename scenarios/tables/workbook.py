"""Workbooks of every format: the sheet that holds the table, read only after a look at the archive."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Protocol

from scenarios.findings.finding import did_you_mean
from scenarios.tables.archive import Archive, open_archive
from scenarios.tables.calamine import Calamine, locked
from scenarios.tables.cells import Cells, Remark, Unreadable
from scenarios.tables.decode import refuse_text
from scenarios.tables.grid import Grid, cells_of_grid
from scenarios.tables.options import TableOptions
from scenarios.tables.xlsx_marks import displayed, read_marks, read_workbook_marks
from scenarios.values.quoting import quoted

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


_MOST_SHEETS = 20
"""In workbooks of more sheets the others are not looked through: it would take longer than it helps."""


class Book(Protocol):
    """A workbook, whatever its format."""

    @property
    def sheets(self) -> dict[str, bool]:
        """The names of its sheets in order, each with whether it is visible."""

    def grid(self, sheet: str) -> Grid:
        """One of them. Raises Unreadable."""


def read_workbook(content: bytes, ending: str, options: TableOptions) -> Cells:
    """The cells of the sheet that holds the table, numbered by its rows. Raises Unreadable."""
    return _read(open_book(content, ending), options)


def open_book(content: bytes, ending: str) -> Book:
    """The workbook of a file with this ending. Raises Unreadable, KeyError for an ending that is no workbook's."""
    if not content:
        raise Unreadable("empty-table", "the file is empty", "Save the workbook anew.")
    if content.startswith(_OLE) and _ENCRYPTED in content:
        raise locked()
    if not content.startswith((_OLE[:4], _ZIP)):
        refuse_text(content, ending)
    _refuse_misnamed(content, ending)
    return _OPENERS[ending](content)


def _refuse_misnamed(content: bytes, ending: str) -> None:
    """Raises Unreadable for a workbook that is called by the ending of another sort."""
    if ending == ".xls" and content.startswith(_ZIP):
        message = "the file says .xls but is a newer workbook, such as .xlsx"
        raise Unreadable("not-a-table", message, "Name it .xlsx (or .xlsb, .ods: what it was saved as).")
    if ending != ".xls" and content.startswith(_OLE):
        message = f"the file says {ending} but is an old workbook or another old Office file"
        raise Unreadable("not-a-table", message, "Name it .xls, if it is one, or save it as .xlsx.")


def _read(book: Book, options: TableOptions) -> Cells:
    sheets = book.sheets
    if not sheets:
        raise Unreadable("empty-table", "the workbook has no sheets")
    if options.sheet is not None:
        if options.sheet not in sheets:
            remedy = did_you_mean(options.sheet, sheets) or f"Sheets: {', '.join(sheets)}."
            raise Unreadable("unknown-sheet", f"no sheet {quoted(options.sheet)}", remedy)
        return cells_of_grid(book.grid(options.sheet), options)
    visible = [name for name, visible_there in sheets.items() if visible_there]
    grid = _grid_with(options.id_heading, book, visible or list(sheets))
    others = [name for name in sheets if name != grid.name]
    assumed = dict[str, str]()
    if grid.name != next(iter(sheets)) or len(visible) > 1:
        assumed[f"sheet {quoted(grid.name)}"] = f"sheet: {quoted(grid.name)}"
    try:
        cells = cells_of_grid(grid, options, assumed)
        return replace(cells, remarks=(*_other_tables(options.id_heading, book, grid), *cells.remarks))
    except Unreadable as error:
        if others and error.code in ("empty-table", "unknown-column"):
            error.remedy = (
                f"{error.remedy} The workbook also has: {', '.join(others[:10])}; name one by sheet:."
            )
        raise


def _other_tables(column: str, book: Book, grid: Grid) -> Iterator[Remark]:
    """What is said of other sheets that name the column, too. Raises Unreadable where only a hidden one does."""
    others = {name: shows for name, shows in book.sheets.items() if name != grid.name}
    if len(others) > _MOST_SHEETS:
        return
    also = [name for name in others if book.grid(name).names(column)]
    if not grid.names(column):
        for name in also:
            message = (
                f"no visible sheet names a column {quoted(column)}, and the hidden sheet {quoted(name)} does"
            )
            raise Unreadable("unknown-column", message, f"Say sheet: {quoted(name)}, if it is meant.")
    visible = [name for name in also if others[name]]
    if visible:
        names = ", ".join(map(quoted, visible))
        have = "has" if len(visible) == 1 else "have"
        message = f"{names} {have} a column {quoted(column)}, too; {quoted(grid.name)} is read"
        yield Remark("read-as", message, "Say which: sheet:.", severity="warning")


def _grid_with(column: str, book: Book, names: list[str]) -> Grid:
    """The first sheet that names the column, else the first that holds anything."""
    first: Grid | None = None
    for name in names:
        grid = book.grid(name)
        if grid.names(column):
            return grid
        if first is None or not any(any(row) for row in first.rows):
            first = grid
    assert first is not None
    return first


class _Xlsx(Calamine):
    """An .xlsx workbook: its XML says what its values do not."""

    def __init__(self, archive: Archive) -> None:
        super().__init__(archive.stored())
        self._parts = archive.parts
        self._marks = read_workbook_marks(archive.parts)

    def grid(self, sheet: str) -> Grid:
        """The sheet, with its errors, uncalculated formulas, hidden rows and formats."""
        grid = super().grid(sheet)
        book = self._marks
        xml = self._parts.get(book.parts.get(sheet, ""), b"")
        styled, sampled = {*book.padded, *book.struck}, {*book.scales}
        (sampled if book.has_one_currency else styled).update(book.currencies)
        marks = read_marks(xml, recalculates=book.recalculates, styled=styled, sampled=sampled)
        # Formats of cells without a number say nothing: whole columns have them, far below the table.
        styles = {spot: style for spot, style in marks.styles.items() if grid.number(spot) is not None}
        money = {spot: book.currencies[style] for spot, style in styles.items() if style in book.currencies}
        displayed_cells = {
            spot: displayed(grid.number(spot) or 0, book.padded[style])
            for spot, style in styles.items()
            if style in book.padded
        }
        return Grid(
            sheet,
            grid.rows,
            marks.flaws,
            marks.hidden,
            marks.filtered,
            grid.merged,
            displayed_cells,
            money,
            struck=frozenset(spot for spot, style in marks.styles.items() if style in book.struck),
            scales={spot: book.scales[style] for spot, style in styles.items() if style in book.scales},
            hidden_columns=marks.hidden_columns,
        )


def _open_xlsx(content: bytes) -> Book:
    return _Xlsx(open_archive(content, ".xlsx", "xl/workbook.xml"))


def _open_xlsb(content: bytes) -> Book:
    from scenarios.tables.xlsb import Xlsb

    archive = open_archive(content, ".xlsb", "xl/workbook.bin")
    return Xlsb(Calamine(archive.stored()), archive)


def _open_ods(content: bytes) -> Book:
    from scenarios.tables.ods import Ods

    archive = open_archive(content, ".ods", "content.xml")
    return Ods(Calamine(archive.stored()), archive)


def _open_xls(content: bytes) -> Book:
    from scenarios.tables.xls import Xls

    return Xls(content)


_OPENERS: dict[str, Callable[[bytes], Book]] = {
    ".xlsx": _open_xlsx,
    ".xlsb": _open_xlsb,
    ".ods": _open_ods,
    ".xls": _open_xls,
}
WORKBOOKS = tuple(_OPENERS)
"""The endings of workbooks."""
