"""Whether cells make a partner table: a header of distinct names, and one row per partner."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from scenarios.findings import Place, Report, did_you_mean
from scenarios.tables.cells import Cells, tidy
from scenarios.words import HIDDEN, MAX_LENGTH, composed, flaw

MAX_SHOWN = 20
"""How many rows are named one by one for the same mistake."""


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
    cells = _without_blank_rows(Cells(names, cells.texts, cells.lines), id_column)
    if not len(cells):
        report.error("empty-table", Place(name), "the table has no rows", "Add one row per partner.")
        return None
    ids = tidy(cells.texts[names.index(id_column)])
    rows = _Rows(cells, id_column, report, name)
    sound = rows.check_filled(ids) & rows.check_visible(ids) & rows.check_unique(ids)
    return Checked(cells, np.asarray(ids.to_numpy(zero_copy_only=False), dtype=np.object_)) if sound else None


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


def _without_blank_rows(cells: Cells, id_column: str) -> Cells:
    """Spreadsheets leave rows of nothing but commas at the end; they say nothing."""
    blank = pc.equal(tidy(cells.texts[cells.names.index(id_column)]), "")
    if not pc.any(blank).as_py():
        return cells
    for texts in cells.texts:
        blank = pc.and_(blank, pc.equal(tidy(texts), ""))
    kept = ~np.asarray(blank)
    texts = tuple(each.filter(pa.array(kept)) for each in cells.texts)
    return Cells(cells.names, texts, lambda: cells.lines()[kept])


@dataclass(frozen=True, eq=False)
class _Rows:
    """Checks of the ids, each of which reports its first rows."""

    cells: Cells
    id_column: str
    report: Report
    name: str

    def check_filled(self, ids: pa.Array) -> bool:
        """Whether every row says which partner it is about."""
        rows = np.flatnonzero(np.asarray(pc.equal(ids, "")))
        return self._tell(
            rows, "empty-id", lambda _: f"{self.id_column} is empty", "Fill it, or remove the row."
        )

    def check_visible(self, ids: pa.Array) -> bool:
        """Whether ids can be read aloud."""
        hidden = pc.match_substring_regex(ids, HIDDEN)
        rows = np.flatnonzero(np.asarray(pc.or_(hidden, pc.greater(pc.utf8_length(ids), MAX_LENGTH))))
        said = lambda row: f"{self.id_column} {ids[row].as_py()[:40]!a} {flaw(ids[row].as_py())}"  # noqa: E731
        return self._tell(rows, "bad-id", said, "Write plain visible text.")

    def check_unique(self, ids: pa.Array) -> bool:
        """Whether no two rows are about the same partner."""
        codes = np.asarray(pc.dictionary_encode(ids).indices)
        _, first, back = np.unique(codes, return_index=True, return_inverse=True)
        earlier = first[back]
        rows = np.flatnonzero((earlier != np.arange(len(codes))) & ~np.asarray(pc.equal(ids, "")))
        lines = self.cells.lines() if len(rows) else np.zeros(0, dtype=np.int64)
        said = lambda row: f"{ids[row].as_py()!r} stands on line {lines[earlier[row]]} already"  # noqa: E731
        return self._tell(rows, "duplicate-partner", said, "Keep one row per partner.")

    def _tell(self, rows, code, said, remedy) -> bool:  # type: ignore[no-untyped-def]
        if not len(rows):
            return True
        lines = self.cells.lines()
        for row in rows[:MAX_SHOWN].tolist():
            self.report.error(code, Place(self.name, int(lines[row])), said(row), remedy)
        if len(rows) > MAX_SHOWN:
            place = Place(self.name, int(lines[rows[MAX_SHOWN]]))
            self.report.error(code, place, f"and {len(rows) - MAX_SHOWN:,} more rows", remedy)
        return False
