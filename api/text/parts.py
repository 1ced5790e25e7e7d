"""The parts of a period: which are over, and how far a running one has gone."""

from __future__ import annotations

from collections.abc import Sequence

from api.analysis.standing.document import PartPart
from api.output.numbers import percent


def over_text(parts: Sequence[PartPart]) -> str:
    """What is over and what is under way: `Q1 is over, 40.0 % of Q2`."""
    over = [part.name for part in parts if part.over == "1"]
    running = [part for part in parts if part.over not in ("0", "1")]
    listed = [f"{', '.join(over)} {'is' if len(over) == 1 else 'are'} over"] if over else []
    listed += [f"{percent(part.over, sign=False)} of {part.name}{_until(part.last_day)}" for part in running]
    return ", ".join(listed) or "nothing is over yet"


def _until(last_day: object) -> str:
    return f", which ends on {last_day}" if last_day else ""
