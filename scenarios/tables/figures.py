"""Numbers from cells of text."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from scenarios.tables.arrow import is_blank, take, values_of
from scenarios.tables.flawed import NULL_WORDS, describe_flaw, flawed
from scenarios.tables.number_style import Evidence, Parsed, Style, decide, parse_cell, weigh, without_currency
from scenarios.tables.options import DecimalMark
from scenarios.values.parse_number import LARGEST
from scenarios.values.quoting import quoted
from scenarios.values.short_amounts import split_short

_PLAIN = r"^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,2})?$"
_UNCLEAR = r"^[-+]?[1-9][0-9]{0,2}\.[0-9]{3}$"
_GROUPS = {
    ".": (r"^[-+]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?$", ","),
    ",": (r"^[-+]?(?:[0-9]{1,3}(\.[0-9]{3})+|[0-9]+)(,[0-9]*)?$", "."),
}
"""Per decimal mark the numbers that a whole column is searched for at once, and what groups their thousands."""

GROUPED = {".": "commas between thousands", ",": "points between thousands"}
"""What is assumed, per decimal mark, where the other mark stands in numbers."""


@dataclass(frozen=True)
class Wrong:
    """A cell where a number is due."""

    code: str
    found: str
    """What it "is ..." or "holds ..."."""
    remedy: str


@dataclass(frozen=True, eq=False)
class Figures:
    """The numbers of a column."""

    values: NDArray[np.float64]
    """(rows,) NaN where empty or wrong."""
    wrong: dict[int, Wrong]
    """By row, what is no number."""
    style: Style
    assumed: tuple[str, ...] = ()
    """What was assumed to read them, such as `decimal comma`."""
    currencies: tuple[str, ...] = ()
    """Signs and codes of currencies beside them, most frequent first."""
    percents: tuple[int, ...] = ()
    """The rows with a percent sign."""


@dataclass(frozen=True)
class Reading:
    """What is known of a table's numbers before a column is read."""

    decimal: DecimalMark | None
    """What the scenario says."""
    comma_locale: bool
    """Whether columns are separated by semicolons."""
    has_separator: bool
    """Whether the file is text with another separator than commas, so that a comma may stand in numbers."""
    table: Callable[[], Evidence]
    """What all columns together speak for; worked out when a column cannot decide."""


def figures(texts: Any, reading: Reading, *, typed: bool) -> Figures:
    """The numbers in a pyarrow array of strings; `typed` says that none of them came as text."""
    values = _floats_or_none(texts)
    if values is not None and (typed or _is_clear(texts, reading)):
        sound = is_blank(texts) | (np.abs(values) <= LARGEST)
        if sound.all():
            return Figures(values, {}, Style())
    return _closer(texts, _style(texts, reading, typed=typed))


def _floats_or_none(texts: Any) -> NDArray[np.float64] | None:
    try:
        return _floats(pc.replace_substring_regex(texts, pattern="^$", replacement="nan"))
    except pa.ArrowInvalid:
        return None


def _floats(texts: Any) -> NDArray[np.float64]:
    return np.array(values_of(pc.cast(texts, pa.float64())), dtype=np.float64)


def _is_clear(texts: Any, reading: Reading) -> bool:
    """Whether plain numbers can mean nothing else; 100.000 could be a thousand times as much."""
    if reading.decimal == "." or not _has(texts, "."):
        return True
    return reading.decimal is None and not pc.any(pc.match_substring_regex(texts, _UNCLEAR)).as_py()


def _style(texts: Any, reading: Reading, *, typed: bool) -> Style:
    if typed:
        return Style()
    if reading.decimal is not None:
        return Style(reading.decimal)
    own = weigh(texts)
    undecided = not (own.dot or own.comma) and (own.unclear_dot or own.unclear_comma)
    table = reading.table() if undecided else Evidence()
    return decide(own, table, comma_locale=reading.comma_locale, lone=not reading.has_separator)


def _closer(texts: Any, style: Style) -> Figures:
    """The numbers where some cells need a closer look."""
    values = np.full(len(texts), np.nan)
    assumed = dict[str, None]()
    left = ~is_blank(texts)
    pattern, group = _GROUPS[style.decimal]
    if style.decimal == ".":
        _take_plain(texts, values, left)
    marked = np.flatnonzero(left & values_of(pc.match_substring_regex(texts, pattern)))
    if len(marked):
        found = take(texts, marked)
        if _has(found, group):
            assumed[GROUPED[style.decimal]] = None
        plain = pc.replace_substring(found, pattern=group, replacement="")
        if style.decimal == ",":
            if _has(found, ","):
                assumed["decimal comma"] = None
            plain = pc.replace_substring(plain, pattern=",", replacement=".")
        values[marked] = _floats(plain)
        left[marked] = False
    left |= np.abs(values) > LARGEST
    slow = _OneByOne(style, values, assumed)
    slow.read(texts, np.flatnonzero(left))
    currencies = tuple(currency for currency, _ in slow.currencies.most_common())
    return Figures(values, slow.wrong, style, tuple(assumed), currencies, tuple(slow.percents))


def _has(texts: Any, mark: str) -> bool:
    return bool(pc.any(pc.match_substring(texts, mark)).as_py())


def _take_plain(texts: Any, values: NDArray[np.float64], left: NDArray[np.bool_]) -> None:
    """Reads what is written plainly, all at once."""
    plain = np.flatnonzero(left & values_of(pc.match_substring_regex(texts, _PLAIN)))
    values[plain] = _floats(take(texts, plain))
    left[plain] = False


class _OneByOne:
    """Reads the cells left: with currency signs, brackets, percent signs; and says what is no number."""

    def __init__(self, style: Style, values: NDArray[np.float64], assumed: dict[str, None]) -> None:
        self.wrong: dict[int, Wrong] = {}
        self.currencies: Counter[str] = Counter()
        self.percents: list[int] = []
        self._style = style
        self._values = values
        self._assumed = assumed

    def read(self, texts: Any, rows: NDArray[np.intp]) -> None:
        """Reads some rows of a column."""
        holds_flaws = flawed(take(texts, rows)).tolist() if len(rows) else []
        for row, is_flawed in zip(rows.tolist(), holds_flaws, strict=True):
            self._values[row] = np.nan
            text = texts[row].as_py()
            if is_flawed:
                self.wrong[row] = Wrong("error-cell", *describe_flaw(text))
            else:
                self._read(row, text)

    def _read(self, row: int, text: str) -> None:
        try:
            parsed = parse_cell(text, self._style.decimal)
        except ValueError as error:
            self.wrong[row] = Wrong("not-a-number", str(error), _remedy(text, self._style))
            return
        if abs(parsed.value) > LARGEST:
            found = f"is {quoted(text)}, beyond a thousand million millions (1e15)"
            self.wrong[row] = Wrong("not-a-number", found, "Write a smaller number.")
            return
        self._values[row] = float(parsed.value)
        self._note(row, parsed)

    def _note(self, row: int, parsed: Parsed) -> None:
        if parsed.currency:
            self.currencies[parsed.currency] += 1
        if parsed.percent:
            self.percents.append(row)
        for assumption, is_made in (
            ("currency signs", bool(parsed.currency)),
            ("percent signs", parsed.percent),
            ("brackets or a minus behind as below zero", parsed.bracketed),
            ("a dash for no decimals", parsed.dashed),
            (GROUPED[self._style.decimal], parsed.group in (".", ",")),
            ("decimal comma", parsed.has_comma),
            ("spaces or apostrophes between thousands", parsed.group not in ("", ".", ",")),
        ):
            if is_made:
                self._assumed[assumption] = None


def _remedy(text: str, style: Style) -> str:
    """What to do about a cell that is no number: what was meant, where that can be known."""
    if (short := split_short(_bare(text))) and (whole := _in_full(*short, style)):
        return f"Write it in full: {whole}, or the exact amount."
    if text.casefold() in NULL_WORDS or without_currency(text) in NULL_WORDS:
        return "Write 0 if it means none; empty the cell if it is not known."
    other: DecimalMark = "," if style.decimal == "." else "."
    try:
        parsed = parse_cell(text, other)
    except ValueError:
        return "Write a plain number such as 1200.50."
    mark = "comma" if other == "," else "point"
    return f"With a decimal {mark} it is {parsed.value:f}; write all cells alike, or say decimal: in the scenario."


def _bare(text: str) -> str:
    """The cell without the sign of a currency, behind which T or t is a thousand: 120 T€."""
    bare = without_currency(text)
    return f"{bare[:-1]}k" if bare[-1:] in ("T", "t") and len(bare) < len("".join(text.split())) else bare


def _in_full(number: str, power: int, style: Style) -> str | None:
    """A number times a power of ten."""
    marks: tuple[DecimalMark, DecimalMark] = (".", ",") if style.decimal == "." else (",", ".")
    for mark in marks:
        try:
            return f"{parse_cell(number, mark).value.scaleb(power):f}"
        except ValueError:
            continue
    return None
