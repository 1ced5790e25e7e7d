"""The formula guard: a `'` before texts that a spreadsheet would take for a formula, put there and taken off."""

from __future__ import annotations

FORMULA_LETTERS = "=+-@\t\r＝＋－＠"
"""What begins a formula in a spreadsheet: ASCII and full-width signs, and the blanks that hide one (OWASP, CSV
injection)."""
GUARDED_PATTERN = f"^'([{FORMULA_LETTERS.replace('-', '')}-])"
"""A regular expression, for Arrow too, of texts that bear the guard; group 1 is the letter behind it."""

_LETTERS = tuple(FORMULA_LETTERS)


def guarded(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_LETTERS) else text


def unguarded(cell: str) -> str:
    """The text that a cell stands for."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_LETTERS) else cell
