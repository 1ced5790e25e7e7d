"""A mapping written as a YAML file that the strict reader takes: names quoted, numbers as they were written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from scenarios.values.rational_array import decimal_text

_PERCENT = re.compile(r"-?\d[\d_]*(\.\d+)?%")
_PLAIN = re.compile(r"[A-Za-z]\w*([./-]\w+)*", re.ASCII)
"""Words that are not quoted, unless YAML takes them for something else."""
_TAKEN = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf"})


def mapping_text(data: Mapping[str, Any]) -> str:
    """The lines of the mapping: one key a line, lists and mappings of mappings indented, the rest in one line."""
    return "".join(f"{line}\n" for line in _lines(data, ""))


def _lines(data: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in data.items():
        name = f"{indent}{_text(key)}:"
        if isinstance(value, Mapping) and any(isinstance(each, Mapping | list) for each in value.values()):
            yield name
            yield from _lines(value, f"{indent}  ")
        elif isinstance(value, list) and any(isinstance(each, Mapping) for each in value):
            yield name
            yield from (f"{indent}  - {_inline(each)}" for each in value)
        else:
            yield f"{name} {_inline(value)}"


def _text(text: str) -> str:
    is_plain = _PLAIN.fullmatch(text) and text.lower() not in _TAKEN
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def _inline(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case date():
            return value.isoformat()
        case Fraction():
            return decimal_text(value)
        case int() | Decimal():
            return format(value, "f") if isinstance(value, Decimal) else str(value)
        case Mapping():
            return "{" + ", ".join(f"{_text(key)}: {_inline(each)}" for key, each in value.items()) + "}"
        case list() | tuple():
            return f"[{', '.join(map(_inline, value))}]"
        case str() if _PERCENT.fullmatch(value):
            return value
        case _:
            return _text(str(value))
