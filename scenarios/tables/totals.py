"""Rows that are totals of others: by what they are called, and by what they add up to."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from scenarios.findings.finding import Finding, Place, Severity
from scenarios.tables.arrow import values_of
from scenarios.tables.row_findings import row_findings

_WORDS = (
    "total", "totals", "subtotal", "subtotals", "sub-total", "grandtotal", "sum", "overall",  # English
    "gesamt", "gesamtsumme", "gesamtergebnis", "summe", "zwischensumme", "teilergebnis", "insgesamt", "endsumme",
    "totaux", "somme", "sous-total", "totale", "totali", "somma", "subtotale", "totales", "suma", "totaal", "subtotaal",
    "totalt", "summa", "delsumma", "yhteensä", "razem", "ogółem", "celkem", "součet", "összesen", "toplam", "genel toplam",
    "totalsumma", "totalsum", "hovedtotal", "delsum", "eindtotaal", "deltotal", "végösszeg", "részösszeg", "mezisoučet",
    "loppusumma", "välisumma", "ara toplam", "jumlah", "tổng", "итого", "всего", "сумма", "σύνολο", "σύνολα",
    "i alt", "soma", "kokonaissumma", "ukupno", "sveukupno", "skupaj", "общо", "загалом", "разом", "усього",
    "iš viso", "kopā", "kokku", "spolu", "samtals", "suma końcowa", "итог",
    "कुल", "योग", "إجمالي", "الإجمالي", "المجموع", "סך הכל", 'סה"כ', "סה״כ",
)  # fmt: skip
_SIGNS = "Σ∑"
_SCRIPTS = (
    "合計",
    "総計",
    "小計",
    "总计",
    "合计",
    "小计",
    "總計",
    "合計",
    "합계",
    "총계",
    "소계",
    "ผลรวม",
    "รวม",
)
_WHOLE = (
    "all", "alle", "tous", "todos", "tutti", "everything", "average", "mean", "median", "count", "durchschnitt",
    "mittelwert", "anzahl", "moyenne", "nombre", "promedio", "media", "gemiddelde", "aantal", "medelvärde", "antal",
    "result", "results", "ergebnis", "zusammen", "samlet", "ytd", "ttl", "tot", "rezultat ogólny",
    "ø", "min", "max", "minimum", "maximum", "median", "maks", "std",
    r"(?:all|alle|tous les|todos los|tutti i) (?:partners?|customers?|accounts?|resellers?|dealers?|clients?|kunden|partner"
    r"|händler|clientes|socios|clienti|regions?|companies)",
    "平均", "件数", "平均值", "среднее", r"\*+", r"t ?o ?t ?a ?l", r"s ?u ?m ?m ?e", r"(?:sub|grand)?total ?\d{1,2}",
)  # fmt: skip
"""What such rows are called where the word stands alone: as a part of a name it means nothing."""
WORDS = (
    rf"(?i)^(?:{'|'.join(_WHOLE)})[:.]?$|"
    r"(?:^|[\s:;,.()\[\]/_–—-])(?:"
    + "|".join(re.escape(word) for word in _WORDS)
    + rf"|[{_SIGNS}])(?:$|[\s:;,.()\[\]/_–—-])|"
    + "|".join(_SCRIPTS)
)
"""Words for a total in the common languages, anywhere in a cell (RE2); in scripts without spaces inside words too."""

_CALLED = re.compile(WORDS)

_MOST_GROUPS = 1_000
"""More rows than that are not called after groups: the column is another spelling of the ids."""
_CLOSE = 1e-9
"""Sums of 64-bit floats agree to so much of their size; a total rounded to cents does too in millions."""
_CHANCE_ROWS = 4
"""Among fewer rows a number is now and then the sum of those above by chance: 100, 200, 300."""
_CHANCE_SIZE = 1_000
"""So are small numbers."""
_CHANCE_DIGITS = 10_000
"""And round ones: a number of five digits that is the sum of two others is so by chance once in thousands of groups."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """A table that may hold rows of totals."""

    ids: Sequence[str]
    labels: Sequence[Any]
    """Per column that names partners, a pyarrow array of strings (rows,)."""
    groups: Sequence[Any]
    """The same for every other column of words."""
    numbers: Sequence[NDArray[np.float64]]
    """Per column of numbers, its cells (rows,), NaN where empty."""
    place: Callable[[int], Place]


def is_called_total(text: str) -> bool:
    """Whether a word for a total stands in the text."""
    return _CALLED.search(text) is not None


def find_totals(table: Candidates) -> Iterator[Finding]:
    """Rows of totals: errors where sums prove it, else doubts."""
    named = np.zeros(len(table.ids), dtype=bool)
    for label in table.labels:
        named |= values_of(pc.match_substring_regex(label, WORDS))
    named |= _named_after_groups(table, named)
    called = np.flatnonzero(named).tolist()
    proved = [row for row in called if _is_sum(table, row, named)]
    counted = "which would count everybody twice"

    def error(row: int) -> Finding:
        message = f"{table.ids[row]!r} is the total of other rows, {counted}"
        return Finding("total-row", table.place(row), message, "Remove the row.")

    def doubt(row: int) -> Finding:
        message = f"{table.ids[row]!r} looks like the total of a report, {counted}"
        remedy = "Remove the row, unless a partner is called so."
        return Finding("total-row", table.place(row), message, remedy, "warning")

    yield from row_findings(proved, error)
    yield from row_findings([row for row in called if row not in set(proved)], doubt)
    yield from _unnamed(table, named)


def _named_after_groups(table: Candidates, named: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(rows,) where a row has the name of a group, such as a region, and is the sum of that group's rows."""
    found = np.zeros(len(named), dtype=bool)
    for words in table.groups:
        groups = words.unique()
        for label in table.labels:
            candidates = np.flatnonzero(values_of(pc.is_in(label, value_set=groups)))
            if len(candidates) > _MOST_GROUPS:
                continue
            for row in candidates.tolist():
                group = np.array(values_of(pc.equal(words, label[row])), dtype=bool) & ~named
                group[row] = False
                found[row] |= group.sum() > 1 and any(
                    _agree(column[row], column[group]) for column in table.numbers
                )
    return found


def _is_sum(table: Candidates, row: int, named: NDArray[np.bool_]) -> bool:
    """Whether a number of the row is the sum of rows that are no totals: those just above, all above, a group, all."""
    number = np.arange(len(named))
    earlier = np.flatnonzero(named[:row])
    block = (number < row) & (number > (earlier[-1] if len(earlier) else -1))
    groups = [(number < row) & ~named, block & ~named, ~named]
    for words in table.groups:
        for word in {words[row].as_py(), *(label[row].as_py() for label in table.labels)} - {""}:
            groups.append(np.asarray(values_of(pc.equal(words, word)), dtype=bool) & ~named)
    return any(_agree(column[row], column[group]) for column in table.numbers for group in groups)


def _agree(total: float, parts: NDArray[np.float64]) -> bool:
    if np.isnan(total) or total == 0 or not len(parts):
        return False
    return bool(abs(np.nansum(parts) - total) <= _CLOSE * max(abs(total), float(np.nansum(np.abs(parts)))))


def _unnamed(table: Candidates, named: NDArray[np.bool_]) -> Iterator[Finding]:
    """Rows called nothing of the kind that are, in every column of numbers, the sum of others: all above, all, a group."""
    columns = [column for column in table.numbers if np.nansum(np.abs(column)) > 0]
    if not columns:
        return
    amounts = np.stack([np.where(named | np.isnan(column), 0.0, column) for column in columns])
    countable = (amounts != 0).all(axis=0) & ~named & (np.abs(amounts).max(axis=0) >= _CHANCE_SIZE)
    several = (amounts != amounts[0]).any(axis=0)
    found = dict[int, str]()
    counts: NDArray[np.int64] = np.cumsum(~named) - ~named
    above = _same(np.cumsum(amounts, axis=1) - amounts, amounts) & countable & (counts >= _CHANCE_ROWS)
    for row in np.flatnonzero(above).tolist():
        found[row] = f"the {int(counts[row])} rows above it"
    everywhere = np.zeros(len(named), dtype=np.intp)
    by_groups = [
        np.asarray(values_of(words.dictionary_encode().indices), dtype=np.intp) for words in table.groups
    ]
    for number, group in enumerate((everywhere, *by_groups)):
        size = np.bincount(group, weights=~named)[group] - 1
        whole = np.stack([np.bincount(group, weights=column)[group] for column in amounts])
        enough = (size >= _CHANCE_ROWS) | ((size > 1) & (several | _is_odd(amounts[0])))
        for row in np.flatnonzero(_same(whole - amounts, amounts) & countable & enough).tolist():
            word = table.groups[number - 1][row].as_py() if number else ""
            found.setdefault(row, f"the {int(size[row])} other rows{f' of {word}' if word else ''}")
    for row, rows in sorted(found.items()):
        message = f"{table.ids[row]!r} is the sum of {rows} in every column of numbers"
        severity: Severity = "error" if several[row] and above[row] else "warning"
        remedy = "Remove the row, unless it is a partner."
        yield Finding("total-row", table.place(row), message, remedy, severity)


def _same(sums: NDArray[np.float64], amounts: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(rows,) where sums (columns, rows) are the amounts in every column."""
    close = np.abs(sums - amounts) <= _CLOSE * np.maximum(np.abs(amounts), 1e-300)
    return np.asarray(close.all(axis=0))


def _is_odd(amounts: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(rows,) where an amount, counted in cents, has too many digits to be a sum of two by chance."""
    cents = np.round(np.abs(amounts) * 100)
    for _ in range(12):
        cents = np.where((cents > 0) & (cents % 10 == 0), cents // 10, cents)
    return np.asarray(cents >= _CHANCE_DIGITS)
