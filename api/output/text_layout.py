"""Text for terminals: columns that line up, also with wide letters, and styles."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from textwrap import wrap
from unicodedata import combining, east_asian_width


def bold(text: str) -> str:
    """A heading, for terminals; click takes the style away where there is none."""
    return f"\x1b[1m{text}\x1b[0m"


def green(text: str) -> str:
    """Good news."""
    return f"\x1b[32m{text}\x1b[0m"


def red(text: str) -> str:
    """Bad news, bold."""
    return f"\x1b[31m\x1b[1m{text}\x1b[0m"


def width(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def cut(text: str, most: int) -> str:
    """The text, shortened with an ellipsis if it takes more columns."""
    if width(text) <= most:
        return text
    kept = ""
    for letter in text:
        if width(kept + letter) >= most:
            break
        kept += letter
    return f"{kept}…"


def aligned(rows: Iterable[Sequence[str]], *, right: Collection[int] = (), indent: int = 2) -> list[str]:
    """One line per row, cells padded to their column's width; columns in `right` end together."""
    table = [tuple(row) for row in rows]
    widths = [max(map(width, column)) for column in zip(*table, strict=True)]
    return [_line(row, widths, right, indent) for row in table]


def _line(row: Sequence[str], widths: Sequence[int], right: Collection[int], indent: int) -> str:
    cells = []
    for number, (text, most) in enumerate(zip(row, widths, strict=True)):
        blanks = " " * (most - width(text))
        cells.append(blanks + text if number in right else text + blanks)
    return (" " * indent + "  ".join(cells)).rstrip()


def wrapped(text: str, columns: int | None, *, indent: int) -> list[str]:
    """The text in lines of at most so many columns (None: one line), each indented."""
    within = columns or len(text) + indent + 1
    return wrap(text, max(indent + 30, within), initial_indent=" " * indent, subsequent_indent=" " * indent)
