"""How the reader writes numbers: by the browser's language or by choice, and numbers typed so are read so."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from flask import g, has_request_context, request

from api.web.problems import HttpProblem
from scenarios.values.quoting import quoted
from scenarios.values.typed import parse_target, ungrouped

COOKIE = "numbers"
"""Holds the format that somebody has chosen in a browser."""
FIELD = "numbers"
"""The field of a form that names the format its numbers are typed in; plain English ones where it has none."""
_NARROW = "\u202f"
"""The space between thousands; it breaks no line."""
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
"""A number as documents of ours have it, 1,234.5 or 1234.5."""
_IN_A_SENTENCE = re.compile(
    r"(?P<quoted>'[^']*'|`[^`]*`|\"[^\"]*\")|(?<![\w.,])(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+)(?![\w]|[.,]\d)"
)
_SPACES = re.compile(r"[\s\u00a0\u202f'’]")
_TYPED = re.compile(r"(?P<number>[+-]?[\d.,]*\d[\d.,]*)(?P<rest>%?)")
_UNCLEAR = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
_LONGEST = 100
"""Letters of a typed target: no amount has so many, grouped or not."""


@dataclass(frozen=True)
class NumberFormat:
    """What stands between thousands, and before decimals."""

    name: str
    """As forms and the cookie have it."""
    group: str
    decimal: str
    in_pairs: bool = False
    """Whether digits above the thousands go in pairs, as in 12,34,567."""

    @property
    def example(self) -> str:
        """A number as it looks."""
        return self.write("1,234,567.5")

    def write(self, text: str) -> str:
        """The text with its numbers, 1,234,567.5, in this format."""
        return _NUMBER.sub(lambda found: self._one(found[0]), text)

    def write_sentence(self, text: str) -> str:
        """The same for a sentence of ours: numbers in quotes, in names and in dates stay as they are."""
        return _IN_A_SENTENCE.sub(
            lambda found: found["quoted"] if found["quoted"] else self._one(found["number"]), text
        )

    def _one(self, number: str) -> str:
        whole, point, decimals = number.partition(".")
        if self.in_pairs:
            whole = _pairs(whole)
        return whole.replace(",", self.group) + (f"{self.decimal}{decimals}" if point else "")

    def read(self, text: str) -> str:
        """The number that was typed, as 1234567.5; what holds other than digits and marks is left as it is.

        Raises ValueError, saying "is ..." what was found and what to write instead, for marks that are not this
        format's, and for one that may stand before decimals or between thousands.
        """
        tight = _SPACES.sub("", text).replace("−", "-")
        found = _TYPED.fullmatch(tight)
        if not found:
            return text.strip()
        if self.name == ENGLISH.name:
            return ungrouped(text)
        number = found["number"]
        if number.isdigit() or number[1:].isdigit():
            return tight
        if self.group in ".," and self._grouped().fullmatch(number):
            return number.replace(self.group, "").replace(self.decimal, ".") + found["rest"]
        if _UNCLEAR.fullmatch(number) and not found["rest"]:
            whole, part = re.split("[.,]", number)
            large, small = self.write(f"{whole},{part}"), self.write(f"{whole}.{part}0")
            raise ValueError(f"is {quoted(text)}, which may be {large} or {small}. Write one of the two.")
        if re.fullmatch(rf"[+-]?\d*{re.escape(self.decimal)}\d*", number):
            return number.replace(self.decimal, ".") + found["rest"]
        raise ValueError(f"is {quoted(text)}. Numbers are written here as {self.example}.")

    def _grouped(self) -> re.Pattern[str]:
        between = r"\d{2,3}" if self.in_pairs else r"\d{3}"
        group, decimal = re.escape(self.group), re.escape(self.decimal)
        return re.compile(rf"[+-]?\d{{1,3}}(?:{group}{between})*{group}\d{{3}}(?:{decimal}\d*)?")


def _pairs(whole: str) -> str:
    """12,34,567 for 1,234,567."""
    digits = whole.replace(",", "")
    head, tail = digits[:-3], digits[-3:]
    pairs = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)][::-1]
    return ",".join([*pairs, tail])


ENGLISH = NumberFormat("en", ",", ".")
FORMATS = {
    each.name: each
    for each in (
        ENGLISH,
        NumberFormat("de", ".", ","),
        NumberFormat("fr", _NARROW, ","),
        NumberFormat("ch", "’", "."),
        NumberFormat("in", ",", ".", in_pairs=True),
    )
}
"""By name: the ways of writing that there are, each named for where it is usual."""
LANGUAGES: Mapping[str, NumberFormat] = {
    tag: FORMATS[name]
    for name, tags in {
        "en": "en es-mx es-us es-pe es-419 ja zh ko th ms he",
        "de": "de es it nl pt da ro el tr hr sl sr is ca eu id vi",
        "fr": "fr sv nb nn no fi cs sk pl hu bg ru uk et lv lt gl af pt-pt en-za",
        "ch": "de-ch de-li it-ch",
        "in": "en-in hi ta te mr gu ml pa",
    }.items()
    for tag in tags.split()
}
"""By language, and by country where it differs; the test holds it beside CLDR."""


def current() -> NumberFormat:
    """The format of who reads the page; English outside of requests."""
    if not has_request_context():
        return ENGLISH
    if "number_format" not in g:
        g.number_format = FORMATS.get(request.cookies.get(COOKIE, "")) or of_browser()
    found: NumberFormat = g.number_format
    return found


def of_browser() -> NumberFormat:
    """The format of the first language that the browser asks for and that is known; else English."""
    for tag in request.accept_languages.values():
        language = tag.lower().replace("_", "-")
        if found := LANGUAGES.get(language) or LANGUAGES.get(language.partition("-")[0]):
            return found
    return ENGLISH


def typed(given: Mapping[str, str], field: str, what: str) -> str:
    """The number in a field of a form, as 1234567.5; empty for none. Raises HttpProblem, calling the number `what`."""
    try:
        return format_of(given).read(given.get(field, ""))
    except ValueError as error:
        raise HttpProblem("invalid", f"{what} {error}") from None


def typed_target(given: Mapping[str, str], field: str = "target") -> Fraction:
    """The target in a field; raises HttpProblem for what is none."""
    text = typed(given, field, "The target")
    # Refused whole: cut off, it might be another number.
    if len(text) > _LONGEST:
        raise HttpProblem("invalid", f"The target has {len(text):,} letters. Write a number such as 120000.")
    try:
        return parse_target(text)
    except ValueError as error:
        raise HttpProblem("invalid", f"The target {error}") from None


def format_of(given: Mapping[str, str]) -> NumberFormat:
    """The format that a form's numbers are typed in; raises HttpProblem for one that there is not."""
    name = given.get(FIELD) or ENGLISH.name
    if name not in FORMATS:
        raise HttpProblem("bad-request", "There is no such way of writing numbers.")
    return FORMATS[name]
