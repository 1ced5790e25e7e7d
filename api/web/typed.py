"""Numbers typed into a form."""

from api.web.problems import HttpProblem
from scenarios.values.typed import ungrouped


def plain(text: str) -> str:
    """The number without what groups its digits; raises HttpProblem where a comma is left: a decimal, or a slip."""
    found = ungrouped(text)
    if "," in found:
        remedy = "Write it with a point, such as 1234.5 or 3.5%."
        raise HttpProblem("invalid", f"{text[:60]!r} can be read in two ways. {remedy}")
    return found
