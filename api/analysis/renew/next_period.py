"""What follows a period: its name and its calendar."""

from __future__ import annotations

import re
from datetime import date, timedelta

from scenarios.actuals.calendar import START, Calendar, months_later

_DAY = timedelta(days=1)
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:(?P<mark>[/-])(?P<short>\d\d)(?!\d))?(?!\d)")
_SHORT = re.compile(r"(?<![A-Za-z])(FY)(\d\d)(?!\d)", re.IGNORECASE)
_PART = re.compile(r"(?<![A-Za-z])([QH])([1-4])(?!\d)", re.IGNORECASE)
_PARTS = {"q": 4, "h": 2}
"""Parts of a year by the letter that they are counted with."""


def next_name(text: str) -> str | None:
    """The text a period later: FY2028 for FY2027, Q1 2028 for Q4 2027; None where it names no year."""
    if not (_YEAR.search(text) or _SHORT.search(text)):
        return None
    part = _PART.search(text)
    if part is None:
        return _next_year(text)
    letter, number = part[1], int(part[2])
    last = _PARTS[letter.lower()]
    after = f"{text[: part.start(2)]}{number % last + 1}{text[part.end(2) :]}"
    return _next_year(after) if number >= last else after


def _next_year(text: str) -> str:
    def full(found: re.Match[str]) -> str:
        short = found["short"]
        tail = f"{found['mark']}{(int(short) + 1) % 100:02}" if short and _follows(found[1], short) else ""
        return f"{int(found[1]) + 1}{tail or found[0][4:]}"

    later = _YEAR.sub(full, text)
    return _SHORT.sub(lambda found: f"{found[1]}{(int(found[2]) + 1) % 100:02}", later)


def _follows(year: str, short: str) -> bool:
    """Whether 28 follows 2027, as in 2027/28; 2027-03 is a month."""
    return (int(year) + 1) % 100 == int(short)


def next_calendar(calendar: Calendar) -> dict[str, date]:
    """The days of the period after: months later where the period is whole months, else days later.

    A retail year of 52 weeks is not whole months; its next one is as many days long.
    """
    after = calendar.last_day + _DAY
    if calendar.start.day == after.day == 1:
        months = (after.year - calendar.start.year) * 12 + after.month - calendar.start.month
        # by the day on which the part after begins: the end of a month stays one
        ends = {part: months_later(end + _DAY, months) - _DAY for part, end in calendar.ends.items()}
    else:
        length = after - calendar.start
        ends = {part: end + length for part, end in calendar.ends.items()}
    return {START: after, **ends}
