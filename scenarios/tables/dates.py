"""Days from cells of text, as numbers that can be compared."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from scenarios.tables.arrow import values_of
from scenarios.tables.flawed import UNCALCULATED
from scenarios.tables.months import number_of_month
from scenarios.values.quoting import quoted

Order = Literal["day first", "month first"]

_TIME = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AaPp][Mm])?(?:Z|[+-]\d{2}:?\d{2})?)?"
_SERIAL = re.compile(r"[2-7][0-9]{4}(?:\.[0-9]+)?")
"""Days from 1954 to 2119 as spreadsheets keep them."""
_FIRST_SERIAL = date(1899, 12, 30).toordinal()
"""Day 0 of spreadsheets (Excel takes 1900 for a leap year, so that from March 1900 on this is right)."""
_YEAR_FIRST = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_TIME}", re.ASCII)
_MONTH = r"(?P<month>[^\W\d_]{3,12})\.?"
_NAMED_BEHIND = re.compile(
    rf"(?P<day>[0-9]{{1,2}})\.?[- ./]{{1,2}}{_MONTH}[- ./]{{1,2}}(?P<year>[0-9]{{4}}){_TIME}"
)
_NAMED_FIRST = re.compile(rf"{_MONTH} (?P<day>[0-9]{{1,2}}),? (?P<year>[0-9]{{4}}){_TIME}")
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([./-])(\d{{1,2}})\2(\d{{4}}){_TIME}", re.ASCII)


@dataclass(frozen=True, eq=False)
class Days:
    """The days of a column."""

    values: NDArray[np.float64]
    """(rows,) days counted from 0001-01-01, NaN where empty or wrong."""
    wrong: dict[int, str]
    """By row what is no day: it "is ..."."""
    unclear: str | None
    """A day that can be read in two ways, where none of the column says which way it is."""


def read_days(texts: Any) -> Days:
    """The days in a pyarrow array of strings."""
    coded = texts.dictionary_encode()
    words = coded.dictionary.to_pylist()
    possible = _orders(words)
    order: Order = "month first" if possible == {"month first"} else "day first"
    found = [_ordinal(word, order) for word in words]
    codes = np.asarray(values_of(coded.indices), dtype=np.intp)
    values = np.array([np.nan if isinstance(each, str) else each for each in found], dtype=np.float64)[codes]
    bad = np.array([isinstance(each, str) and each != "" for each in found], dtype=bool)[codes]
    wrong = {row: str(found[codes[row]]) for row in np.flatnonzero(bad).tolist()}
    return Days(values, wrong, _unclear(words) if len(possible) == 2 else None)


def _ordinal(text: str, order: Order) -> float | str:
    """The day's number; "" for an empty cell, else what the cell is."""
    if not text or text.startswith(UNCALCULATED):
        return ""
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day = int(match[1]), int(match[3]), int(match[4])
    elif match := _YEAR_LAST.fullmatch(text):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        day_first = match[2] == "." or order == "day first"
        day, month = (first, second) if day_first else (second, first)
    elif named := _by_name(text):
        year, month, day = named
    else:
        return f"is {quoted(text)}{_serial(text)}"
    try:
        return float(date(year, month, day).toordinal())
    except ValueError:
        return f"is {quoted(text)}"


def _by_name(text: str) -> tuple[int, int, int] | None:
    """Year, month and day of 5 Jan 2026, 05-JAN-2026 or Jan 5, 2026; None for any other text."""
    match = _NAMED_BEHIND.fullmatch(text) or _NAMED_FIRST.fullmatch(text)
    month = number_of_month(match["month"]) if match else None
    return None if match is None or month is None else (int(match["year"]), month, int(match["day"]))


def _serial(text: str) -> str:
    """What a number is that spreadsheets keep for a day of these decades; "" for any other text."""
    if not _SERIAL.fullmatch(text):
        return ""
    day = date.fromordinal(_FIRST_SERIAL + int(float(text)))
    return f" ({day} as a spreadsheet counts days)"


def _orders(texts: Iterable[str]) -> set[Order]:
    """The orders in which all days with the year last can be read; both where no number is above 12."""
    found: set[Order] = {"day first", "month first"}
    for text in texts:
        match = _YEAR_LAST.fullmatch(text)
        if match and match[2] != ".":
            if int(match[1]) > 12:
                found.discard("month first")
            if int(match[3]) > 12:
                found.discard("day first")
    return found


def _unclear(texts: Iterable[str]) -> str | None:
    for text in texts:
        match = _YEAR_LAST.fullmatch(text)
        if match and match[2] != "." and match[1] != match[3]:
            return text
    return None
