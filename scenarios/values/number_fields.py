"""Field types for numbers: what may be written where, and what to do about anything else."""

import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, PlainValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from scenarios.values.parse_number import LARGEST, TooLarge, parse_number
from scenarios.values.short_amounts import split_short

__all__ = [
    "LARGEST",
    "Amount",
    "Number",
    "Part",
    "Percent",
    "Positive",
    "Share",
    "Whole",
    "number_or",
    "parse_number",
    "refuse",
    "some",
]

LARGE_PERCENT = Fraction(10)
"""A share or growth above 1000 % is most likely 35 written for 35 %."""
BARE_PERCENT = Fraction(1)
"""So is one from 100 % up that is written without its sign: 1, 3, 10."""
_UNCLEAR = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")
"""A number that is a thousand times as much where points group thousands."""

_MONEY = "[$€£]|EUR|USD|GBP|CHF"
_DRESSED = re.compile(
    rf"(?:(?:{_MONEY}) ?)?(?P<number>[0-9][0-9., _']*?) ?(?P<percent>%)?(?P<word>per ?cent)?(?: ?(?:{_MONEY}))?",
    re.IGNORECASE,
)
"""A number in what people put around it."""
_GROUPED = re.compile(r"[0-9]{1,3}(?P<mark>[., _'])[0-9]{3}(?:(?P=mark)[0-9]{3})*")
_COMMA = re.compile(r"[0-9]+,[0-9]+")
_DECIMAL = re.compile(r"[0-9]{1,15}(?:[.,](?![0-9]{3}$)[0-9]{1,15})?")  # 8,200k has two readings
_PLAIN = "Write a plain number such as 1200.50"
_PART = "Write 3% or 0.03"


def refuse(code: str, message: str, remedy: str) -> PydanticCustomError:
    """The error that `validate` turns into a finding: its code, "is ..." what was found, and the remedy."""
    return PydanticCustomError(code, "{message}", {"message": message, "remedy": remedy})


def _parsed(value: object, remedy: str) -> Fraction:
    try:
        return parse_number(value)
    except TooLarge as error:
        raise refuse("not-a-number", str(error), "Write a smaller number") from None
    except ValueError as error:
        raise refuse("not-a-number", str(error), meant(value) or remedy) from None


def meant(value: object) -> str:
    """How to write a number that people write with commas, spaces, a currency or words; "" for anything else."""
    if not isinstance(value, str):
        return ""
    if (short := split_short(value)) and _DECIMAL.fullmatch(short[0]):
        return f"Write {Decimal(short[0].replace(',', '.')).scaleb(short[1]):f}"
    match = _DRESSED.fullmatch(value.strip())
    if match is None:
        return ""
    text, behind = match["number"], match["percent"] or ""
    if _GROUPED.fullmatch(text):
        return f"Write {re.sub('[^0-9]', '', text)}{behind}"
    if _COMMA.fullmatch(text):
        return f"Write {text.replace(',', '.')}{behind}"
    plain = re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", text)
    return f"Write {text}{'%' if behind or match['word'] else ''}" if plain else ""


def _not_below_zero(value: object, remedy: str) -> Fraction:
    number = _parsed(value, remedy)
    if number < 0:
        raise refuse("negative-amount", f"is {value}", "Write zero or more")
    return number


def _number(value: object) -> Fraction:
    return _parsed(value, _PLAIN)


def _amount(value: object) -> Fraction:
    return _not_below_zero(value, _PLAIN)


def _positive(value: object) -> Fraction:
    number = _amount(value)
    if number == 0:
        raise refuse("not-positive", f"is {value}", "Write a number above zero")
    return number


def _percent(value: object, info: ValidationInfo) -> Fraction:
    return _doubted(_parsed(value, _PART), value, info)


def _share(value: object, info: ValidationInfo) -> Fraction:
    return _doubted(_not_below_zero(value, _PART), value, info)


def _part(value: object, info: ValidationInfo) -> Fraction:
    number = _not_below_zero(value, _PART)
    if number > 1:
        raise refuse("out-of-range", f"is {value}", "Write 100% or less")
    return _doubted(number, value, info)


def _doubted(number: Fraction, value: object, info: ValidationInfo) -> Fraction:
    """The number, refused while `validate` looks for doubts if a percent sign was most likely forgotten."""
    has_sign = isinstance(value, str) and value.strip().endswith("%")
    if not (info.context or {}).get("doubts"):
        return number
    if number > LARGE_PERCENT:
        message = f"is {value}, more than 1000 %"
        raise refuse("percent-large", message, f"If {float(number):g} % is meant, write {float(number):g}%")
    if number >= BARE_PERCENT and not has_sign:
        percent = f"{float(number * 100):g}%"
        message = f"is {value}, which is {percent}"
        raise refuse("percent-large", message, f"Write {percent}, or {float(number):g}% if that is meant")
    return number


def _clear(value: object, info: ValidationInfo) -> object:
    """The value, refused while `validate` looks for doubts if its point may group thousands: 414.000."""
    text = str(value).strip() if isinstance(value, str | Decimal) else ""
    if (info.context or {}).get("doubts") and _UNCLEAR.fullmatch(text):
        plain, grouped = f"{float(text):g}", text.replace(".", "")
        message = f"is {text}, which is {plain} and could mean {grouped}"
        raise refuse("ambiguous-number", message, f"Write {plain} or {grouped}")
    return value


_SCHEMA: dict[str, Any] = {
    "anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^[-+]?[0-9.]+([eE][-+]?[0-9]+)? ?%?$"}]
}


def _plain(number: Fraction) -> str:
    return f"{Decimal(number.numerator) / Decimal(number.denominator):f}"


def _field(check: Callable[..., Fraction]) -> tuple[PlainValidator, PlainSerializer, WithJsonSchema]:
    return PlainValidator(check), PlainSerializer(_plain, return_type=str), WithJsonSchema(_SCHEMA)


def _no_percentage(value: object) -> object:
    if isinstance(value, str) and value.strip().endswith("%"):
        message = f"is {value}, a share and not an amount"
        raise refuse("bad-value", message, "Write the amount in the metric's unit")
    return value


MOST_ENTRIES = 1_000
"""How many objectives, key results, incentives or bands a list may have."""


def _some(value: object) -> object:
    size = len(value) if isinstance(value, list | tuple | dict) else 1
    if not 1 <= size <= MOST_ENTRIES:
        raise refuse("out-of-range", f"has {size:,} entries", f"Write 1 to {MOST_ENTRIES:,}")
    return value


some = BeforeValidator(_some)
"""A list or mapping with something in it; counted before its entries are looked at, so that their own flaws show."""


def _no_truth(value: object) -> object:
    if isinstance(value, bool):
        raise refuse("wrong-type", f"is {str(value).lower()}", "Write a whole number")
    return value


Whole = Annotated[int, BeforeValidator(_no_truth)]
"""A whole number; true is none."""
Number = Annotated[Fraction, *_field(_number)]
"""Any number."""


def number_or(word: str) -> Callable[[object], Fraction | str]:
    """What takes a number, or this word."""

    def check(value: object) -> Fraction | str:
        return word if value == word else _parsed(value, f"{_PLAIN}, or {word}")

    return check


Amount = Annotated[Fraction, *_field(_amount)]
"""Zero or more."""
Positive = Annotated[Fraction, *_field(_positive)]
"""More than zero."""
Sum = Annotated[Amount, BeforeValidator(_clear)]
"""An amount of money or of things, never a rate: 414.000 is doubted."""
Target = Annotated[Sum, BeforeValidator(_no_percentage)]
"""The same; a percentage is refused."""
Unit = Annotated[Positive, BeforeValidator(_clear)]
"""A unit of rounding, above zero: 1.000 is doubted."""
Percent = Annotated[Fraction, *_field(_percent)]
"""A growth or change, written 3% or 0.03; from 1 up without its sign it is a warning."""
Share = Annotated[Fraction, *_field(_share)]
"""A part or multiple of something, zero or more, written 48% or 0.48; from 1 up without its sign it is a warning."""
Part = Annotated[Fraction, *_field(_part)]
"""A part of a whole, from 0% to 100%."""
