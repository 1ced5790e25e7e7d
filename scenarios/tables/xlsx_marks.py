"""What the XML of an .xlsx sheet says and its values do not: errors, uncalculated formulas, hidden rows, formats."""

import html
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from posixpath import join, normpath
from xml.etree import ElementTree

from scenarios.tables.cells import MAX_COLUMNS
from scenarios.tables.flawed import UNCALCULATED

Spot = tuple[int, int]

_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*?)(/>|>(.*?)</(?:\w+:)?row\s*>)", re.DOTALL)
_CELL = re.compile(
    rb"<(?:\w+:)?c\b((?:[^>\"']|\"[^\"]*\"|'[^']*')*?)(?:/>|>(.*?)</(?:\w+:)?c\s*>)", re.DOTALL
)
_ATTRIBUTE = re.compile(rb"([\w:]+)\s*=\s*[\"']([^\"']*)[\"']")
_COLUMN = re.compile(rb"<(?:\w+:)?col\b([^>]*)>")
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>/]*>([^<]*)</")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b([^>]*?)(?:/>|>([^<]*)</)")
_INLINE = re.compile(rb"<(?:\w+:)?is\b")
_TRUE = (b"1", b"true")
_ZERO = re.compile(rb"0+(?:\.0*)?")
_NO_HEIGHT = re.compile(rb"\bht\s*=\s*[\"']0+(?:\.0*)?[\"']")
_SAMPLED_ROWS = 100
"""So many rows tell in which currency a column is shown, where the workbook has one alone."""


@dataclass(frozen=True)
class SheetMarks:
    """What one sheet's XML says besides its values; rows and columns are counted from 0."""

    flaws: Mapping[Spot, str]
    hidden: frozenset[int]
    filtered: bool
    styles: Mapping[Spot, int]
    """The style of each cell with a number, where it is one of those asked for."""
    hidden_columns: frozenset[int] = frozenset()


def read_marks(
    xml: bytes, *, recalculates: bool, styled: Collection[int], sampled: Collection[int] = ()
) -> SheetMarks:
    """The marks of a sheet; `styled` are the styles to look for: they put something in front, or name a currency.

    Those `sampled` are looked for in the first rows alone: they say the same of a whole column.
    `recalculates` says that a program wrote the workbook for Excel to calculate: its zeros are no results.
    """
    has_hidden = b"hidden=" in xml or _NO_HEIGHT.search(xml) is not None
    looks_at_cells = b't="e"' in xml or b"t='e'" in xml or _has_formulas(xml) or bool(styled)
    columns = _hidden_columns(xml)
    if not (has_hidden or looks_at_cells or sampled):
        return SheetMarks({}, frozenset(), False, {}, columns)
    hidden, flaws, styles = set[int](), dict[Spot, str](), dict[Spot, int]()
    number, wanted = -1, {*styled, *sampled}
    for count, match in enumerate(_ROW.finditer(xml)):
        if count == _SAMPLED_ROWS:
            wanted = {*styled}
            if not (has_hidden or looks_at_cells):
                break
        attributes = dict(_ATTRIBUTE.findall(match[1]))
        number = _number(attributes.get(b"r"), number + 1)
        if attributes.get(b"hidden") in _TRUE or _is_zero(attributes.get(b"ht")):
            hidden.add(number)
        if (looks_at_cells or count < _SAMPLED_ROWS) and match[3]:
            for column, cell, body in _cells(match[3]):
                if (flaw := _flaw(cell, body, recalculates)) is not None:
                    flaws[number, column] = flaw
                elif wanted and (style := _number(cell.get(b"s"), -1, base=0)) in wanted:
                    styles[number, column] = style
    return SheetMarks(flaws, frozenset(hidden), b"filterColumn" in xml, styles, columns)


def _hidden_columns(xml: bytes) -> frozenset[int]:
    """The columns, counted from 0, that a sheet hides or makes as narrow as nothing."""
    start = xml[: xml.find(b"sheetData")]
    found = set[int]()
    for match in _COLUMN.finditer(start):
        attributes = dict(_ATTRIBUTE.findall(match[1]))
        if attributes.get(b"hidden") in _TRUE or _is_zero(attributes.get(b"width")):
            first = _number(attributes.get(b"min"), 0)
            found.update(range(first, min(_number(attributes.get(b"max"), first), first + MAX_COLUMNS) + 1))
    return frozenset(found)


def _is_zero(size: bytes | None) -> bool:
    return size is not None and _ZERO.fullmatch(size) is not None


def _has_formulas(xml: bytes) -> bool:
    return b"<f>" in xml or b"<f " in xml or b"<f/" in xml or b":f>" in xml or b":f " in xml


def _number(text: bytes | None, otherwise: int, *, base: int = 1) -> int:
    return int(text) - base if text is not None and text.isdigit() and len(text) < 10 else otherwise


def _cells(row: bytes) -> Iterator[tuple[int, dict[bytes, bytes], bytes]]:
    """Column, attributes and content of each cell; cells without a reference follow the one before."""
    column = -1
    for match in _CELL.finditer(row):
        attributes = dict(_ATTRIBUTE.findall(match[1]))
        column = _column(attributes.get(b"r", b"")) if b"r" in attributes else column + 1
        yield column, attributes, match[2] or b""


def _column(reference: bytes) -> int:
    number = 0
    for letter in reference.upper():
        if not 65 <= letter <= 90:
            break
        number = number * 26 + letter - 64
    return max(number - 1, 0)


def _flaw(cell: Mapping[bytes, bytes], body: bytes, recalculates: bool) -> str | None:
    """What a cell holds instead of a value, as `flawed` knows it."""
    value = _VALUE.search(body)
    if cell.get(b"t") == b"e":
        return html.unescape(value[1].decode("utf-8", "replace")) if value else "#N/A"
    formula = _FORMULA.search(body)
    if formula is None or cell.get(b"t") == b"str" or _INLINE.search(body):
        return None
    empty = value is None or not value[1].strip()
    if empty or (recalculates and value is not None and value[1].strip() == b"0"):
        return UNCALCULATED + html.unescape((formula[2] or b"").decode("utf-8", "replace"))[:200]
    return None


@dataclass(frozen=True)
class WorkbookMarks:
    """What the workbook's own parts say."""

    parts: Mapping[str, str]
    """The part that holds each sheet, by the sheet's name."""
    recalculates: bool
    """Whether Excel is asked to calculate everything when it opens the workbook."""
    padded: Mapping[int, str]
    """Number formats that put zeros or letters in front of a whole number, by style."""
    currencies: Mapping[int, str]
    """The currency of number formats, by style."""
    scales: Mapping[int, str]
    """`thousands`, `millions` or `percentages`, by style, where a format shows numbers so."""
    struck: frozenset[int] = frozenset()
    """The styles that strike a cell through."""

    @property
    def has_one_currency(self) -> bool:
        """Whether all amounts are shown in the same currency, so that a look at the first rows will do."""
        return len(set(self.currencies.values())) == 1


def read_workbook_marks(parts: Mapping[str, bytes]) -> WorkbookMarks:
    """The marks of a workbook's XML parts; nothing where they cannot be made sense of."""
    try:
        book = ElementTree.fromstring(parts["xl/workbook.xml"])
        links = ElementTree.fromstring(parts["xl/_rels/workbook.xml.rels"])
        formats = _formats(parts.get("xl/styles.xml"))
    except (KeyError, ElementTree.ParseError):
        return WorkbookMarks({}, False, {}, {}, {})
    targets = {link.get("Id"): _part(link.get("Target", "")) for link in links}
    sheets = dict[str, str]()
    recalculates = False
    for element in book.iter():
        name = element.tag.rpartition("}")[2]
        if name == "sheet":
            link = next((value for key, value in element.items() if key.endswith("}id")), None)
            sheets[element.get("name", "")] = targets.get(link, "")
        recalculates |= name == "calcPr" and element.get("fullCalcOnLoad") in ("1", "true")
    padded = {
        style: first for style, code in formats.items() if PADDED.match(first := code.partition(";")[0])
    }
    currencies = {style: sign for style, code in formats.items() if (sign := currency_of_format(code))}
    scales = {style: scale for style, code in formats.items() if (scale := scale_of_format(code))}
    struck = _struck(parts.get("xl/styles.xml"))
    return WorkbookMarks(sheets, recalculates, padded, currencies, scales, struck)


def _part(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))


_LITERAL = r'(?:"[^"]*"|\\.|[-_/ ])'
PADDED = re.compile(
    rf'^(?:{_LITERAL}|[A-Za-z]-?)*0{{2,}}$|^(?:"[^"]+"|\\.)+[0#]+$|^{_LITERAL}*[0#]+(?:{_LITERAL}+[0#]+)+$'
)
"""Formats that show a whole number with zeros, letters or dashes in front of or between its digits, up to the first
semicolon."""


_BUILT_IN = {"9": "0%", "10": "0.00%"}
"""The numbers of the formats for percentages that workbooks need not spell out."""


def _struck(styles: bytes | None) -> frozenset[int]:
    """The styles whose font strikes a cell through."""
    if styles is None or b"strike" not in styles:
        return frozenset()
    fonts, found = list[bool](), set[int]()
    for element in ElementTree.fromstring(styles).iter():
        name = element.tag.rpartition("}")[2]
        if name == "fonts":
            fonts = [_is_struck(font) for font in element]
        elif name == "cellXfs":
            for number, style in enumerate(element):
                font = _number(style.get("fontId", "").encode(), -1, base=0)
                if 0 <= font < len(fonts) and fonts[font]:
                    found.add(number)
    return frozenset(found)


def _is_struck(font: ElementTree.Element) -> bool:
    lines = (each for each in font if each.tag.rpartition("}")[2] == "strike")
    return any(each.get("val", "1") not in ("0", "false") for each in lines)


def _formats(styles: bytes | None) -> dict[int, str]:
    """The number format of each style that has one of its own, or shows percentages."""
    if styles is None:
        return {}
    root = ElementTree.fromstring(styles)
    formats = {**_BUILT_IN}
    chosen = dict[int, str]()
    for element in root.iter():
        name = element.tag.rpartition("}")[2]
        if name == "numFmt":
            formats[element.get("numFmtId", "")] = element.get("formatCode", "")
        elif name == "cellXfs":
            for number, style in enumerate(element):
                if code := formats.get(style.get("numFmtId", "")):
                    chosen[number] = code
    return chosen


_MONEY_FORMAT = re.compile(r"\[\$([^\]-]+)[^\]]*\]|([$€£¥₹])|\"(EUR|USD|GBP|CHF|JPY|CNY)\"")


def currency_of_format(code: str) -> str:
    """The currency that a number format puts beside its numbers; "" for none."""
    found = _MONEY_FORMAT.search(code)
    return "" if found is None else next(filter(None, found.groups())).strip()


def scale_of_format(code: str) -> str:
    """`percentages`, or `thousands` or `millions` by commas behind the last digit, where a format shows numbers so."""
    plain = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", code.partition(";")[0])
    if "%" in plain:
        return "percentages"
    found = re.search(r"[0#](,+)(?![0#,])", plain)
    return "" if found is None else {1: "thousands", 2: "millions"}.get(len(found[1]), "billions")


def displayed(number: float, code: str) -> str:
    """How a whole number is shown by a format that puts zeros or letters in front of or between its digits."""
    parts = re.findall(r'"[^"]*"|\\.|[^"\\]', code)
    places = [part for part in parts if part in "0#"]
    digits = str(int(number)).zfill(places.count("0"))
    pieces, place = list[str](), len(digits) - len(places)
    for part in parts:
        if part not in "0#":
            pieces.append(part.strip('"') if len(part) > 1 and part[0] == '"' else part[-1])
            continue
        # The first place takes all digits for which there is none.
        is_first = place == len(digits) - len(places)
        pieces.append(digits[0 if is_first else max(place, 0) : max(place + 1, 0)])
        place += 1
    return "".join(pieces)
