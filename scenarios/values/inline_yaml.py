"""Values of a scenario in one line, as YAML would write them, and whether two of them say the same."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from scenarios.values.parse_number import parse_number
from scenarios.values.rational_array import decimal_text


def inline(value: object) -> str:
    """The value in one line; `none` for what is not there."""
    match value:
        case None:
            return "none"
        case bool():
            return str(value).lower()
        case Fraction():
            return decimal_text(value)
        case Decimal():
            return format(value, "f")
        case Mapping():
            return "{" + ", ".join(f"{key}: {inline(inner)}" for key, inner in value.items()) + "}"
        case list() | tuple():
            return f"[{', '.join(map(inline, value))}]"
        case _:
            return str(value)


def change_text(old: object, new: object) -> str:
    """`52% → 48%`; of two mappings only the keys that differ."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        keys = [key for key in {**old, **new} if not same(old.get(key), new.get(key))]
        return ", ".join(f"{key} {change_text(old.get(key), new.get(key))}" for key in keys)
    return f"{inline(old)} → {inline(new)}"


def same(old: object, new: object) -> bool:
    """Whether two written values say the same: 3% is 0.03, but text is only what it spells."""
    return bool(_plain(old) == _plain(new))


def _plain(value: object) -> Any:
    """The value with numbers and percentages as fractions."""
    match value:
        case Mapping():
            return {key: _plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case bool():
            return (value,)
        case int() | Decimal():
            return _number(value)
        case str() if value.endswith("%"):
            return _number(value)
        case _:
            return value


def _number(value: int | Decimal | str) -> Fraction | int | Decimal | str:
    try:
        return parse_number(value)
    except ValueError:
        return value
