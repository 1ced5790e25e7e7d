"""A page of HTML as one page of PDF."""

from __future__ import annotations

import re
from typing import Any

from api.output.errors import OutputError

_SIZES = (10, 9, 8, 7, 6)
"""Sizes of the text, pt, tried in turn until all of it is on one page."""
_SIZE = re.compile(r"font: 10pt/")
MISSING = (
    "PDF needs WeasyPrint: pip install 'goal-cascade[review]', or write .html and print it from the browser."
)


def pdf_of(html: str) -> bytes:
    """The page, its text as large as one page allows. Raises OutputError without WeasyPrint."""
    content: bytes = fitted(html).write_pdf()
    return content


def fitted(html: str) -> Any:
    """The page laid out; what does not fit in the smallest text takes further pages. Raises OutputError."""
    try:
        from weasyprint import HTML
    except (ImportError, OSError):  # OSError: Pango, which it draws with, is not there
        raise OutputError(MISSING) from None
    for size in _SIZES:
        found = HTML(string=_SIZE.sub(f"font: {size}pt/", html)).render()
        if len(found.pages) == 1:
            break
    return found
