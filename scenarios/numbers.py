"""How numbers and percentages are written, and the exact fractions they stand for."""

import re
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any

from pydantic import PlainValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

LARGEST = 10**15
"""No amount, share or weight may be larger: beyond it cents are lost in 64-bit floats."""

LARGE_PERCENT = Fraction(10)
"""A share or growth above 1000 % is more likely 35 for 35 %."""

_LONGEST = 40
_WRITTEN = re.compile(r"([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,2})?) ?(%?)")
_EXAMPLE = "Write 3% or 0.03"


def parse_number(value: object) -> Fraction:
    """The exact value of an int, Decimal, finite float, Fraction, or text such as "3%" or "0.03".

    Raises ValueError, saying what was found, for anything else, and for numbers beyond `LARGEST`
    or longer than 40 characters.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | Fraction | str):
        raise ValueError(f"is {_shown(value)}")
    if isinstance(value, Fraction):
        return _within(value, str(value))
    if isinstance(value, int):
        return _within(Fraction(value) if abs(value) <= LARGEST else Fraction(LARGEST + 1), "too large")
    text = value.strip() if isinstance(value, str) else str(value)
    match = _WRITTEN.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        raise ValueError(f"is {_shown(value)}")
    number = Fraction(Decimal(match[1]))
    return _within(number / 100 if match[2] else number, text)


def _within(number: Fraction, text: str) -> Fraction:
    if abs(number) > LARGEST:
        raise ValueError(f"is {text}, beyond a thousand million millions (1e15)")
    return number


def _shown(value: object) -> str:
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    if value is None:
        return "empty"
    text = repr(str(value)) if isinstance(value, str) else str(value).lower()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _number(value: object) -> Fraction:
    try:
        return parse_number(value)
    except ValueError as error:
        raise PydanticCustomError(
            "not-a-number", "{said}", {"said": str(error), "remedy": _EXAMPLE}
        ) from None


def _amount(value: object) -> Fraction:
    number = _number(value)
    if number < 0:
        raise PydanticCustomError(
            "negative-amount", "{said}", {"said": f"is {value}", "remedy": "Write zero or more"}
        )
    return number


def _positive(value: object) -> Fraction:
    number = _amount(value)
    if number == 0:
        raise PydanticCustomError(
            "not-positive", "{said}", {"said": f"is {value}", "remedy": "Write a number above zero"}
        )
    return number


def _percent(value: object, info: ValidationInfo) -> Fraction:
    number = _number(value)
    if number > LARGE_PERCENT and (info.context or {}).get("doubt_percents"):
        said = f"is {value}, more than 1000 %"
        remedy = f"If {float(number):g} % is meant, write {float(number):g}%"
        raise PydanticCustomError("percent-large", "{said}", {"said": said, "remedy": remedy})
    return number


def _share(value: object, info: ValidationInfo) -> Fraction:
    _amount(value)
    return _percent(value, info)


_SCHEMA: dict[str, Any] = {
    "anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^[-+]?[0-9.]+([eE][-+]?[0-9]+)? ?%?$"}]
}

Number = Annotated[Fraction, PlainValidator(_number), WithJsonSchema(_SCHEMA)]
"""Any number."""
Amount = Annotated[Fraction, PlainValidator(_amount), WithJsonSchema(_SCHEMA)]
"""Zero or more."""
Positive = Annotated[Fraction, PlainValidator(_positive), WithJsonSchema(_SCHEMA)]
"""More than zero."""
Percent = Annotated[Fraction, PlainValidator(_percent), WithJsonSchema(_SCHEMA)]
"""A growth or change, written 3% or 0.03; above 1000 % it is a warning."""
Share = Annotated[Fraction, PlainValidator(_share), WithJsonSchema(_SCHEMA)]
"""A part of something, zero or more, written 48% or 0.48; above 1000 % it is a warning."""
