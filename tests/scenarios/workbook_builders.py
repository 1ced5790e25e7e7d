"""Small workbooks of every format, written by hand where no library writes them."""

import io
import struct
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape

Rows = Sequence[Sequence[object]]


@dataclass(frozen=True)
class OdsNumber:
    """A number of an OpenDocument workbook, and how it is shown."""

    number: float
    text: str
    kind: str = "float"
    more: str = ""


def ods(
    rows: Rows, *, sheet: str = "Partners", hidden: Sequence[int] = (), unseen: Sequence[int] = ()
) -> bytes:
    """An OpenDocument workbook; rows and columns `unseen` are counted from 0, texts that begin with # are errors."""
    columns = "".join(_ods_column(is_hidden=at in unseen) for at in range(max(map(len, rows))))
    body = columns + "".join(_ods_row(row, is_hidden=number in hidden) for number, row in enumerate(rows))
    spaces = {
        "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
        "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
        "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
        "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
    }
    names = " ".join(f'xmlns:{short}="{long}"' for short, long in spaces.items())
    content = (
        f'<?xml version="1.0"?><office:document-content {names} office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="{sheet}">{body}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        '<manifest:file-entry manifest:full-path="/" '
        'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content)
    return out.getvalue()


def _ods_column(*, is_hidden: bool) -> str:
    collapsed = ' table:visibility="collapse"' if is_hidden else ""
    return f"<table:table-column{collapsed}/>"


def _ods_row(row: Sequence[object], *, is_hidden: bool) -> str:
    collapsed = ' table:visibility="collapse"' if is_hidden else ""
    return f"<table:table-row{collapsed}>{''.join(map(_ods_cell, row))}</table:table-row>"


def _ods_cell(value: object) -> str:
    if value == "" or value is None:
        return "<table:table-cell/>"
    if isinstance(value, bool):
        return f'<table:table-cell office:value-type="boolean" office:boolean-value="{str(value).lower()}"/>'
    if isinstance(value, int | float):
        return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
    if isinstance(value, OdsNumber):
        kind = f'office:value-type="{value.kind}" {value.more}'
        return f'<table:table-cell {kind} office:value="{value.number}"><text:p>{value.text}</text:p></table:table-cell>'
    if isinstance(value, date):
        return f'<table:table-cell office:value-type="date" office:date-value="{value.isoformat()}"/>'
    text = escape(str(value))
    kind = 'calcext:value-type="error" ' if text.startswith("#") else ""
    return f'<table:table-cell {kind}office:value-type="string"><text:p>{text}</text:p></table:table-cell>'


def xlsb(
    rows: Rows, *, sheet: str = "Partners", hidden: Sequence[int] = (), unseen: Sequence[int] = ()
) -> bytes:
    """A binary workbook of texts, numbers, truths and errors (#REF!), as small as readers allow."""
    sheet_part = _record(129) + _record(148, struct.pack("<4I", 0, len(rows) - 1, 0, max(map(len, rows)) - 1))
    if unseen:
        infos = (_record(60, struct.pack("<4IH", column, column, 2304, 0, 1)) for column in unseen)
        sheet_part += _record(390) + b"".join(infos) + _record(391)
    sheet_part += _record(145)
    for number, row in enumerate(rows):
        flags = 0x10 if number in hidden else 0
        sheet_part += _record(0, struct.pack("<IIHBBBI", number, 0, 300, 0, flags, 0, 0))
        sheet_part += b"".join(_xlsb_cell(column, value) for column, value in enumerate(row))
    sheet_part += _record(146) + _record(130)
    bundle = struct.pack("<II", 0, 1) + _wide("rId1") + _wide(sheet)
    book = _record(131) + _record(143) + _record(156, bundle) + _record(144) + _record(132)
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    links = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{relation}/worksheet" Target="worksheets/sheet1.bin"/></Relationships>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", '<Types xmlns="urn:types"/>')
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/_rels/workbook.bin.rels", links)
        archive.writestr("xl/worksheets/sheet1.bin", sheet_part)
    return out.getvalue()


def _record(kind: int, body: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = b"", len(body)
    while True:
        size += bytes([length & 0x7F | (0x80 if length > 0x7F else 0)])
        length >>= 7
        if not length:
            return head + size + body


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _xlsb_cell(column: int, value: object) -> bytes:
    head = struct.pack("<II", column, 0)
    if value == "" or value is None:
        return b""
    if isinstance(value, bool):
        return _record(4, head + bytes([value]))
    if isinstance(value, int | float):
        return _record(5, head + struct.pack("<d", value))
    if str(value).startswith("#"):
        return _record(3, head + bytes([0x17]))
    return _record(6, head + _wide(str(value)))
