"""Doubts about ids: those that a spreadsheet has changed, and two that are most likely one partner."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from datetime import date, time, timedelta
from typing import Any

import numpy as np
import pyarrow.compute as pc

from scenarios.findings.finding import Finding, Place
from scenarios.tables.arrow import strings, values_of
from scenarios.tables.cells import Cells
from scenarios.tables.flawed import NULL_WORDS
from scenarios.tables.months import is_month
from scenarios.tables.row_findings import row_findings
from scenarios.values.quoting import quoted

DIGITS = 15
"""Spreadsheets keep so many digits of a number and put zeros in place of the rest (IEEE 754 doubles)."""

_SHORTENED = r"^[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]{1,3}$"
_ROUNDED = r"^[1-9][0-9]{14}0+$"
_DATE_BY_NUMBERS = r"^(?:\d{4}-\d{2}-\d{2}(?:T.*)?|\d{1,2}[./]\d{1,2}[./](?:\d{2}|\d{4}))$"
_DATE_BY_NAME = (
    r"^(?:\d{1,2}[-./ ]{1,2}(\pL{3,12})\.?(?:[-./ ]{1,2}\d{2,4})?|(\pL{3,12})\.?[-./]\d{2}(?:\d{2})?)$"
)
_APOSTROPHE, _DECIMALS, _THOUSANDS = r"^'.", r"^[0-9]+[.,]0+$", r"^[0-9]{1,3}(?:[.,][0-9]{3})+$"
_CHANGED = "|".join(
    f"(?:{each})"
    for each in (
        _SHORTENED, _ROUNDED, _DATE_BY_NUMBERS, _DATE_BY_NAME, _APOSTROPHE, _DECIMALS, _THOUSANDS
    )
)  # fmt: skip
_MAY_BE_CHANGED = r"^['0-9]|[-./][0-9]{2}"
"""What all of these begin with or hold: a search that is made in microseconds, and those in milliseconds a table."""
_MONTH = re.compile(r"[^\W\d_]+")
_ZEROS = r"^0+([0-9]+)$"
_LOOKALIKES = dict(zip("авеикмнорстухіјѕԁԛԝαβεικμνορτυχ", "abeukmhopctyxijsdqwabeikmvoptux", strict=True))
"""Small letters of the Cyrillic and the Greek alphabet whose capitals or selves look like a Latin letter (after
Unicode's confusables, UTS 39)."""
_ACCENTS = r"[\x{0300}-\x{036f}]"
_DASHES = r"[\x{2010}-\x{2015}\x{2212}]"
_SUFFIXED = r"^([0-9a-z]{15})[0-9a-z]{3}$"
"""A Salesforce id in its form of 18 characters, in small letters: 15 and a check of their case."""


def doubt_ids(
    texts: Any, cells: Cells, column: int, displayed: Callable[[int], str | None], name: str
) -> Iterator[Finding]:
    """Warnings about the ids in a pyarrow array of strings; `displayed` says how a row's id is shown, if otherwise."""
    doubts = _Doubts(texts, cells, column, name)
    yield from doubts.changed(displayed)
    yield from doubts.alike()


class _Doubts:
    def __init__(self, texts: Any, cells: Cells, column: int, name: str) -> None:
        self._texts = texts
        self._cells = cells
        self._column = column
        self._name = name

    def changed(self, displayed: Callable[[int], str | None]) -> Iterator[Finding]:
        """Ids that a spreadsheet has most likely changed."""
        raw: Sequence[object] = self._cells.raw[self._column] if self._cells.raw else ()
        as_text = "Format the column as text before the ids are typed or imported."
        dates = [row for row, value in enumerate(raw) if isinstance(value, date | time | timedelta)]
        yield from self._each(
            dates, lambda row: f"holds a date, {self._id(row)}, where an id is due", as_text
        )
        truths = [row for row, value in enumerate(raw) if isinstance(value, bool)]
        yield from self._each(truths, lambda row: f"holds {self._id(row)}, where an id is due", as_text)
        broken = [row for row, value in enumerate(raw) if isinstance(value, float) and not value.is_integer()]
        yield from self._each(
            broken, lambda row: f"holds {self._id(row)}, a number with decimals where an id is due", as_text
        )
        long = [
            row
            for row, value in enumerate(raw)
            if isinstance(value, float | int) and not isinstance(value, bool) and abs(value) >= 10**DIGITS
        ]
        yield from self._each(
            long,
            lambda row: (
                f"holds {self._id(row)}, and spreadsheets keep {DIGITS} digits of a number: the rest are lost"
            ),
            as_text,
        )
        padded = [row for row, value in enumerate(raw) if isinstance(value, float | int) and displayed(row)]
        yield from self._each(
            padded,
            lambda row: f"shows {displayed(row)} and holds {self._id(row)}, which is the id that is read",
            "Write the ids as text, with their zeros.",
        )
        if not raw:
            yield from self._changed_texts(as_text)

    def _changed_texts(self, as_text: str) -> Iterator[Finding]:
        # One search for all: ids are seldom changed, and each search reads every id.
        if self._matching(_MAY_BE_CHANGED) and self._matching(_CHANGED):
            yield from self._altered(as_text)
        is_word = pc.is_in(pc.utf8_lower(self._texts), value_set=strings(list(NULL_WORDS)))
        words: list[int] = np.flatnonzero(values_of(is_word)).tolist()
        remedy = "Write the partner's id, or remove the row."
        yield from self._each(words, lambda row: f"is {quoted(self._id(row))}, which names no one", remedy)

    def _altered(self, as_text: str) -> Iterator[Finding]:
        yield from self._each(
            self._matching(_SHORTENED),
            lambda row: f"is {self._id(row)}, a number that was shortened: its digits are lost",
            as_text,
        )
        yield from self._each(
            self._matching(_ROUNDED),
            lambda row: (
                f"is {self._id(row)}, of which spreadsheets keep {DIGITS} digits: the zeros may be others"
            ),
            as_text,
        )
        named = (row for row in self._matching(_DATE_BY_NAME) if self._names_a_month(row))
        dates = sorted({*self._matching(_DATE_BY_NUMBERS), *named})
        yield from self._each(dates, lambda row: f"is {self._id(row)}, which looks like a date", as_text)
        yield from self._each(
            self._matching(_APOSTROPHE),
            lambda row: f"is {quoted(self._id(row))}, and the ' in front is read as a part of it",
            "Remove it, if a spreadsheet put it there to keep a text.",
        )
        yield from self._each(
            self._matching(_DECIMALS),
            lambda row: f"is {self._id(row)}, a number with decimals where an id is due",
            as_text,
        )
        yield from self._each(
            self._matching(_THOUSANDS),
            lambda row: f"is {self._id(row)}, a number with its thousands marked where an id is due",
            as_text,
        )

    def alike(self) -> Iterator[Finding]:
        """Ids that differ from an earlier one by what people hardly see: case, spaces, dashes, accents, zeros in front."""
        keys = pc.replace_substring_regex(_alike(self._texts), pattern=_ZEROS, replacement=r"\1")
        keys = pc.replace_substring_regex(keys, pattern=_SUFFIXED, replacement=r"\1")
        codes = np.asarray(values_of(keys.dictionary_encode().indices))
        _, first, back = np.unique(codes, return_index=True, return_inverse=True)
        earlier = first[back]
        again = np.flatnonzero(earlier != np.arange(len(codes))).tolist()
        rows = [row for row in again if self._id(int(earlier[row])) != self._id(row)]
        if not rows:
            return
        lines = self._cells.lines()

        def message(row: int) -> str:
            first = int(earlier[row])
            how = _difference(self._id(row), self._id(first))
            other = f"{quoted(self._id(first))} on line {lines[first]}"
            return f"is {quoted(self._id(row))}, which differs from {other} by {how}"

        yield from self._each(rows, message, "If they are one partner, keep one row.", code="similar-ids")

    def _matching(self, pattern: str) -> list[int]:
        found: list[int] = np.flatnonzero(values_of(pc.match_substring_regex(self._texts, pattern))).tolist()
        return found

    def _names_a_month(self, row: int) -> bool:
        word = str(_MONTH.findall(self._id(row))[0])
        # Spreadsheets write no month in capitals: MAR-05 is an id still.
        return is_month(word) and not word.isupper()

    def _id(self, row: int) -> str:
        return str(self._texts[row].as_py())

    def _each(
        self, rows: Sequence[int], message: Callable[[int], str], remedy: str, *, code: str = "altered-id"
    ) -> Iterator[Finding]:
        if not rows:
            return
        lines, label = self._cells.lines(), self._cells.names[self._column]

        def finding(row: int) -> Finding:
            line = int(lines[row])
            cell = self._cells.cell(line, self._column)
            place = Place(self._name, line, cell=cell)
            return Finding(code, place, f"{label} {message(row)}", remedy, "warning")

        yield from row_findings(rows, finding)


def _alike(texts: Any) -> Any:
    """The ids as people see them: in small letters, without accents, one kind of space and of dash, no brackets around;
    letters of other alphabets that look like Latin ones as the Latin ones.
    """
    lower = pc.utf8_lower(texts)
    if not pc.all(pc.string_is_ascii(lower)).as_py():
        lower = pc.utf8_lower(pc.utf8_normalize(lower, form="NFKD"))
        for pattern, plain in ((_ACCENTS, ""), (_DASHES, "-")):
            lower = pc.replace_substring_regex(lower, pattern=pattern, replacement=plain)
    if pc.any(pc.match_substring_regex(lower, r"\s\s|[^\S ]|^[{(\[]")).as_py():
        lower = pc.replace_substring_regex(lower, pattern=r"\s+", replacement=" ")
        lower = pc.replace_substring_regex(lower, pattern=r"^[{(\[](.*)[})\]]$", replacement=r"\1")
    if not pc.any(pc.match_substring_regex(lower, f"[{''.join(_LOOKALIKES)}]")).as_py():
        return lower
    table = str.maketrans(_LOOKALIKES)
    return strings([each.translate(table) for each in lower.to_pylist()])


def _plain(text: str) -> str:
    spaced = " ".join(text.casefold().split()).strip("{}()[]")
    return re.sub("[\u2010-\u2015\u2212]", "-", spaced)


def _without_accents(text: str) -> str:
    return re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFKD", _plain(text))).casefold()


def _difference(one: str, other: str) -> str:
    """By what two ids differ that are most likely one partner's."""
    if one.casefold() == other.casefold():
        return "case alone"
    if len(one) != len(other) and {len(one), len(other)} == {15, 18}:
        return "the three characters that CRM exports add"
    if _plain(one) == _plain(other):
        return "spaces, dashes or brackets alone"
    if _without_accents(one) == _without_accents(other):
        return "accents, or the width of letters"
    if _alike(strings([one]))[0].as_py() == _alike(strings([other]))[0].as_py():
        return "letters of another alphabet that look the same"
    return "zeros in front"
