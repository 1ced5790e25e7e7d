"""How numbers, times and states are written for people."""

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from markupsafe import Markup, escape

_BLANK = "–"


def amount(value: Any, *, sign: bool = False) -> str:
    """1,234,567.5; a dash for nothing."""
    number = _number(value)
    if number is None:
        return _BLANK if value in (None, "") else str(value)
    text = f"{number:{'+' if sign else ''},.2f}"
    return text.removesuffix(".00").replace("-", "−")


def percent(value: Any, *, sign: bool = True) -> str:
    """+10.0 %; a dash for nothing."""
    number = _number(value)
    return _BLANK if number is None else f"{100 * number:{'+' if sign else ''},.1f} %".replace("-", "−")


def change(before: Any, after: Any) -> str:
    """What came on top, in percent of what was; a dash on nothing."""
    was, became = _number(before), _number(after)
    return percent(became / was - 1) if was and became is not None else _BLANK


def difference(before: Any, after: Any) -> str:
    """What came on top."""
    return amount((_number(after) or Decimal(0)) - (_number(before) or Decimal(0)), sign=True)


def moment(value: str | None) -> str:
    """2026-11-21 20:10 UTC."""
    return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M} UTC" if value else _BLANK


def seconds(value: Any) -> str:
    """0.21 s."""
    number = _number(value)
    return _BLANK if number is None else f"{number:,.2f} s"


def visible(text: Any) -> str:
    """The text with characters that turn or hide the writing shown as their code points."""
    return "".join(f"⟨U+{ord(letter):04X}⟩" if letter in _TURNING else letter for letter in str(text))


def marked(text: str) -> Markup:
    """The text, with what stands between backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))


_CODE = re.compile(r"`([^`]+)`")
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200e\u200f\u2060\ufeff")


def _number(value: Any) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


FILTERS: dict[str, Callable[..., str]] = {
    "amount": amount,
    "percent": percent,
    "change": change,
    "difference": difference,
    "moment": moment,
    "seconds": seconds,
    "visible": visible,
    "marked": marked,
}
"""As the templates call them."""
