"""Whether cells make a partner table: a header of distinct names, and one row per partner."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from scenarios.findings.finding import Finding, Place, Report, did_you_mean
from scenarios.tables.arrow import is_blank, strings, values_of, words_of
from scenarios.tables.cells import MAX_CHARACTERS, Cells, Remark, tidy
from scenarios.tables.delimited import FOOTER, footer_remark
from scenarios.tables.flawed import describe_flaw, flawed
from scenarios.tables.other_tables import column_beside, filled, notes_below, table_below
from scenarios.tables.row_findings import row_findings
from scenarios.tables.totals import is_called_total
from scenarios.values.names import HIDDEN, MAX_LENGTH, flaw, normalised
from scenarios.values.quoting import quoted

_NUMBER = re.compile(r"[-+$€£ (]*(?!(?:19|20)\d\d$)\d[\d.,' ]*[)%€]*$")
"""A number that no one calls a column, as one does call it 2026."""
_NUMBERED = 3
"""Fewer numbers in a row may be a partner's."""
_FOOTER_ROWS = 30
"""No report's footer is longer."""


def check_header(cells: Cells, id_column: str, report: Report, name: str) -> Cells | None:
    """The same cells with tidy names, without blank and footer rows; None after reporting what is wrong."""
    if (other := table_below(cells, name)) is not None:
        report.add(other)
        return None
    cells = _without_unnamed(cells)
    names = _names(cells, id_column, report, name)
    if names is None or not _has(id_column, names, cells.header_line, report, name):
        return None
    if not _are_short(cells, report, name):
        return None
    cells = _without_twins(replace(cells, names=names))
    at = cells.names.index(id_column)
    cells = _without_blank_rows(cells, at)
    cells = _without_footer(_without_repeated_header(_without_numbering(cells), at), at)
    if not len(cells):
        report.error("empty-table", Place(name), "the table has no rows", "Add one row per partner.")
        return None
    return cells


def check_ids(cells: Cells, id_column: str, report: Report, name: str) -> NDArray[np.object_] | None:
    """(rows,) the ids, one per row; None after reporting why they are not."""
    at = cells.names.index(id_column)
    ids = _Ids(tidy(cells.texts[at]), cells, at, report, name)
    sound = ids.are_values() & ids.are_filled() & ids.are_visible() & ids.are_distinct()
    return words_of(ids.texts) if sound else None


def _without_unnamed(cells: Cells) -> Cells:
    """Exports end their header with separators too many: columns without name and content are left out."""
    unnamed = [at for at, each in enumerate(cells.names) if not each.strip()]
    empty = [at for at in unnamed if is_blank(tidy(cells.texts[at])).all()]
    beside = column_beside(cells)
    if beside is not None:
        beside -= sum(at < beside for at in empty)
    return replace(cells.without(empty), beside=beside) if empty else cells


def _without_twins(cells: Cells) -> Cells:
    """Columns of one name are left out: exports have them, and no one could say which is meant."""
    twins = [at for at, each in enumerate(cells.names) if cells.names.count(each) > 1]
    if not twins:
        return cells
    beside = None if cells.beside in twins else cells.beside
    if beside is not None:
        beside -= sum(at < beside for at in twins)
    why = {cells.names[at]: "Two columns are called so: rename one." for at in twins}
    return replace(cells.without(twins), beside=beside, left_out={**cells.left_out, **why})


def _names(cells: Cells, id_column: str, report: Report, name: str) -> tuple[str, ...] | None:
    names = tuple(normalised(each) for each in cells.names)
    if _report_unnamed(cells, names, report, name):
        return None
    seen, sound = set[str](), True
    for number, each in enumerate(names):
        place = Place(name, cells.header_line, cell=cells.cell(cells.header_line, number))
        if wrong := flaw(each):
            remedy = "Write plain visible text, of 200 characters at most."
            report.error("bad-name", place, f"the name of column {number + 1} {wrong}", remedy)
        elif each in seen:
            remedy = f"Rename one.{_beside(cells, number)}"
            message = f"two columns are called {each!r}"
            if each == id_column:
                report.error("duplicate-column", place, message, remedy)
            else:
                report.warn("duplicate-column", place, f"{message}, and neither is read", remedy)
        sound &= not wrong and not (each in seen and each == id_column)
        seen.add(each)
    return names if sound else None


def _beside(cells: Cells, column: int) -> str:
    """What is to be done about another table that begins beside an empty column, at or before this one."""
    if cells.beside is None or column < cells.beside:
        return ""
    where = cells.letters_of(cells.beside) or cells.beside + 1
    return f" If another table begins in column {where}, beside the empty one, move it to a sheet or file of its own."


def _report_unnamed(cells: Cells, names: tuple[str, ...], report: Report, name: str) -> bool:
    """Reports columns without a name by what they hold: a note beside the table is no column of it."""
    unnamed = [at for at, each in enumerate(names) if not each]
    for at in unnamed:
        filled = np.flatnonzero(~is_blank(tidy(cells.texts[at])))
        line = int(cells.lines()[filled[0]])
        held = quoted(str(cells.texts[at][int(filled[0])].as_py()).strip()[:40])
        which = cells.letters_of(at) or at + 1
        message = f"the name of column {which} is empty, and it holds {held}"
        remedy = f"Name every column{', or clear the cell' if len(filled) == 1 else ''}."
        report.error("bad-name", Place(name, line, cell=cells.cell(line, at)), message, remedy)
    return bool(unnamed)


def _has(id_column: str, names: tuple[str, ...], line: int, report: Report, name: str) -> bool:
    if id_column in names:
        return True
    remedy = did_you_mean(id_column, names) or f"Columns: {', '.join(names[:30])}."
    message = f"no column {id_column!r} to identify partners"
    if any(_NUMBER.match(each) for each in names):
        remedy = f"Line {line} looks like a partner's: write the names of the columns on a line above it."
    report.error("unknown-column", Place(name, line), message, remedy)
    return False


def _are_short(cells: Cells, report: Report, name: str) -> bool:
    """Whether no cell is longer than `MAX_CHARACTERS` bytes."""
    lengths = [pc.max(pc.binary_length(texts)).as_py() or 0 for texts in cells.texts]
    longest = max(lengths, default=0)
    if longest > MAX_CHARACTERS:
        message = f"a cell of {cells.names[lengths.index(longest)]} holds {longest:,} characters"
        report.error("too-large", Place(name), message, f"Shorten it to {MAX_CHARACTERS:,}.")
    return longest <= MAX_CHARACTERS


def _without_blank_rows(cells: Cells, id_at: int) -> Cells:
    """Spreadsheets leave rows of nothing but commas at the end; they say nothing."""
    blank = is_blank(tidy(cells.texts[id_at]))
    if not blank.any():
        return cells
    for texts in cells.texts:
        blank = blank & is_blank(tidy(texts))
    return cells.only(np.flatnonzero(~blank)) if blank.any() else cells


def _without_numbering(cells: Cells) -> Cells:
    """Forms number their columns below the heads: 1, 2, 3 is no partner and is left out."""
    width = len(cells.names)
    if width < _NUMBERED or not len(cells):
        return cells
    if [str(texts[0].as_py()).strip() for texts in cells.texts] != [str(n + 1) for n in range(width)]:
        return cells
    line = int(cells.lines()[0])
    remark = Remark("read-as", f"line {line} numbers the columns and is not read", "", line, severity="note")
    return replace(cells.only(np.arange(1, len(cells), dtype=np.int64)), remarks=(*cells.remarks, remark))


def _without_repeated_header(cells: Cells, id_at: int) -> Cells:
    """Reports printed to a file repeat the header on each page; those rows are left out."""
    (name,) = strings(
        [cells.names[id_at]]
    )  # a scalar of Arrow's: it would import pandas to make one of a text
    again = np.asarray(values_of(pc.equal(tidy(cells.texts[id_at]), name)), dtype=bool)
    for row in np.flatnonzero(again).tolist():
        words = [str(texts[row].as_py()).strip() for texts in cells.texts]
        same = sum(word == name for word, name in zip(words, cells.names, strict=True))
        again[row] = same > 1 or same == len(words)
    if not again.any():
        return cells
    lines = cells.lines()[again].tolist()
    where = f"line {lines[0]}" if len(lines) == 1 else f"{len(lines):,} lines, the first of them {lines[0]},"
    message = f"the header stands again on {where} and is not read there"
    kept = cells.only(np.flatnonzero(~again))
    return replace(
        kept, remarks=(*kept.remarks, Remark("read-as", message, "", int(lines[0]), severity="note"))
    )


def _without_footer(cells: Cells, id_at: int) -> Cells:
    """Rows at the end of which only the first cell is filled, one of them with a footer's words, are left out."""
    rows, columns = len(cells), len(cells.names)
    if columns < 3 or rows < 2:
        return _without_notes(cells, id_at)
    first = rows
    while first > max(1, rows - _FOOTER_ROWS) and list(filled(cells, first - 1)) == [0]:
        first -= 1
    texts = [str(cells.texts[0][row].as_py()) for row in range(first, rows)]
    if (id_at != 0 and not filled(cells, first - 1)) or not any(FOOTER.search(text) for text in texts):
        return _without_notes(cells, id_at)
    return _cut(cells, first)


def _without_notes(cells: Cells, id_at: int) -> Cells:
    first = notes_below(cells, id_at)
    return cells if first is None else _cut(cells, first)


def _cut(cells: Cells, first: int) -> Cells:
    """The rows above one, with the doubt about it and those below."""
    lines = cells.lines()
    held = next(iter(filled(cells, first).values()), "")
    remark = footer_remark(int(lines[first]), int(lines[-1]), held)
    kept = cells.only(np.arange(first, dtype=np.int64))
    return replace(kept, remarks=(*kept.remarks, remark))


@dataclass(frozen=True, eq=False)
class _Ids:
    """The ids of a table, and what may be wrong with them."""

    texts: Any
    """A pyarrow array of strings (rows,)."""
    cells: Cells
    column: int
    report: Report
    name: str

    def are_filled(self) -> bool:
        """Whether every row says which partner it is about."""
        empty = is_blank(self.texts)
        label = self.cells.names[self.column]
        totals = self._totals(np.flatnonzero(empty).tolist())

        def message(row: int) -> str:
            if self._is_beside(row):
                other = quoted(self.cells.names[self.cells.beside or 0])
                return f"{label} is empty, and the row is filled from {other} on alone"
            return f"{label} is empty{', and the row looks like a total' if row in totals else ''}"

        return self._none(empty, "empty-id", message, "Fill it, or remove the row.")

    def _is_beside(self, row: int) -> bool:
        """Whether a row is filled only behind an empty column, where another table may stand."""
        return self.cells.beside is not None and min(filled(self.cells, row), default=0) >= self.cells.beside

    def are_values(self) -> bool:
        """Whether no id is an error of a spreadsheet, or a formula without a value."""
        label = self.cells.names[self.column]
        broken = flawed(self.texts)
        remedy = "Mend the formula, or type the id."
        return self._none(
            broken, "error-cell", lambda row: f"{label} {describe_flaw(self._id(row))[0]}", remedy
        )

    def _totals(self, rows: Sequence[int]) -> set[int]:
        """Those of the rows in which a word for a total stands."""
        return {
            row
            for row in rows[:100]
            if any(is_called_total(str(texts[row].as_py())) for texts in self.cells.texts)
        }

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
        if not again.any():
            return True
        from scenarios.tables.recognise_long import recognise  # few tables have an id twice

        if (declaration := recognise(self.cells, self.column)) is not None:
            message = (
                f"{len(codes):,} rows are about {len(first):,} partners: one for each {declaration.each}"
            )
            remedy = f"Declare it: partners: {{file: {self.name}, {declaration.text}}}."
            self.report.error("long-table", Place(self.name), message, remedy)
            return False

        def message_of(row: int) -> str:
            return f"{self._id(row)!r} stands on line {self.cells.lines()[earlier[row]]} already"

        return self._none(again, "duplicate-partner", message_of, "Keep one row per partner.")

    def _id(self, row: int) -> str:
        return str(self.texts[row].as_py())

    def _flaw(self, row: int) -> str:
        return f"{self.cells.names[self.column]} {self._id(row)[:40]!a} {flaw(self._id(row))}"

    def _none(self, wrong: NDArray[np.bool_], code: str, message: Callable[[int], str], remedy: str) -> bool:
        """Whether no row is wrong; reports those that are."""
        rows = np.flatnonzero(wrong).tolist()
        if not rows:
            return True
        lines = self.cells.lines()

        def make(row: int) -> Finding:
            return Finding(code, Place(self.name, int(lines[row])), message(row), remedy)

        for finding in row_findings(rows, make):
            self.report.add(finding)
        return False
