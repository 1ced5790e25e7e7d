"""What can be swept, and the answer."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.analysis.request import Request
from api.output.conflict_document import ConflictPart
from api.output.document import Amount, Document
from api.output.findings import FindingPart
from api.output.result_parts import FivePart, TotalPart
from api.output.solve_state import State


class SweepRequest(Request):
    """A scenario solved for every combination of values."""

    parameters: tuple[str, ...] = Field(min_length=1)
    """`NAME.FIELD=FROM:TO:STEP` or `NAME.FIELD=A,B,C`: a rule or target, one of its fields, its values."""


class ParameterPart(Document):
    """What is varied."""

    parameter: str
    values: tuple[str, ...]


class MissedPart(Document):
    """A rule that gave way."""

    rule: str
    priority: int | None
    missed: Amount
    unit: str
    missed_by: int
    """For how many partners or groups."""
    against: tuple[str, ...]


class GridPoint(Document):
    """One combination of values."""

    values: dict[str, str]
    """By parameter."""
    state: State | Literal["refused"]
    """refused: the values make no scenario; the findings say why."""
    reason: str | None
    conflict: ConflictPart | None
    findings: tuple[FindingPart, ...]
    totals: dict[str, TotalPart]
    missed: tuple[MissedPart, ...]
    stretch: dict[str, FivePart]
    """By metric, over all partners."""


class FeasibleRange(Document):
    """Which values of a parameter have targets, for one choice of the others."""

    others: dict[str, str]
    first: str | None
    """Null where none has."""
    last: str | None
    gaps: bool
    """Whether a value between them has none."""
    feasible: tuple[str, ...]
    """The values that have targets."""


class FeasibleValues(Document):
    """What is feasible of one parameter."""

    parameter: str
    for_each: tuple[FeasibleRange, ...]


class SweepDocument(Document):
    """A grid of solved scenarios."""

    scenario: str
    units: dict[str, str]
    """Metric to unit."""
    parameters: tuple[ParameterPart, ...]
    points: tuple[GridPoint, ...]
    """The last parameter varies fastest."""
    frontier: tuple[FeasibleValues, ...]
