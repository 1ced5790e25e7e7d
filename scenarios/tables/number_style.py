"""How numbers are written in a column: what stands before decimals, what groups thousands, what surrounds them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

import pyarrow.compute as pc

from scenarios.tables.options import DecimalMark
from scenarios.values.quoting import quoted

Doubt = Literal["", "thousands", "decimals", "comma"]
"""What else the numbers of a column could mean; "comma": decimal commas where nothing else has them."""

SPACES = "\u0020\u00a0\u2009\u202f"
"""Spaces that group thousands: plain, no-break, thin and narrow no-break."""
_APOSTROPHES = "'\u2019"
_MINUS = "\u2212"
"""The minus that typesetters use."""
_DASHES = f"-{_MINUS}–—"
"""What stands in place of decimals: 1.200,- and 1'200.—"""
_SIGNS = "$€£¥₹₩₽₺₴₫฿₪₦₱￥円元"
_CODES = (
    "USD", "EUR", "GBP", "JPY", "CHF", "AUD", "CAD", "NZD", "CNY", "RMB", "INR", "BRL", "MXN", "ZAR", "SEK", "NOK",
    "DKK", "PLN", "CZK", "HUF", "RON", "TRY", "RUB", "SGD", "HKD", "KRW", "THB", "ILS", "AED", "SAR",
    "US$", "A$", "C$", "R$", "Fr.", "Fr", "kr.", "kr", "zł", "Kč", "Ft", "lei", "Rs.", "Rs", "TL", "руб.", "руб", "грн",
)  # fmt: skip
_MEANT = {
    "€": ("EUR",), "£": ("GBP",), "¥": ("JPY", "CNY", "RMB"), "₹": ("INR",), "₩": ("KRW",), "₽": ("RUB",),
    "₺": ("TRY",), "₴": ("UAH",), "₫": ("VND",), "฿": ("THB",), "₪": ("ILS",), "zł": ("PLN",), "Kč": ("CZK",),
    "Ft": ("HUF",), "lei": ("RON",), "kr": ("SEK", "NOK", "DKK"), "kr.": ("SEK", "NOK", "DKK"), "Fr": ("CHF",),
    "Fr.": ("CHF",), "TL": ("TRY",), "руб.": ("RUB",), "руб": ("RUB",), "грн": ("UAH",), "￥": ("JPY", "CNY", "RMB"),
    "円": ("JPY",), "元": ("CNY", "RMB"), "US$": ("USD",), "A$": ("AUD",), "C$": ("CAD",), "R$": ("BRL",),
    "$": ("USD", "AUD", "CAD", "NZD", "SGD", "HKD", "MXN"),
}  # fmt: skip
"""The currencies that a sign stands for."""
_CURRENCY = f"(?:{'|'.join(re.escape(code) for code in sorted(_CODES, key=len, reverse=True))}|[{_SIGNS}])"
_AROUND = re.compile(
    rf"(?P<open>\()?[{SPACES}]*(?P<sign>[-+{_MINUS}])?[{SPACES}]*(?P<money>{_CURRENCY})?[{SPACES}]*"
    rf"(?P<inner>[-+{_MINUS}])?[{SPACES}]*(?P<core>[0-9.,].*?|)(?P<none>(?<=[.,])[{_DASHES}]{{1,2}})?[{SPACES}]*(?P<percent>%)?[{SPACES}]*"
    rf"(?P<code>{_CURRENCY})?[{SPACES}]*(?P<behind>[-{_MINUS}])?[{SPACES}]*(?P<close>\))?"
)
_CORES = {
    ".": re.compile(
        rf"(?:[0-9]{{1,3}}(?:(?P<group>[,{SPACES}{_APOSTROPHES}])[0-9]{{3}})(?:(?P=group)[0-9]{{3}})*"
        r"|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}|[0-9]+)(?:\.[0-9]*)?|\.[0-9]+"
    ),
    ",": re.compile(
        rf"(?:[0-9]{{1,3}}(?:(?P<group>[.{SPACES}{_APOSTROPHES}])[0-9]{{3}})(?:(?P=group)[0-9]{{3}})*"
        r"|[0-9]+)(?:,[0-9]*)?|,[0-9]+"
    ),
}
_SCIENTIFIC = {
    ".": re.compile(r"[-+]?[0-9]+(?:\.[0-9]*)?[eE][-+]?[0-9]{1,2}"),
    ",": re.compile(r"[-+]?[0-9]+(?:[.,][0-9]*)?[eE][-+]?[0-9]{1,2}"),
}
_PLAIN, _DIGIT = re.compile(r"[0-9]+(?:\.[0-9]*)?"), re.compile("[0-9]")
"""Most numbers, and what there is in each."""
_SAMPLE = 100
"""So many cells tell whether a column holds numbers."""
_LONGEST = 60
"""No number has more characters; longer texts are not looked at."""

# Patterns for whole columns (RE2), after what surrounds the numbers is taken away.
_NOISE = rf"[{SPACES}{_APOSTROPHES}()%+{_DASHES.replace('-', '')}-]|{_CURRENCY}"


def _proofs(mark: str, other: str) -> str:
    """Numbers in which `mark` must stand before decimals."""
    m, o = re.escape(mark), re.escape(other)
    return (
        rf"^(?:[0-9]*{m}(?:[0-9]{{0,2}}|[0-9]{{4,}})|0{m}[0-9]+|[0-9]{{4,}}{m}[0-9]+|"
        rf"[0-9]{{1,3}}(?:{o}[0-9]{{3}})+{m}[0-9]*|[0-9]{{1,3}}(?:{o}[0-9]{{3}}){{2,}}|"
        rf"[0-9]{{1,2}}(?:{o}[0-9]{{2}})+{o}[0-9]{{3}})$"
    )


_DOT_PROOF, _COMMA_PROOF = _proofs(".", ","), _proofs(",", ".")
_DOT_UNCLEAR, _COMMA_UNCLEAR = r"^[1-9][0-9]{0,2}\.[0-9]{3}$", r"^[1-9][0-9]{0,2},[0-9]{3}$"


@dataclass(frozen=True)
class Evidence:
    """How many numbers of a column speak for what; numbers without a mark say nothing."""

    dot: int = 0
    """Only a decimal point makes sense of them: 1.5, 1,234.50, 1,234,567."""
    comma: int = 0
    """Only a decimal comma does."""
    unclear_dot: int = 0
    """1.234: a thousand, or a little more than one."""
    unclear_comma: int = 0
    """1,234."""

    def __add__(self, other: "Evidence") -> "Evidence":
        return Evidence(
            self.dot + other.dot,
            self.comma + other.comma,
            self.unclear_dot + other.unclear_dot,
            self.unclear_comma + other.unclear_comma,
        )


@dataclass(frozen=True)
class Style:
    """How the numbers of a column are read."""

    decimal: DecimalMark = "."
    doubt: Doubt = ""
    """"thousands": 100.000 is read as a hundred and may be a hundred thousand; "decimals": the other way."""


def weigh(texts: Any) -> Evidence:
    """What the numbers of a column of text, a pyarrow array of strings, speak for."""
    marked = texts.filter(pc.match_substring_regex(texts, "[.,]"))
    if not len(marked):
        return Evidence()
    cores = pc.replace_substring_regex(marked, pattern=_NOISE, replacement="")
    counts = [
        int(pc.sum(pc.match_substring_regex(cores, pattern)).as_py() or 0)
        for pattern in (_DOT_PROOF, _COMMA_PROOF, _DOT_UNCLEAR, _COMMA_UNCLEAR)
    ]
    return Evidence(*counts)


def decide(own: Evidence, table: Evidence, *, comma_locale: bool, lone: bool) -> Style:
    """The style of a column by its own numbers, else by those of the whole table, else by its separator.

    `comma_locale` says that columns are separated by semicolons, which spreadsheets do where decimals
    have a comma; `lone` that nothing but the numbers themselves speaks for a comma.
    """
    if own.dot or own.comma:
        if own.comma > own.dot:
            return Style(",", "comma" if lone and not own.dot else "")
        return Style(".", "thousands" if comma_locale and own.unclear_dot else "")
    if own.unclear_dot and not own.unclear_comma:
        if comma_locale or (table.comma and not table.dot):
            return Style(",")
        return Style(".", "thousands")
    if own.unclear_comma and not own.unclear_dot:
        if comma_locale or (table.comma and not table.dot):
            return Style(",", "thousands")
        return Style(".", "" if table.dot else "decimals")
    if own.unclear_comma and own.unclear_dot:
        return Style("," if comma_locale else ".", "thousands")
    return Style("," if comma_locale else ".")


@dataclass(frozen=True)
class Parsed:
    """A number read from a cell."""

    value: Decimal
    currency: str = ""
    """The sign or code beside it."""
    percent: bool = False
    bracketed: bool = False
    """Whether brackets, or a minus behind, make it negative."""
    has_comma: bool = False
    """Whether a comma stands before its decimals."""
    group: str = ""
    """What stands between its thousands."""
    dashed: bool = False
    """Whether a dash stands in place of its decimals."""


def parse_cell(text: str, decimal: DecimalMark) -> Parsed:
    """The number in a cell. Raises ValueError, saying "is ..." what was found."""
    if len(text) <= _LONGEST and _SCIENTIFIC[decimal].fullmatch(text):
        return Parsed(Decimal(text.replace(",", ".")), has_comma="," in text)
    around = _AROUND.fullmatch(text) if len(text) <= _LONGEST else None
    core = _CORES[decimal].fullmatch(around["core"]) if around else None
    if around is None or core is None or bool(around["open"]) != bool(around["close"]):
        raise ValueError(f"is {quoted(text)}")
    signs = [sign for sign in (around["sign"], around["inner"], around["behind"]) if sign]
    if len(signs) + bool(around["open"]) > 1 or (around["money"] and around["code"]):
        raise ValueError(f"is {quoted(text)}")
    digits = re.sub(rf"[{SPACES}{_APOSTROPHES}]", "", core[0])
    digits = digits.replace(",", "") if decimal == "." else digits.replace(".", "").replace(",", ".")
    try:
        value = Decimal(digits)
    except InvalidOperation:
        raise ValueError(f"is {quoted(text)}") from None
    negative = bool(around["open"]) or (bool(signs) and signs[0] != "+")
    return Parsed(
        (-value if negative else value) / (100 if around["percent"] else 1),
        currency=around["money"] or around["code"] or "",
        percent=bool(around["percent"]),
        bracketed=bool(around["open"]) or bool(around["behind"]),
        has_comma=decimal == "," and "," in core[0],
        group=core["group"] or ("," if decimal == "." and "," in core[0] else ""),
        dashed=bool(around["none"]),
    )


def without_currency(text: str) -> str:
    """A cell without signs of currencies and spaces: accounting formats show zero as `$ -`."""
    return re.sub(rf"{_CURRENCY}|[{SPACES}]", "", text)


def is_mostly_numbers(texts: Any) -> bool:
    """Whether most of the first cells that are filled are numbers in one style or the other."""
    sample = [text for text in texts[: min(len(texts), _SAMPLE)].to_pylist() if text]
    numbers = sum(is_number(text) for text in sample)
    return bool(sample) and numbers * 2 > len(sample)


def is_number(text: str) -> bool:
    """Whether a cell holds a number in one style or the other."""
    if _PLAIN.fullmatch(text):
        return len(text) <= _LONGEST
    if not _DIGIT.search(text):
        return False
    marks: tuple[DecimalMark, ...] = (".", ",")
    for decimal in marks:
        try:
            parse_cell(text, decimal)
        except ValueError:
            continue
        return True
    return False


def is_one_currency(signs: Sequence[str]) -> bool:
    """Whether signs and codes can all stand for one currency: € and EUR do; $ beside another code than USD does not."""
    meant = [{"USD"} if sign == "$" else set(_MEANT.get(sign, (sign,))) for sign in signs]
    return not meant or bool(set.intersection(*meant))


def is_other_currency(sign: str, unit: str) -> bool:
    """Whether amounts with this sign or code are in another currency than the unit, if that is one."""
    meant, wanted = _MEANT.get(sign, (sign,)), unit.strip().upper()
    return len(wanted) == 3 and wanted in _KNOWN and wanted not in meant


_KNOWN = {code for code in _CODES if len(code) == 3 and code.isupper()} | {"UAH", "VND"}
