"""Field types for numbers: what may be written where, and what to do about anything else."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from scenarios.written import LARGEST, TooLarge, parse_number

__all__ = ["LARGEST", "Amount", "Number", "Part", "Percent", "Positive", "Share", "parse_number", "refuse"]

LARGE_PERCENT = Fraction(10)
"""A share or growth above 1000 % is most likely 35 written for 35 %."""

_PLAIN = "Write a plain number such as 1200.50"
_PART = "Write 3% or 0.03"


def refuse(code: str, said: str, remedy: str) -> PydanticCustomError:
    """The error that `validate` turns into a finding: its code, "is ..." what was found, and the remedy."""
    return PydanticCustomError(code, "{said}", {"said": said, "remedy": remedy})


def _parsed(value: object, remedy: str) -> Fraction:
    try:
        return parse_number(value)
    except TooLarge as error:
        raise refuse("not-a-number", str(error), "Write a smaller number") from None
    except ValueError as error:
        raise refuse("not-a-number", str(error), remedy) from None


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


def _part(value: object) -> Fraction:
    number = _not_below_zero(value, _PART)
    if number > 1:
        raise refuse("out-of-range", f"is {value}", "Write 100% or less")
    return number


def _doubted(number: Fraction, value: object, info: ValidationInfo) -> Fraction:
    """The number, refused above 1000 % while `validate` looks for doubts."""
    if number > LARGE_PERCENT and (info.context or {}).get("doubts"):
        said = f"is {value}, more than 1000 %"
        raise refuse("percent-large", said, f"If {float(number):g} % is meant, write {float(number):g}%")
    return number


_SCHEMA: dict[str, Any] = {
    "anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^[-+]?[0-9.]+([eE][-+]?[0-9]+)? ?%?$"}]
}


def _plain(number: Fraction) -> str:
    return f"{Decimal(number.numerator) / Decimal(number.denominator):f}"


def _written(check: Callable[..., Fraction]) -> tuple[PlainValidator, PlainSerializer, WithJsonSchema]:
    return PlainValidator(check), PlainSerializer(_plain, return_type=str), WithJsonSchema(_SCHEMA)


Number = Annotated[Fraction, *_written(_number)]
"""Any number."""
Amount = Annotated[Fraction, *_written(_amount)]
"""Zero or more."""
Positive = Annotated[Fraction, *_written(_positive)]
"""More than zero."""
Percent = Annotated[Fraction, *_written(_percent)]
"""A growth or change, written 3% or 0.03; above 1000 % it is a warning."""
Share = Annotated[Fraction, *_written(_share)]
"""A part or multiple of something, zero or more, written 48% or 0.48; above 1000 % it is a warning."""
Part = Annotated[Fraction, *_written(_part)]
"""A part of a whole, from 0% to 100%."""
