"""The calendar: the first day of the period, the last day of each of its parts, and what is over on a day."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

START = "from"
"""The key of a calendar that holds the first day of the period."""


@dataclass(frozen=True)
class Calendar:
    """Parts that follow one another without a gap, each from the day after the one before."""

    start: date
    """The first day of the first part."""
    ends: Mapping[str, date]
    """The last day of each part, in order."""

    @property
    def last_day(self) -> date:
        """The last day of the last part."""
        return max(self.ends.values())

    def days(self, part: str) -> tuple[date, date]:
        """The first and the last day of a part."""
        names = list(self.ends)
        at = names.index(part)
        first = self.start if at == 0 else self.ends[names[at - 1]] + timedelta(days=1)
        return first, self.ends[part]

    def gone(self, part: str, day: date) -> Fraction:
        """How much of a part is over at the end of a day: 0 before it has begun, 1 from its last day on."""
        first, last = self.days(part)
        days = (day - first).days + 1
        return min(Fraction(1), max(Fraction(0), Fraction(days, (last - first).days + 1)))


def months_later(day: date, months: int) -> date:
    """The day so many months later; the last day of a month that has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
