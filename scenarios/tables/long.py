"""Long tables: several rows per partner, one for each period, brought into one row per partner."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenarios.findings.finding import Finding, Place, Report, did_you_mean
from scenarios.tables.arrow import is_blank, strings, take, values_of, words_of
from scenarios.tables.cells import Cells, check_size
from scenarios.tables.flawed import describe_flaw, flawed
from scenarios.tables.long_totals import Parts, doubt_parts
from scenarios.tables.options import LongTable
from scenarios.tables.row_findings import row_findings
from scenarios.values.quoting import quoted
from scenarios.values.rational_array import Exact, decimal_text

Numbers = Callable[[int], NDArray[np.float64]]
"""Reads a column of text: (rows,) floats, NaN where empty or wrong."""
Label = tuple[str, str]
"""A metric, "" where no column says it, and a period."""


@dataclass(frozen=True, eq=False)
class _Columns:
    """The columns of a long table, and whose each row is."""

    cells: Cells
    id_at: int
    partner: NDArray[np.intp]
    """(rows,) the number of each row's partner."""
    first: NDArray[np.int64]
    """(partners,) the first row of each."""
    report: Report
    name: str

    def id(self, row: int) -> str:
        """Whose a row is."""
        return str(self.cells.texts[self.id_at][row].as_py())

    def place(self, row: int, column: str) -> Place:
        """Where a cell stands."""
        line = int(self.cells.lines()[row])
        return Place(self.name, line, cell=self.cells.cell(line, self.cells.names.index(column)))

    def texts(self, column: str) -> Any:
        """The cells of a column."""
        return self.cells.texts[self.cells.names.index(column)]


def widen(
    cells: Cells, long: LongTable, id_at: int, numbers: Numbers, report: Report, name: str
) -> Cells | None:
    """One row per partner: words as they are, numbers summed as `value` and side by side as `value_PERIOD`.

    With `metric`, its words take the place of `value`. `numbers` reads a column of values; mistakes
    in it are reported by whoever made it. None after reporting what does not fit.
    """
    wanted = [each for each in (long.period, *long.values, long.metric) if each is not None]
    if not _exist(wanted, cells, report, name) or not _differ(wanted, cells, id_at, report, name):
        return None
    ids = cells.texts[id_at].dictionary_encode()
    partner = np.asarray(values_of(ids.indices), dtype=np.intp)
    _, first = np.unique(partner, return_index=True)
    columns = _Columns(cells, id_at, partner, first.astype(np.int64), report, name)
    if not _are_filled(columns, [each for each in (long.period, long.metric) if each is not None]):
        return None
    labels, label_of = _labels(cells, long)
    if not _are_distinct(columns, label_of, labels):
        return None
    words, left_out = _constant_columns(columns, wanted)
    figures = dict[str, Any]()
    for value in long.values:
        found = numbers(cells.names.index(value))
        for finding in doubt_parts(
            Parts(value, long.period, found, labels, label_of, partner, cells.lines, name)
        ):
            report.add(finding)
        figures |= _figures(columns, value, found, labels, label_of)
    conflicting = [each for each in figures if each in words]
    for each in conflicting:
        report.error("duplicate-column", Place(name, 1), f"two columns are called {each!r}", "Rename one.")
    if conflicting:
        return None
    texts = {**words, **figures}
    check_size(len(first), len(texts))
    lines = cells.lines
    return replace(
        cells,
        names=tuple(texts),
        texts=tuple(texts.values()),
        lines=lambda: lines()[columns.first],
        raw=(),
        letters=(),
        typed=frozenset(list(texts).index(each) for each in figures),
        left_out={**cells.left_out, **left_out},
    )


def _exist(names: Sequence[str], cells: Cells, report: Report, name: str) -> bool:
    sound = True
    for each in names:
        if each not in cells.names:
            there = did_you_mean(each, cells.names)
            remedy = cells.left_out.get(each) or there or f"Columns: {', '.join(cells.names[:30])}."
            message = f"no column {quoted(each)}, which long speaks of"
            report.error("unknown-column", Place(name, cells.header_line), message, remedy)
            sound = False
    return sound


def _differ(names: Sequence[str], cells: Cells, id_at: int, report: Report, name: str) -> bool:
    """Whether long speaks of columns that are none of them the ids, nor the same."""
    twice = [each for at, each in enumerate(names) if each in (cells.names[id_at], *names[:at])]
    for each in twice:
        message = f"long speaks of {quoted(each)} twice, or it is the column of ids"
        report.error("bad-value", Place(name, cells.header_line), message, "Name different columns.")
    return not twice


def _are_filled(columns: _Columns, names: Sequence[str]) -> bool:
    """Whether each row says which period, and which metric, it is about."""
    sound = True
    for column in names:
        texts = columns.texts(column)
        broken, empty = flawed(texts), is_blank(texts)
        found = (*row_findings(np.flatnonzero(broken).tolist(), _broken(columns, column)),
                 *row_findings(np.flatnonzero(empty).tolist(), _empty(columns, column)))  # fmt: skip
        for finding in found:
            columns.report.add(finding)
        sound = sound and not found
    return sound


def _broken(columns: _Columns, column: str) -> Callable[[int], Finding]:
    def make(row: int) -> Finding:
        held, remedy = describe_flaw(columns.texts(column)[row].as_py())
        message = f"{column} {held} for {columns.id(row)}"
        return Finding("error-cell", columns.place(row, column), message, remedy)

    return make


def _empty(columns: _Columns, column: str) -> Callable[[int], Finding]:
    def make(row: int) -> Finding:
        message = f"{column} is empty for {columns.id(row)}, and says what the row is about"
        return Finding("missing-value", columns.place(row, column), message, "Fill it, or remove the row.")

    return make


def _labels(cells: Cells, long: LongTable) -> tuple[list[Label], NDArray[np.intp]]:
    """The metric and period of each kind of row, in order of appearance, and which kind each row is."""
    period = words_of(cells.texts[cells.names.index(long.period)])
    if long.metric is None:
        pairs = [("", word) for word in period]
    else:
        metric = words_of(cells.texts[cells.names.index(long.metric)])
        pairs = list(zip(metric, period, strict=True))
    number: dict[Label, int] = {}
    kinds = [number.setdefault(pair, len(number)) for pair in pairs]
    return list(number), np.array(kinds, dtype=np.intp)


def _are_distinct(columns: _Columns, label_of: NDArray[np.intp], labels: Sequence[Label]) -> bool:
    """Whether each partner has one row for each period; reports those that come twice."""
    key = columns.partner * len(labels) + label_of
    _, first, back = np.unique(key, return_index=True, return_inverse=True)
    again = np.flatnonzero(first[back] != np.arange(len(key)))
    if not len(again):
        return True
    lines = columns.cells.lines()

    def finding(row: int) -> Finding:
        what = " ".join(filter(None, labels[label_of[row]]))
        message = f"{what} of {columns.id(row)!r} stands on line {lines[first[back][row]]} already"
        place = Place(columns.name, int(lines[row]))
        return Finding("duplicate-partner", place, message, "Keep one row for each.")

    for each in row_findings(again.tolist(), finding):
        columns.report.add(each)
    return False


def _constant_columns(columns: _Columns, others: Sequence[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The columns that say the same wherever a partner's rows say anything, and why others are left out."""
    kept, left_out = dict[str, Any](), dict[str, str]()
    for at, each in enumerate(columns.cells.names):
        if each in others:
            continue
        texts = columns.cells.texts[at]
        blank = is_blank(texts)
        codes = np.asarray(values_of(texts.dictionary_encode().indices))
        stated = _first_filled(columns, blank)
        differs = (codes != codes[stated[columns.partner]]) & ~blank
        if differs.any():
            row = int(np.flatnonzero(differs)[0])
            same = f"is not the same on all rows of {columns.id(row)!r}"
            left_out[each] = f"It {same} (line {columns.cells.lines()[row]}), and is left out."
            message = f"{each} {same}; the column is left out"
            columns.report.warn("long-table", columns.place(row, each), message, "Say it alike.")
            continue
        _doubt_gaps(columns, each, blank & ~blank[stated[columns.partner]])
        kept[each] = take(texts, stated)
    return kept, left_out


def _first_filled(columns: _Columns, blank: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(partners,) the first row of each that says anything in a column, else its first row."""
    found, filled = columns.first.copy(), np.flatnonzero(~blank)[::-1]
    # Of several rows the last one written is the first of the table.
    found[columns.partner[filled]] = filled
    return found


def _doubt_gaps(columns: _Columns, column: str, gaps: NDArray[np.bool_]) -> None:
    """A doubt about a column that is filled on some of a partner's rows: what is filled counts."""
    if gaps.any():
        row = int(np.flatnonzero(gaps)[0])
        held = str(
            columns.texts(column)[
                int(_first_filled(columns, is_blank(columns.texts(column)))[columns.partner[row]])
            ]
        )
        message = f"{column} of {columns.id(row)!r} is {quoted(held)} on other rows and empty here; the other rows count"
        columns.report.warn("long-table", columns.place(row, column), message, "Say it on every row.")


def _figures(
    columns: _Columns,
    value: str,
    values: NDArray[np.float64],
    labels: Sequence[Label],
    label_of: NDArray[np.intp],
) -> dict[str, Any]:
    """The sum of each metric, and its value in each period; "" where a partner has none."""
    filled = ~np.isnan(values)
    exact = Exact.from_floats(np.where(filled, values, 0.0))
    found = dict[str, Any]()
    for metric in dict.fromkeys(metric for metric, _ in labels):
        mine = np.array([each == metric for each, _ in labels])[label_of] & filled
        found[metric or value] = _sums(columns, exact, mine)
    for number, (metric, period) in enumerate(labels):
        found[f"{metric or value}_{period}"] = _sums(columns, exact, (label_of == number) & filled)
    return found


def _sums(columns: _Columns, exact: Exact, rows: NDArray[np.bool_]) -> Any:
    partners = len(columns.first)
    chosen = np.flatnonzero(rows)
    totals = exact[chosen].sum_by(columns.partner[chosen], partners)
    counts = np.bincount(columns.partner[chosen], minlength=partners)
    return strings(
        [decimal_text(total) if count else "" for total, count in zip(totals.tolist(), counts, strict=True)]
    )
