"""What cells call the parts of time: months, quarters, halves, weeks, days and years, as planners' files spell them."""

from __future__ import annotations

import re
from typing import Literal

from scenarios.tables.months import is_month_of_year

Kind = Literal["month", "quarter", "half", "week", "day", "year", "number"]

_YEAR = r"(?:fy|cy|gj)? ?(?:19|20)?\d{2}"
_QUARTER = r"(?:q|t|qtr|qu?artal|quarter|trim(?:estre)?\.?|kwartał|кв\.?|квартал)"
_PATTERNS: tuple[tuple[Kind, str], ...] = (
    ("day", r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[T ].*)?|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})(?: .*)?"),
    ("month", r"(?:19|20)\d{2}[-_/. ]?(?:0[1-9]|1[0-2])|(?:0?[1-9]|1[0-2])[-_/.](?:19|20)\d{2}"),
    ("month", rf"(?:{_YEAR}[-_/ ]?)?[mp] ?(?:0?[1-9]|1[0-2])(?:[-_/ ]?{_YEAR})?"),
    ("quarter", rf"(?:{_YEAR}[-_/ ]?)?{_QUARTER} ?[1-4](?:[-_/ ]?{_YEAR})?"),
    ("quarter", rf"[1-4][.ºª]?(?:er|e|st|nd|rd|th)? ?{_QUARTER}(?: {_YEAR})?"),
    ("half", rf"(?:{_YEAR}[-_/ ]?)?(?:h|hj|s|semestre) ?[12](?:[-_/ ]?{_YEAR})?|[12]\. ?(?:halbjahr|hj)(?: {_YEAR})?"),
    ("week", rf"(?:{_YEAR}[-_/ ]?)?(?:w|kw|cw|wk|week|woche|sem\.?) ?\d{{1,2}}(?:[-_/ ]?{_YEAR})?"),
    ("year", r"(?:fy|cy|gj)? ?(?:19|20)\d{2}(?:[-/](?:19|20)?\d{2})?|(?:fy|cy|gj) ?\d{2}(?:[-/]\d{2})?"),
    ("number", r"\d{1,2}"),
)  # fmt: skip
_SHAPES = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _PATTERNS)


def kind_of_period(text: str) -> Kind | None:
    """The part of time that a cell names; None where it names none."""
    if is_month_of_year(text):
        return "month"
    return next((kind for kind, shape in _SHAPES if shape.fullmatch(text)), None)
