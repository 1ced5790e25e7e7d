"""Files that are fetched: their media types, and how they are sent."""

from typing import Any

from flask import Response

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PARQUET = "application/vnd.apache.parquet"
ZIP = "application/zip"


def attachment(content: Any, kind: str, name: str) -> Response:
    """A file to be saved, never shown; `name` is one that we made."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, 200, headers, content_type=kind)
