"""Numbers as people type them: what groups digits is taken away, and a comma that groups none is never guessed at."""

import re
from fractions import Fraction

from scenarios.values.number_fields import meant
from scenarios.values.parse_number import TooLarge, parse_number
from scenarios.values.quoting import quoted

_SPACES = re.compile(r"[\s\u00a0\u202f']")
_UNCLEAR = re.compile(r"(?P<whole>[1-9]\d{0,2})\.(?P<rest>\d{3})")
"""A point that stands before decimals, or between thousands."""
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?%?")


def ungrouped(text: str) -> str:
    """The number without spaces and commas that group its digits; any other comma stays."""
    tight = _SPACES.sub("", text).replace("−", "-")
    return tight.replace(",", "") if _GROUPED.fullmatch(tight) else tight


def parse_target(text: str) -> Fraction:
    """A target in the metric's unit, such as 120000, 120,000 or 120 000.

    Raises ValueError, saying "is ..." what was found and what to write instead, for anything else: a decimal comma,
    a point that may stand between thousands (120.000), a percentage, 120k, and what is below zero.
    """
    if unclear := _UNCLEAR.fullmatch(_SPACES.sub("", text)):
        whole = unclear["whole"]
        both = f"{whole} or {whole}{unclear['rest']}"
        raise ValueError(f"is {quoted(text)}, which is {both}. Write {both}.")
    try:
        number = parse_number(ungrouped(text))
    except TooLarge as error:
        raise ValueError(f"{error}. Write a smaller number.") from None
    except ValueError:
        remedy = meant(text) or "Write a number such as 120000"
        raise ValueError(f"is {quoted(text)}. {remedy}.") from None
    if text.rstrip().endswith("%"):
        raise ValueError(f"is {quoted(text)}, a share. Write the amount in the metric's unit.")
    if number < 0:
        raise ValueError(f"is {quoted(text)}. A target is zero or more.")
    return number
