"""OpenDocument sheets: values by python-calamine; errors, merged and hidden rows from the XML itself."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

from scenarios.tables.archive import Archive
from scenarios.tables.calamine import Calamine, locked
from scenarios.tables.cells import MAX_COLUMNS, MAX_ROWS, Unreadable
from scenarios.tables.flawed import UNCALCULATED
from scenarios.tables.grid import Grid, Spot

_PADDED = re.compile(r"0\d+|[A-Za-z]{1,8}[-_/ ]?\d+")


class Ods:
    """A workbook of LibreOffice and its kin."""

    def __init__(self, values: Calamine, archive: Archive) -> None:
        if b"encryption-data" in archive.parts.get("META-INF/manifest.xml", b""):
            raise locked()
        self._values = values
        self._content = archive.parts["content.xml"]

    @property
    def sheets(self) -> dict[str, bool]:
        """The names of the sheets, each with whether it is visible."""
        return self._values.sheets

    def grid(self, sheet: str) -> Grid:
        """One sheet."""
        grid = self._values.grid(sheet)
        flaws, hidden, merged = dict[Spot, str](), set[int](), list[tuple[Spot, Spot]]()
        printed, money, scales = dict[Spot, str](), dict[Spot, str](), dict[Spot, str]()
        filtered = False
        try:
            for row, element in _rows(self._content, sheet):
                visibility = _attribute(element, "visibility")
                if visibility in ("collapse", "filter"):
                    hidden.add(row)
                    filtered |= visibility == "filter"
                for column, cell in _cells(element):
                    if (flaw := _flaw(cell)) is not None:
                        flaws[row, column] = flaw
                    if sign := _attribute(cell, "currency"):
                        money[row, column] = sign
                    if _attribute(cell, "value-type") == "percentage":
                        scales[row, column] = "percentages"
                    if (text := _printed(cell)) is not None:
                        printed[row, column] = text
                    if (span := _count(cell, "number-rows-spanned")) > 1:
                        right = column + _count(cell, "number-columns-spanned") - 1
                        merged.append(((row, column), (row + span - 1, right)))
        except ElementTree.ParseError as error:
            raise Unreadable(
                "not-a-table", f"the workbook cannot be read: {error}", "Save it anew."
            ) from None
        columns = _hidden_columns(self._content, sheet)
        return Grid(
            sheet,
            grid.rows,
            flaws,
            frozenset(hidden),
            filtered,
            tuple(merged),
            printed,
            money,
            scales,
            hidden_columns=columns,
        )


def _hidden_columns(content: bytes, sheet: str) -> frozenset[int]:
    """The columns, counted from 0, that a sheet does not show; they are declared before its rows."""
    inside, number, found = False, 0, set[int]()
    for event, element in ElementTree.iterparse(BytesIO(content), events=("start", "end")):
        name = element.tag.rpartition("}")[2]
        if name == "table" and event == "start":
            inside = _attribute(element, "name") == sheet
        elif inside and name == "table-row":
            break
        elif inside and name == "table-column" and event == "end":
            width = _count(element, "number-columns-repeated")
            if _attribute(element, "visibility") in ("collapse", "filter"):
                found.update(range(number, number + min(width, MAX_COLUMNS)))
            number += width
        elif event == "end":
            element.clear()
    return frozenset(found)


def _rows(content: bytes, sheet: str) -> Iterator[tuple[int, Any]]:
    """Number, counted from 0, and element of each row of a sheet; a repeated empty row once."""
    inside, number = False, 0
    for event, element in ElementTree.iterparse(BytesIO(content), events=("start", "end")):
        name = element.tag.rpartition("}")[2]
        if name == "table" and event == "start":
            inside, number = _attribute(element, "name") == sheet, 0
        elif name == "table-row" and event == "end":
            if inside and number < MAX_ROWS:
                yield number, element
            number += _count(element, "number-rows-repeated")
            element.clear()


def _cells(row: Any) -> Iterator[tuple[int, Any]]:
    column = 0
    for cell in row:
        yield column, cell
        column += _count(cell, "number-columns-repeated")


def _attribute(element: Any, name: str) -> str | None:
    return next((value for key, value in element.items() if key.rpartition("}")[2] == name), None)


def _count(element: Any, name: str) -> int:
    text = _attribute(element, name) or "1"
    return max(int(text), 1) if text.isdigit() and len(text) < 9 else 1


def _printed(cell: Any) -> str | None:
    """How a whole number is shown, where zeros or letters stand in front of it."""
    if _attribute(cell, "value-type") != "float":
        return None
    text = "".join(cell.itertext()).strip()
    return text if _PADDED.fullmatch(text) else None


def _flaw(cell: Any) -> str | None:
    """An error, or a formula without a value, as `flawed` knows them."""
    text = "".join(cell.itertext()).strip()
    kinds = [value for key, value in cell.items() if key.rpartition("}")[2] == "value-type"]
    if "error" in kinds:
        return text if text.startswith("#") else f"{text or '#N/A'}"
    formula = _attribute(cell, "formula")
    if formula is not None and not kinds and not text:
        return UNCALCULATED + formula.partition("=")[2][:200]
    return None
