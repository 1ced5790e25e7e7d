"""Workbooks as python-calamine reads them: values and merged cells; its failures become findings."""

from io import BytesIO

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    WorksheetNotFound,
    XmlError,
    ZipError,
)

from scenarios.tables.cells import Unreadable
from scenarios.tables.grid import Grid


def locked() -> Unreadable:
    """What is wrong with a workbook that asks for a password."""
    remedy = "Save it without a password."
    return Unreadable("not-a-table", "the workbook is protected by a password", remedy)


class Calamine:
    """A workbook as python-calamine reads it."""

    def __init__(self, content: bytes) -> None:
        with _Failures():
            self._book = CalamineWorkbook.from_filelike(BytesIO(content))

    @property
    def sheets(self) -> dict[str, bool]:
        """Sheets of cells; charts and macros have none."""
        return {
            each.name: each.visible == SheetVisibleEnum.Visible
            for each in self._book.sheets_metadata
            if each.typ == SheetTypeEnum.WorkSheet
        }

    def grid(self, sheet: str) -> Grid:
        """The sheet's values and merged cells."""
        with _Failures():
            found = self._book.get_sheet_by_name(sheet)
            rows: list[list[object]] = [[*row] for row in found.to_python(skip_empty_area=False)]
            return Grid(sheet, rows, merged=tuple(found.merged_cell_ranges or ()))


class _Failures:
    """Turns the failures of python-calamine into Unreadable."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, PasswordError):
            raise locked() from None
        if isinstance(error, CalamineError | ZipError | XmlError | WorksheetNotFound | OSError | ValueError):
            message = f"the workbook cannot be read: {str(error)[:200]}"
            raise Unreadable("not-a-table", message, "Open it, and save it as .xlsx.") from None
