"""Numbers as people type them: what groups digits is taken away, and a comma that groups none is never guessed at."""

import re

from api.web.problems import HttpProblem

_SPACES = re.compile(r"[\s\u00a0\u202f']")
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?%?")


def ungrouped(text: str) -> str:
    """The number without spaces and commas that group its digits; any other comma stays."""
    tight = _SPACES.sub("", text).replace("−", "-")
    return tight.replace(",", "") if _GROUPED.fullmatch(tight) else tight


def plain(text: str) -> str:
    """The same; raises HttpProblem where a comma is left, which may be a decimal or a slip."""
    found = ungrouped(text)
    if "," in found:
        remedy = "Write it with a point, such as 1234.5 or 3.5%."
        raise HttpProblem("invalid", f"{text[:60]!r} can be read in two ways. {remedy}")
    return found
