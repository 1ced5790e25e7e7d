"""How numbers and percentages are written, and the exact fractions they stand for."""

import re
from decimal import Decimal
from fractions import Fraction

from scenarios.values.quoting import quoted

LARGEST = 10**15
"""No amount, share or weight may be larger: beyond it 64-bit floats lose the cents."""

_LONGEST = 60
_NUMBER = re.compile(r"([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,2})?) ?(%?)", re.ASCII)


class TooLarge(ValueError):  # noqa: N818
    """A number is beyond `LARGEST`."""


def parse_number(value: object) -> Fraction:
    """The exact value of an int, Decimal, finite float, Fraction, or text such as "3%" or "0.03".

    Raises ValueError, saying "is ..." what was found, for anything else, for more than 60 characters,
    and (TooLarge) for numbers beyond `LARGEST`.
    """
    if isinstance(value, int | Decimal | Fraction) and not isinstance(value, bool):
        return _exact(value)
    if not isinstance(value, float | str):
        raise ValueError(f"is {quoted(value)}")
    text = value.strip() if isinstance(value, str) else repr(value)
    match = _NUMBER.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        raise ValueError(f"is {quoted(value)}")
    number = _exact(Decimal(match[1]))
    return number / 100 if match[2] else number


def _exact(value: int | Decimal | Fraction) -> Fraction:
    if isinstance(value, Decimal) and not value.is_finite():
        raise ValueError(f"is {quoted(value)}")
    # Compared before it is converted: 1e999999 as a fraction would have a million digits.
    if not -LARGEST <= value <= LARGEST:
        raise TooLarge(f"is {quoted(value)}, beyond a thousand million millions (1e15)")
    if isinstance(value, Decimal) and len(value.as_tuple().digits) - min(_exponent(value), 0) > 2 * _LONGEST:
        raise ValueError(f"is {quoted(value)}")
    return Fraction(value)


def _exponent(value: Decimal) -> int:
    return int(value.as_tuple().exponent)
