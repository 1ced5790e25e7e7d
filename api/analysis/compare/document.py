"""What can be asked about several allocations, and the answer."""

from __future__ import annotations

from pydantic import Field

from api.analysis.request import Request
from api.output.conflict_document import ConflictPart
from api.output.document import Amount, Document
from api.output.partner_names import PartnerPart
from api.output.result_parts import FivePart, TotalPart
from api.output.solve_state import State


class CompareRequest(Request):
    """What is otherwise in later scenarios or runs than in the first."""

    why: bool = True
    """Find out which change moved what; costs a solve for each."""
    most: int | None = Field(default=None, ge=0)
    """At most so many moves; all if left out."""


class SidePart(Document):
    """One of the allocations that are compared."""

    name: str
    """How the comparison calls it; no two are called alike."""
    title: str
    state: State
    reason: str | None
    """Why it failed."""
    conflict: ConflictPart | None
    """Why its rules cannot all hold."""
    totals: dict[str, TotalPart]


class SpreadRow(Document):
    """The stretch of some partners in each side."""

    metric: str
    by: str
    """The column that the group is of; `all` for all partners."""
    group: str
    sides: tuple[FivePart | None, ...]


class RuleOutcome(Document):
    """What became of a rule in one side."""

    kind: str
    priority: int | None
    held: bool
    missed: Amount
    unit: str
    missed_by: int
    """For how many partners or groups it gave way."""
    binding: int


class RuleRow(Document):
    """What became of a rule in each side; null where there is no such rule."""

    rule: str
    reason: str
    sides: tuple[RuleOutcome | None, ...]


class ExtentPart(Document):
    """How much moved of one metric. A target is of one period, a partner's is the sum of its periods."""

    unit: str
    targets: int
    """Of either side."""
    targets_raised: int
    """New ones included."""
    targets_lowered: int
    """Those gone included."""
    targets_new: int
    targets_gone: int
    partners: int
    """Of either side."""
    partners_raised: int
    partners_lowered: int
    partners_new: int
    partners_gone: int
    up: Amount
    """By how much targets rose together."""
    down: Amount
    """By how much targets fell together."""


class ChangePart(Document):
    """One change of the input or a rule."""

    section: str
    subject: str
    sentence: str
    file: str | None
    line: int | None


class StepPart(Document):
    """Changes that were made together, and what they moved."""

    changes: tuple[ChangePart, ...]
    sentence: str
    metrics: dict[str, ExtentPart]


class NewLimit(PartnerPart):
    """A target that newly stands at a limit."""

    metric: str
    period: str | None
    limit: str
    """floor, cap, or floor and cap."""
    before: str | None
    """At which limit it stood before."""
    binding: tuple[str, ...]
    """The rules that hold it there."""


class TargetMove(PartnerPart):
    """A target of either side; one that is not there counts as zero."""

    metric: str
    period: str | None
    before: Amount | None
    """Null where there is no such target."""
    after: Amount | None
    change: Amount
    growth: float | None
    """change / before; null on nothing."""
    why: tuple[Amount, ...]
    """What each step moved; they come to the change. Empty where reasons are not known."""


class AgainstPart(Document):
    """What is otherwise in one side than in the first."""

    side: str
    comparable: bool
    """Whether both sides have targets."""
    explained: bool
    """Whether the changes between them are known."""
    files: tuple[str, ...]
    """The input files that are not the same."""
    other_units: dict[str, tuple[str, str]]
    """Metrics in two units, the first side's and this one's: their targets are never subtracted."""
    metrics: dict[str, ExtentPart]
    why: tuple[StepPart, ...]
    newly_at_a_limit: tuple[NewLimit, ...]
    newly_at_a_limit_in_all: int
    moves: tuple[TargetMove, ...]
    """The furthest of each metric, then the second of each, and so on."""
    moves_in_all: int
    """How many targets are not what they were."""


class CompareDocument(Document):
    """Allocations side by side; a side without targets is shown with its conflict."""

    sides: tuple[SidePart, ...]
    spread: tuple[SpreadRow, ...]
    rules: tuple[RuleRow, ...]
    against_first: tuple[AgainstPart, ...]
