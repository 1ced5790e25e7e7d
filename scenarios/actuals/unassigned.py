"""What was done by somebody who is not in the plan."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Unassigned:
    """What was done by somebody who is not in the plan."""

    metric: int
    part: int
    path: tuple[str, ...]
    """Where in the cascade it counts: nowhere below the company if empty."""
    amount: Fraction
