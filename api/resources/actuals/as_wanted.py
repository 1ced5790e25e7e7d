"""A document over HTTP: as JSON, or its table where CSV is preferred."""

from collections.abc import Callable

from flask import Response, request

from api.output.csv import csv_text
from api.output.sheets import Sheet
from api.web.attachments import CSV, CSV_OF_OURS, attachment
from api.web.request import JSON


def as_wanted(text: str, sheet: Callable[[], Sheet], name: str) -> Response:
    """The document, or its table where CSV is preferred."""
    if "Accept" in request.headers and request.accept_mimetypes.best_match((JSON, CSV)) == CSV:
        return attachment(csv_text(sheet().table), CSV_OF_OURS, name)
    return Response(text, content_type=JSON)
