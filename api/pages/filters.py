"""How numbers, times and states are written for people."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from markupsafe import Markup, escape

from api.output import numbers
from api.pages.number_format import ENGLISH, FIELD, current

_BLANK = "–"
_CENTS = 2
"""Decimals of an amount that is no whole number: pages have no room for more."""


def amount(value: Any, *, sign: bool = False) -> str:
    """1,234,567.5; a dash for nothing."""
    number = _number(value)
    if number is None:
        return _BLANK if value in (None, "") else str(value)
    decimals = 0 if round(number, _CENTS) == round(number) else _CENTS
    return _typeset(numbers.amount(number, decimals=decimals, sign=sign))


def whole(value: Any, *, sign: bool = False) -> str:
    """1,234,568: an amount among many, without cents, which no one compares; small ones keep theirs."""
    number = _number(value)
    small = number is None or abs(number) < _LARGE
    return amount(value, sign=sign) if small else amount(round(number or 0), sign=sign)


_LARGE = 100
"""From here on cents are left out where amounts stand in columns."""


def cell_text(value: Any) -> str:
    """A cell of a table as it was brought, its digits grouped; years and other small whole numbers stay as they are."""
    number = _number(value)
    if number is None:
        return str(value)
    return amount(number) if abs(number) >= _GROUPED_FROM or number != round(number) else str(round(number))


_GROUPED_FROM = 10_000
"""Below it whole numbers may be years, counts or codes."""


def percent(value: Any, *, sign: bool = True) -> str:
    """+10.0 %; a dash for nothing."""
    number = _number(value)
    return _BLANK if number is None else _typeset(numbers.percent(number, sign=sign))


def _typeset(text: str) -> str:
    """The number in the reader's format, with a minus sign in place of the hyphen."""
    return current().write(text).replace("-", "−")


def as_typed(text: Any) -> str:
    """A number that stands in a field: in the reader's format, in which it is read as well."""
    return current().write(str(text))


def number_marks() -> Markup:
    """The hidden field of a form with numbers: the format in which they are typed."""
    name = current().name
    return (
        Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, name)
        if name != ENGLISH.name
        else Markup()
    )


def change(before: Any, after: Any) -> str:
    """What came on top, in percent of what was; a dash on nothing."""
    was, became = _number(before), _number(after)
    return percent(became / was - 1) if was and became is not None else _BLANK


def difference(before: Any, after: Any, form: Callable[..., str] = amount) -> str:
    """What came on top."""
    return form((_number(after) or Decimal(0)) - (_number(before) or Decimal(0)), sign=True)


def moment(value: str | None) -> str:
    """2026-11-21 20:10 UTC, marked so that a script can show it in the reader's zone."""
    if not value:
        return _BLANK
    at = datetime.fromisoformat(value)
    return Markup('<time datetime="{}">{:%Y-%m-%d %H:%M} UTC</time>').format(at.isoformat(), at)


def day(value: str | None) -> str:
    """2026-11-21, marked so that a script can write it in the reader's way."""
    return Markup('<time datetime="{0}">{0}</time>').format(value) if value else _BLANK


def share(value: Any) -> str:
    """47.4 %; nothing for nothing."""
    return percent(value, sign=False) if value is not None else ""


def files_of(paths: Iterable[str]) -> list[str]:
    """What the files are, where they are no planner's but stand for a plan and what was done of it."""
    called = ((_PLAN.search(path), "/actuals/" in path, path) for path in paths)
    return list(
        dict.fromkeys(
            ("what was done" if done else "the plan") if of_plan else path for of_plan, done, path in called
        )
    )


_PLAN = re.compile(r"(^|/)(plan|act)_\w{26}[./]")


def plural(number: Any, noun: str) -> str:
    """1 partner, 2,000 partners."""
    return f"{amount(number)} {noun}{'' if number == 1 else 's'}"


def seconds(value: Any) -> str:
    """0.21 s."""
    number = _number(value)
    return _BLANK if number is None else _typeset(f"{number:,.2f} s")


def receipt_kind(kind: str) -> str:
    """What a line of a receipt is, in a planner's words."""
    return _RECEIPT_KINDS.get(kind, kind)


_RECEIPT_KINDS = {
    "fair share": "where it begins",
    "forced": "needed to hold the rule",
    "pull": "contribution of the rule",
    "floor": "raised to the floor",
    "cap": "held at the cap",
    "rounding": "to whole units",
    "published": "as it was published",
}
"""By the kinds of `solver.explain.receipts`."""
_COUNTED = {"zero": "counted as nothing", "tier_median": "counted as the median of the tier"}


def counted(number: Any, missing: str) -> str:
    """How partners without an amount before are counted; empty where there are none."""
    return f"{plural(number, 'partner')} without an amount before {_COUNTED[missing]}" if number else ""


def sentence(text: str) -> str:
    """What a problem says, as a sentence: without the name that a field has for programs before it."""
    plain = visible(_POINTER.sub("", text))
    return plain[:1].upper() + plain[1:]


_POINTER = re.compile(r"^/[\w/]+: ")


def visible(text: Any) -> str:
    """The text with characters that turn or hide the writing shown as their code points."""
    return "".join(f"⟨U+{ord(letter):04X}⟩" if letter in _DIRECTION_MARKS else letter for letter in str(text))


def prose(text: Any) -> str:
    """A sentence of ours, made where no one knows who reads it, with its numbers in the reader's format."""
    return visible(current().write_sentence(str(text)))


def marked(text: str) -> Markup:
    """The text, with what stands between backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))


_CODE = re.compile(r"`([^`]+)`")
_DIRECTION_MARKS = frozenset(
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200e\u200f\u2060\ufeff"
)


def _number(value: Any) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


FILTERS: dict[str, Callable[..., Any]] = {
    "amount": amount,
    "whole": whole,
    "cell_text": cell_text,
    "percent": percent,
    "change": change,
    "difference": difference,
    "moment": moment,
    "files_of": files_of,
    "day": day,
    "share": share,
    "plural": plural,
    "seconds": seconds,
    "receipt_kind": receipt_kind,
    "counted": counted,
    "sentence": sentence,
    "prose": prose,
    "as_typed": as_typed,
    "number_marks": number_marks,
    "number_format": current,
    "visible": visible,
    "marked": marked,
}
"""As the templates call them."""
