"""Whether cells make a partner table: a header of distinct names, and one row per partner."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from scenarios.findings import Finding, Place, Report, did_you_mean
from scenarios.tables.arrow import is_blank, strings, take, values_of, words_of
from scenarios.tables.cells import MAX_CHARACTERS, Cells, tidy
from scenarios.tables.told import told
from scenarios.words import HIDDEN, MAX_LENGTH, composed, flaw

_TOTALS = [
    "total", "totals", "grand total", "sub-total", "subtotal", "sum", "overall",
    "gesamt", "gesamtsumme", "summe", "total général", "totale", "totaal", "suma", "総計", "合計",
]  # fmt: skip
"""What rows of totals are called in small letters."""


@dataclass(frozen=True, eq=False)
class Checked:
    """Cells that make a partner table."""

    cells: Cells
    """With tidy names, without blank rows."""
    ids: NDArray[np.object_]
    """(rows,) str."""


def check_cells(cells: Cells, id_column: str, report: Report, name: str) -> Checked | None:
    """The same cells, fit for use; None after reporting why they are not."""
    names = _names(cells, report, name)
    if names is None or not _has(id_column, names, report, name):
        return None
    if not _are_short(cells, report, name):
        return None
    at = names.index(id_column)
    cells = _without_blank_rows(Cells(names, cells.texts, cells.lines), at)
    if not len(cells):
        report.error("empty-table", Place(name), "the table has no rows", "Add one row per partner.")
        return None
    ids = _Ids(tidy(cells.texts[at]), cells, id_column, report, name)
    sound = ids.are_filled() & ids.are_visible() & ids.are_distinct()
    ids.doubt_totals()
    return Checked(cells, words_of(ids.texts)) if sound else None


def _names(cells: Cells, report: Report, name: str) -> tuple[str, ...] | None:
    names = tuple(composed(each) for each in cells.names)
    place, seen, sound = Place(name, 1), set[str](), True
    for number, each in enumerate(names, 1):
        if wrong := flaw(each):
            report.error("bad-name", place, f"the name of column {number} {wrong}", "Name every column.")
        elif each in seen:
            report.error("duplicate-column", place, f"two columns are called {each!r}", "Rename one.")
        sound &= not wrong and each not in seen
        seen.add(each)
    return names if sound else None


def _has(id_column: str, names: tuple[str, ...], report: Report, name: str) -> bool:
    if id_column in names:
        return True
    remedy = did_you_mean(id_column, names) or f"Columns: {', '.join(names[:30])}."
    report.error("unknown-column", Place(name, 1), f"no column {id_column!r} to identify partners", remedy)
    return False


def _are_short(cells: Cells, report: Report, name: str) -> bool:
    """Whether no cell is longer than `MAX_CHARACTERS` bytes."""
    lengths = [pc.max(pc.binary_length(texts)).as_py() or 0 for texts in cells.texts]
    longest = max(lengths, default=0)
    if longest > MAX_CHARACTERS:
        said = f"a cell of {cells.names[lengths.index(longest)]} holds {longest:,} characters"
        report.error("too-large", Place(name), said, f"Shorten it to {MAX_CHARACTERS:,}.")
    return longest <= MAX_CHARACTERS


def _without_blank_rows(cells: Cells, id_at: int) -> Cells:
    """Spreadsheets leave rows of nothing but commas at the end; they say nothing."""
    blank = is_blank(tidy(cells.texts[id_at]))
    if not blank.any():
        return cells
    for texts in cells.texts:
        blank = blank & is_blank(tidy(texts))
    kept = np.flatnonzero(~blank)
    return Cells(cells.names, tuple(take(texts, kept) for texts in cells.texts), lambda: cells.lines()[kept])


@dataclass(frozen=True, eq=False)
class _Ids:
    """The ids of a table, and what may be wrong with them."""

    texts: Any
    """A pyarrow array of strings (rows,)."""
    cells: Cells
    id_column: str
    report: Report
    name: str

    def are_filled(self) -> bool:
        """Whether every row says which partner it is about."""
        remedy = "Fill it, or remove the row."
        return self._none(is_blank(self.texts), "empty-id", lambda _: f"{self.id_column} is empty", remedy)

    def are_visible(self) -> bool:
        """Whether every id can be read aloud."""
        hidden = values_of(pc.match_substring_regex(self.texts, HIDDEN))
        hidden = hidden | (values_of(pc.utf8_length(self.texts)) > MAX_LENGTH)
        return self._none(hidden, "bad-id", self._flaw, "Write plain visible text.")

    def are_distinct(self) -> bool:
        """Whether no two rows are about the same partner."""
        codes = values_of(self.texts.dictionary_encode().indices)
        _, first, back = np.unique(codes, return_index=True, return_inverse=True)
        earlier = first[back]
        again = (earlier != np.arange(len(codes))) & ~is_blank(self.texts)

        def said(row: int) -> str:
            return f"{self._id(row)!r} stands on line {self.cells.lines()[earlier[row]]} already"

        return self._none(again, "duplicate-partner", said, "Keep one row per partner.")

    def doubt_totals(self) -> None:
        """Doubt rows that are called a total: exported reports have one at their foot."""
        words = pc.utf8_rtrim(pc.utf8_lower(self.texts), ": ")
        for row in np.flatnonzero(values_of(pc.is_in(words, value_set=strings(_TOTALS)))).tolist():
            said = f"{self._id(row)!r} looks like the total of a report, which would count everybody twice"
            place = Place(self.name, int(self.cells.lines()[row]))
            self.report.warn("total-row", place, said, "Remove the row, unless a partner is called so.")

    def _id(self, row: int) -> str:
        return str(self.texts[row].as_py())

    def _flaw(self, row: int) -> str:
        return f"{self.id_column} {self._id(row)[:40]!a} {flaw(self._id(row))}"

    def _none(self, wrong: NDArray[np.bool_], code: str, said: Callable[[int], str], remedy: str) -> bool:
        """Whether no row is wrong; reports those that are."""
        rows = np.flatnonzero(wrong).tolist()
        if not rows:
            return True
        lines = self.cells.lines()

        def say(row: int) -> Finding:
            return Finding(code, Place(self.name, int(lines[row])), said(row), remedy)

        for finding in told(rows, say):
            self.report.add(finding)
        return False
