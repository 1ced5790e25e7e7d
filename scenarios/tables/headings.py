"""What the heading of a column says of its numbers: that they are thousands or millions, and in which currency."""

from __future__ import annotations

import re

_MONEY = r"(?:€|\$|£|¥|EUR|USD|GBP|CHF|JPY|SEK|NOK|DKK|PLN|CAD|AUD)"
_SCALE = re.compile(
    r"(?i:\bin (?:thousands?|millions?|tausend|tsd\b|mio\b|k\b|m\b|milliers|millions|miles|millones)|'000|\b000s\b"
    r"|\bthousands?\b|\bmillions?\b|\btsd\b|\bmio\b|\btausend\b|\bmilliers\b|\bmillones\b|\bmilhões\b|\bmilioni\b"
    r"|\b(?:t|m|mn)kr\b|\bmln\b|\bmrd\b|\blakhs?\b|\bcrores?\b|\btys\b|\btis\b|\bтыс\b|\bмлн\b|千円|百万円|万元|千元)"
    rf"|(?<![A-Za-z])[kKTM] ?{_MONEY}(?![A-Za-z])|{_MONEY} ?(?:[kKmM]|mn|Mn)(?![A-Za-z])"
)
_CODE = re.compile(
    r"(?<![A-Za-z])(EUR|USD|GBP|CHF|JPY|CNY|SEK|NOK|DKK|PLN|CZK|HUF|CAD|AUD|INR|BRL|€|£|₹)(?![A-Za-z])"
)


def scale_of(heading: str) -> str | None:
    """The words that say that numbers are thousands or millions, such as `k€` or `in thousands`; None without."""
    found = _SCALE.search(heading)
    return found[0].strip() if found else None


def currency_of(heading: str) -> str | None:
    """The only currency that a heading names, by code or sign; None without, or with several."""
    found = set(_CODE.findall(heading))
    return found.pop() if len(found) == 1 else None
