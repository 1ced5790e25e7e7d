"""Check-ins that stand beside the scenario's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from pydantic import Field

from api.analysis.objectives.score import CheckIn
from api.output.document import Described


class CheckInRequest(Described):
    """What a key result that states its own numbers had come to on a day, beside what the scenario says."""

    objective: str
    key_result: str
    on: date
    """The day on which the number was known; of two of a day the later one in the list counts."""
    now: Decimal = Field(allow_inf_nan=False, max_digits=30)
    by: str | None = None
    """Who says so."""
    note: str = ""


def by_key_result(given: Sequence[CheckInRequest]) -> dict[tuple[str, str], list[CheckIn]]:
    """The check-ins by objective and key result, in their order."""
    found: dict[tuple[str, str], list[CheckIn]] = {}
    for one in given:
        found.setdefault((one.objective, one.key_result), []).append(
            CheckIn(one.on, Fraction(one.now), one.by, one.note)
        )
    return found
