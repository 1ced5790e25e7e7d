"""Other tables and notes on the sheet of a table: below an empty row, or beside an empty column."""

from __future__ import annotations

import re

import numpy as np

from scenarios.findings.finding import Finding, Place
from scenarios.tables.arrow import is_blank
from scenarios.tables.cells import Cells, tidy
from scenarios.tables.flawed import NULL_WORDS
from scenarios.tables.number_style import is_number
from scenarios.values.quoting import quoted

_SEARCHED = 100
"""Rows that tell what the columns of a table hold."""
_WIDE, _FEW = 3, 2
"""From so many columns on a row of one cell stands out, if no more than one row in so many is such."""
_MOST_GAPS = 1_000
"""Empty rows between the others; a table of more is one with gaps."""
_MARK = re.compile(r"[*†‡§¹²³(\[#]")
"""What footnotes begin with."""


def rows_behind_gaps(cells: Cells) -> list[int]:
    """The rows that stand below an empty one."""
    lines = cells.lines()
    found = []
    for row in (np.flatnonzero(np.diff(lines) > 1)[:_MOST_GAPS] + 1).tolist():
        # Quoted cells may go over several lines.
        breaks = sum(str(texts[row - 1].as_py()).count("\n") for texts in cells.texts)
        if lines[row] - lines[row - 1] > 1 + breaks:
            found.append(row)
    return found


def table_below(cells: Cells, name: str) -> Finding | None:
    """The error about heads of another table below an empty row: words where numbers stood above, or numbers below them
    where words stood.
    """
    for row in rows_behind_gaps(cells):
        held = filled(cells, row)
        again = all(cells.names[column].strip() == text for column, text in held.items())
        if (
            len(held) > 1
            and not again
            and all(map(_is_word, held.values()))
            and _are_heads(cells, row, list(held))
        ):
            line = int(cells.lines()[row])
            where = f"in row {line}" if cells.sheet is not None else f"on line {line}"
            message = f"another table begins {where}: {quoted(', '.join(held.values()))}"
            remedy = "Keep one table on a sheet: move the other to a sheet of its own."
            if cells.sheet is None:
                remedy = "Keep one table in a file."
            return Finding("not-a-table", Place(name, line), message, remedy)
    return None


def _are_heads(cells: Cells, row: int, columns: list[int]) -> bool:
    sample = range(min(row, _SEARCHED))
    for column in columns:
        above = [text for each in sample if (text := _text(cells, each, column))]
        if any(map(is_number, above)):
            return True
        below = _text(cells, row + 1, column) if row + 1 < len(cells) else ""
        if above and is_number(below):
            return True
    return False


def notes_below(cells: Cells, id_at: int) -> int | None:
    """The first of the rows at the end that are notes: below an empty row, one cell each that is no id; None without."""
    rows, first = len(cells), len(cells)
    while first > 1 and list(filled(cells, first - 1)) == [id_at]:
        first -= 1
    behind = [row for row in rows_behind_gaps(cells) if row >= first]
    if not behind or len(cells.names) < 2:
        return None
    texts = [_text(cells, row, id_at) for row in range(behind[0], rows)]
    spaced = any(" " in _text(cells, row, id_at) for row in range(min(behind[0], _SEARCHED)))
    are_notes = any(_MARK.match(text) or ":" in text or (" " in text and not spaced) for text in texts)
    return behind[0] if are_notes else None


def lone_ids(cells: Cells, id_at: int) -> list[int]:
    """The rows that hold an id and nothing else, where nearly all others hold more: headings among the partners."""
    if len(cells.names) < _WIDE:
        return []
    others = np.zeros(len(cells), dtype=bool)
    for at, texts in enumerate(cells.texts):
        if at != id_at:
            others |= ~is_blank(texts)
    alone: list[int] = np.flatnonzero(~others & ~is_blank(cells.texts[id_at])).tolist()
    return alone if len(alone) * _FEW <= len(cells) else []


def column_beside(cells: Cells) -> int | None:
    """The first named column behind one without name and content, where another table may begin; None without."""
    empty = [
        not each.strip() and bool(is_blank(tidy(cells.texts[at])).all())
        for at, each in enumerate(cells.names)
    ]
    named = [at for at, each in enumerate(cells.names) if each.strip()]
    return next((at for at in named if at and empty[at - 1] and at != named[0]), None)


def filled(cells: Cells, row: int) -> dict[int, str]:
    """The cells of a row that hold anything, by column."""
    return {at: text for at in range(len(cells.names)) if (text := _text(cells, row, at))}


def _text(cells: Cells, row: int, column: int) -> str:
    return str(cells.texts[column][row].as_py()).strip()


def _is_word(text: str) -> bool:
    """Whether a cell holds a word, and no word for nothing."""
    return text[:1].isalpha() and text.casefold() not in NULL_WORDS
