"""Text for terminals: amounts people can read, columns that line up, also with wide letters."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction
from textwrap import wrap
from unicodedata import combining, east_asian_width

from scenarios.exact import decimal_text


def amount(number: Fraction | int, *, decimals: int = 0, sign: bool = False) -> str:
    """The number with thousands marked and so many decimals."""
    return format(round(number * 10**decimals) / 10**decimals, f"{'+' if sign else ''},.{decimals}f")


def decimals_of(unit: Fraction) -> int:
    """How many decimals a multiple of the unit needs: none for 1 or 1000, two for 0.01."""
    return len(decimal_text(unit).partition(".")[2])


def percent(ratio: float | Fraction) -> str:
    """A growth or stretch, signed; what rounds to nothing is +0.0 %."""
    return f"{round(float(ratio) * 100, 1) + 0.0:+,.1f} %"


def counted(number: int, noun: str) -> str:
    """1 partner, 2 partners."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


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
        padding = " " * (most - width(text))
        cells.append(padding + text if number in right else text + padding)
    return (" " * indent + "  ".join(cells)).rstrip()


def wrapped(text: str, columns: int | None, *, indent: int) -> list[str]:
    """The text in lines of at most so many columns (None: one line), each indented."""
    within = columns or len(text) + indent + 1
    return wrap(text, max(indent + 30, within), initial_indent=" " * indent, subsequent_indent=" " * indent)
