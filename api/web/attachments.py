"""Files that are fetched: their media types, and how they are sent."""

from typing import Any

from flask import Response

CSV = "text/csv"
CSV_OF_OURS = f"{CSV}; charset=utf-8"
"""For tables that we write: clients read CSV without a charset as Latin-1. Uploaded ones have their own."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PARQUET = "application/vnd.apache.parquet"
ZIP = "application/zip"
TABLES = {
    CSV: "csv",
    "text/tab-separated-values": "tsv",
    "text/plain": "txt",
    "application/gzip": "csv.gz",
    XLSX: "xlsx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-excel.sheet.binary.macroEnabled.12": "xlsb",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    PARQUET: "parquet",
    "application/vnd.apache.arrow.file": "feather",
}
"""Media type of every format in which a partner table is read, to the ending of its file."""


def attachment(content: Any, kind: str, name: str) -> Response:
    """A file to be saved, never shown; `name` is one that we made."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, 200, headers, content_type=kind)
