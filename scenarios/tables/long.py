"""Long tables: several rows per partner, one for each period, brought into one row per partner."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from scenarios.findings.finding import Finding, Place, Report, did_you_mean
from scenarios.tables.arrow import is_blank, strings, take, values_of, words_of
from scenarios.tables.cells import Cells, check_size
from scenarios.tables.options import LongTable
from scenarios.tables.row_findings import row_findings
from scenarios.values.quoting import quoted
from scenarios.values.rational_array import Exact, decimal_text

_PERIOD_NAMES = re.compile(
    r"(?i)^(?:fiscal[ _]?|calendar[ _]?)?(?:period|periode|month|monat|mois|mes|mese|maand|quarter|quartal|trimestre|qtr"
    r"|week|woche|semaine|semana|year|jahr|année|año|anno|date|datum|fecha|data)(?:[ _].*)?$"
)
_PERIOD_CELLS = re.compile(
    r"(?i)^(?:\d{1,2}|(?:fy ?)?(?:19|20)\d{2}|(?:fy ?)?(?:20)?\d{2}[-_/ ]?[qhmwp]\d{1,2}|20\d{2}[-_/ ]?(?:0[1-9]|1[0-2])"
    r"|[qhmwp] ?\d{1,2}(?:[-_/ ]?\d{2,4})?|\d{4}-\d{2}-\d{2}"
    r"|(?:jan|feb|mar|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[a-zäûéè]*\.?(?:[-_/ ]?\d{2,4})?)$"
)

_MOST_METRICS = 50
"""A column of more words than that says what a row is about, not what its number counts."""

Numbers = Callable[[int], NDArray[np.float64]]
"""Reads a column of text: (rows,) floats, NaN where empty or wrong."""


@dataclass(frozen=True, eq=False)
class _Columns:
    """The columns of a long table, and whose each row is."""

    cells: Cells
    id_at: int
    partner: NDArray[np.intp]
    """(rows,) the number of each row's partner."""
    first: NDArray[np.int64]
    """(partners,) the first row of each."""


def widen(
    cells: Cells, long: LongTable, id_at: int, numbers: Numbers, report: Report, name: str
) -> Cells | None:
    """One row per partner: words as they are, numbers summed as `value` and side by side as `value_PERIOD`.

    With `metric`, its words take the place of `value`. `numbers` reads the column of values; mistakes
    in it are reported by whoever made it. None after reporting what does not fit.
    """
    wanted = [each for each in (long.period, long.value, long.metric) if each is not None]
    if not _exist(wanted, cells, report, name) or not _differ(wanted, cells, id_at, report, name):
        return None
    ids = cells.texts[id_at].dictionary_encode()
    partner = np.asarray(values_of(ids.indices), dtype=np.intp)
    _, first = np.unique(partner, return_index=True)
    columns = _Columns(cells, id_at, partner, first.astype(np.int64))
    labels, label_of = _labels(cells, long)
    if not _are_distinct(columns, label_of, labels, report, name):
        return None
    words = _constant_columns(columns, wanted, report, name)
    values = numbers(cells.names.index(long.value))
    figures = _figures(columns, long, values, labels, label_of)
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
    )


def _exist(names: Sequence[str], cells: Cells, report: Report, name: str) -> bool:
    sound = True
    for each in names:
        if each not in cells.names:
            remedy = did_you_mean(each, cells.names) or f"Columns: {', '.join(cells.names[:30])}."
            message = f"no column {quoted(each)}, which long speaks of"
            report.error("unknown-column", Place(name, cells.header_line), message, remedy)
            sound = False
    return sound


def _differ(names: Sequence[str], cells: Cells, id_at: int, report: Report, name: str) -> bool:
    """Whether long speaks of columns that are none of them the ids, nor the same."""
    twice = [each for at, each in enumerate(names) if each in (cells.names[id_at], *names[:at])]
    for each in twice:
        message = f"long speaks of {quoted(each)} twice, or it is the column of ids"
        report.error("bad-value", Place(name, cells.header_line), message, "Name three different columns.")
    return not twice


def _labels(cells: Cells, long: LongTable) -> tuple[list[tuple[str, str]], NDArray[np.intp]]:
    """The metric and period of each kind of row, in order of appearance, and which kind each row is."""
    period = words_of(cells.texts[cells.names.index(long.period)])
    if long.metric is None:
        pairs = [(long.value, word) for word in period]
    else:
        metric = words_of(cells.texts[cells.names.index(long.metric)])
        pairs = list(zip(metric, period, strict=True))
    number: dict[tuple[str, str], int] = {}
    kinds = [number.setdefault(pair, len(number)) for pair in pairs]
    return list(number), np.array(kinds, dtype=np.intp)


def _are_distinct(
    columns: _Columns,
    label_of: NDArray[np.intp],
    labels: Sequence[tuple[str, str]],
    report: Report,
    name: str,
) -> bool:
    """Whether each partner has one row for each period; reports those that come twice."""
    key = columns.partner * len(labels) + label_of
    _, first, back = np.unique(key, return_index=True, return_inverse=True)
    again = np.flatnonzero(first[back] != np.arange(len(key)))
    if not len(again):
        return True
    lines, ids = columns.cells.lines(), columns.cells.texts[columns.id_at]

    def finding(row: int) -> Finding:
        what = " ".join(labels[label_of[row]])
        message = f"{what} of {ids[row].as_py()!r} stands on line {lines[first[back][row]]} already"
        return Finding("duplicate-partner", Place(name, int(lines[row])), message, "Keep one row for each.")

    for each in row_findings(again.tolist(), finding):
        report.add(each)
    return False


def _constant_columns(columns: _Columns, others: Sequence[str], report: Report, name: str) -> dict[str, Any]:
    """The columns that say the same on every row of a partner; a doubt for those that do not."""
    kept = dict[str, Any]()
    for at, each in enumerate(columns.cells.names):
        if each in others:
            continue
        texts = columns.cells.texts[at]
        codes = np.asarray(values_of(texts.dictionary_encode().indices))
        differs = codes != codes[columns.first[columns.partner]]
        if differs.any():
            row = int(np.flatnonzero(differs)[0])
            ids = columns.cells.texts[columns.id_at]
            message = (
                f"{each} of {ids[row].as_py()!r} is not the same on all its rows; the column is left out"
            )
            report.warn("long-table", Place(name, int(columns.cells.lines()[row])), message, "Say it alike.")
            continue
        kept[each] = take(texts, columns.first)
    return kept


def _figures(
    columns: _Columns,
    long: LongTable,
    values: NDArray[np.float64],
    labels: Sequence[tuple[str, str]],
    label_of: NDArray[np.intp],
) -> dict[str, Any]:
    """The sum of each metric, and its value in each period; "" where a partner has none."""
    filled = ~np.isnan(values)
    exact = Exact.from_floats(np.where(filled, values, 0.0))
    found = dict[str, Any]()
    for metric in dict.fromkeys(metric for metric, _ in labels):
        mine = np.array([each == metric for each, _ in labels])[label_of] & filled
        found[metric or long.value] = _sums(columns, exact, mine)
    for number, (metric, period) in enumerate(labels):
        found[f"{metric or long.value}_{period}"] = _sums(columns, exact, (label_of == number) & filled)
    return found


def _sums(columns: _Columns, exact: Exact, rows: NDArray[np.bool_]) -> Any:
    partners = len(columns.first)
    chosen = np.flatnonzero(rows)
    totals = exact[chosen].sum_by(columns.partner[chosen], partners)
    counts = np.bincount(columns.partner[chosen], minlength=partners)
    return strings(
        [decimal_text(total) if count else "" for total, count in zip(totals.tolist(), counts, strict=True)]
    )


@dataclass(frozen=True)
class Declaration:
    """How a table that looks long is declared."""

    text: str
    """What to write."""
    each: str
    """What there is a row of, for each partner: a period, or whatever a column says."""


def recognise(cells: Cells, id_at: int) -> Declaration | None:
    """How to declare a table that looks long; None where it does not."""
    ids = np.asarray(values_of(cells.texts[id_at].dictionary_encode().indices))
    partners = len(np.unique(ids))
    if partners * 2 > len(ids):
        return None
    others = [at for at in range(len(cells.names)) if at != id_at and not _are_numbers(cells.texts[at])]
    periods = [at for at in range(len(cells.names)) if at != id_at and _is_period(cells, at)]
    for at in dict.fromkeys((*periods, *(other for other in others if _is_few(cells, other)))):
        each = cells.names[at]
        metric = _dividing(cells, ids, at, id_at)
        if metric is None:
            continue
        value = _value_column(cells, {id_at, at, *metric})
        if value is None:
            continue
        third = f", metric: {_quoted_name(cells.names[metric[0]])}" if metric else ""
        text = f"long: {{period: {_quoted_name(each)}{third}, value: {_quoted_name(value)}}}"
        return Declaration(text, "period" if at in periods else each)
    return None


def _dividing(cells: Cells, ids: NDArray[Any], at: int, id_at: int) -> list[int] | None:
    """No column where partner and period make each row one of a kind, else the one that does with them."""
    if _divides(cells, ids, [at]):
        return []
    for other in range(len(cells.names)):
        if other not in (at, id_at) and _divides(cells, ids, [at, other]):
            words = cells.texts[other]
            if len(words.unique()) <= _MOST_METRICS and not _are_numbers(words):
                return [other]
    return None


def _is_period(cells: Cells, at: int) -> bool:
    words = cells.texts[at]
    sample = words[: min(len(words), 200)].to_pylist()
    return bool(_PERIOD_NAMES.match(cells.names[at])) or all(_PERIOD_CELLS.match(word) for word in sample)


def _is_few(cells: Cells, at: int) -> bool:
    """Whether a column has a few words that come again and again, as those of products do."""
    words = len(cells.texts[at].unique())
    return words <= _MOST_METRICS and words * 2 <= len(cells)


def _divides(cells: Cells, ids: NDArray[Any], columns: Sequence[int]) -> bool:
    """Whether no partner has the same words twice in these columns."""
    key = ids.astype(np.int64)
    for at in columns:
        texts = cells.texts[at]
        if is_blank(texts).any():
            return False
        codes = np.asarray(values_of(texts.dictionary_encode().indices), dtype=np.int64)
        key = np.unique(key * (int(codes.max()) + 1) + codes, return_inverse=True)[1]
    return int(key.max()) + 1 == len(ids)


def _value_column(cells: Cells, others: set[int]) -> str | None:
    """The last column that holds numbers alone."""
    found = [at for at in range(len(cells.names)) if at not in others and _are_numbers(cells.texts[at])]
    return cells.names[found[-1]] if found else None


def _are_numbers(texts: Any) -> bool:
    return bool(pc.all(pc.match_substring_regex(texts, r"^[-+$€£ (]*[0-9][0-9.,' ]*[)%€]*$")).as_py())


def _quoted_name(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else f'"{name}"'
