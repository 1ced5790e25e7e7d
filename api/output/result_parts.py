"""The parts of result.json: what a run says of its targets, its rules, its proof and its circumstances."""

from __future__ import annotations

from datetime import date

from api.output.adjustments import AdjustmentPart
from api.output.conflict_document import ConflictPart
from api.output.document import Amount, Document
from api.output.findings import FindingPart
from api.output.levels_document import LevelsPart
from api.output.partner_names import PartnerPart
from api.output.replan_part import ReplanPart
from api.output.solve_state import State

FIVE = ("least", "lower_quartile", "median", "upper_quartile", "most")
"""The five numbers of `FivePart`."""


class ScenarioPart(Document):
    """Which scenario was solved."""

    name: str
    title: str
    period: str
    periods: tuple[str, ...]
    partners: int


class TotalPart(Document):
    """What is placed of one metric."""

    unit: str
    round_to: Amount
    company_target: Amount
    placed: Amount
    baseline: Amount
    partners: int


class MissPart(Document):
    """A partner or group for which a rule gave way."""

    subject: str
    """The partner's id or the group's name; empty for all together."""
    name: str | None
    """The partner's name; null for groups."""
    tier: str | None
    """The partner's tier; null for groups."""
    asked: Amount
    reached: Amount
    missed: Amount
    against: str | None
    """The floor or cap that stands against it, where it is about a single target."""
    asked_share: float | None
    """As a part of the company target, for groups that are a share of it."""
    reached_share: float | None


class RulePart(Document):
    """What became of one rule."""

    rule: str
    kind: str
    priority: int | None
    """Null for a hard rule."""
    reason: str
    """Why the rule is there, as its file says."""
    file: str
    line: int | None
    unit: str
    held: bool
    binding: int
    """How many of its limits hold with nothing to spare, before rounding."""
    missed: Amount
    missed_before_rounding: Amount
    against: tuple[str, ...]
    """The rules that stand against it, the heaviest first."""
    misses: tuple[MissPart, ...]
    """Where it gave way, the largest miss first."""


class LimitPart(Document):
    """How many targets or groups one rule holds with nothing to spare."""

    rule: str
    at_floor: int
    """Targets that cannot fall further."""
    at_cap: int
    """Targets that cannot rise further."""
    others: int
    """Groups of partners, or partners over several metrics."""


class LargeMovePart(PartnerPart):
    """How far one partner's target is from what it did before, all periods together."""

    metric: str
    baseline: Amount | None
    """Null where none is stated."""
    target: Amount
    change: Amount
    growth: float | None
    """change / baseline; null without one."""


class GoalPart(Document):
    """What became of one goal."""

    goal: str
    best: float
    kept: float
    give_up: str
    unevenness_before: float
    unevenness_after: float
    bound: float | None = None
    """Where returns diminish, what no targets bring more than, proved in exact arithmetic; null for other goals."""


class FivePart(Document):
    """How stretch (target / fair share - 1) is spread over some partners; null where none has a fair share."""

    partners: int
    least: float | None = None
    lower_quartile: float | None = None
    median: float | None = None
    upper_quartile: float | None = None
    most: float | None = None


class SpreadPart(Document):
    """The stretch of one metric over all partners, and over the groups of some columns."""

    all: FivePart
    by: dict[str, dict[str, FivePart]]
    """Column to group to its stretch: tier, type and region where the table has them, and the cascade's."""


class TotalNotKept(Document):
    """A total, or a single target, that whole units move by a unit or more."""

    total: str
    """company, cascade, year, period, rule (a row of a rule that held with nothing to spare) or target (one alone)."""
    of: tuple[str, ...]
    """The path of its node, or the partner; empty for the company. Of a rule its name, and whom the row is about."""
    metric: str
    """Empty for a rule over several metrics."""
    period: str | None
    """Null for all periods together."""
    unrounded: Amount
    rounded: Amount
    units: float
    """How far that is, in units of round_to."""


class RoundingPart(Document):
    """What rounding to whole units did."""

    distance_in_units: float
    kept_their_bound: tuple[PartnerPart, ...]
    """Partners whose limits hold no whole unit."""
    carry_an_odd_remainder: tuple[PartnerPart, ...]
    """Partners that carry what a total has beyond whole units."""
    proved_least: bool
    """Whether no other choice of units is nearer by more than a hundredth."""
    totals_not_kept: tuple[TotalNotKept, ...]
    """Totals, and the hundred furthest single targets, that whole units move by a unit or more."""
    targets_not_kept: int = 0
    """How many targets whole units move by a unit or more."""


class FailurePart(Document):
    """A hard rule that the targets do not keep."""

    rule: str
    subject: str
    amount: Amount
    limit: Amount


class AuditPart(Document):
    """Every hard rule recomputed from the input in exact arithmetic."""

    verified: bool
    rows_checked: int
    receipts_add_up: bool
    failures: tuple[FailurePart, ...]


class OptionsPart(Document):
    """The options of the run."""

    as_of: date | None


class TimesPart(Document):
    """All that differs when the same input is solved again."""

    started: str
    as_of: date
    seconds: dict[str, float | dict[str, float]]


class ResultDocument(Document):
    """result.json: all that a run says about itself. The same input gives the same bytes, times aside."""

    scenario: ScenarioPart
    state: State
    termination: str
    reason: str | None
    """Why it failed."""
    conflict: ConflictPart | None
    replan: ReplanPart | None = None
    """Null for a plan of the whole period."""
    totals: dict[str, TotalPart]
    """By metric; empty where there are no targets."""
    rules: tuple[RulePart, ...]
    limits: tuple[LimitPart, ...]
    """Every rule that holds a target or a group with nothing to spare, company targets aside."""
    largest_moves: tuple[LargeMovePart, ...]
    """The ten that are the largest parts of their metric's company target; allocation.csv has all."""
    goals: tuple[GoalPart, ...]
    unevenness: float | None
    """The chi-square distance from the fair shares, in shares of the company target."""
    spread: dict[str, SpreadPart]
    """By metric."""
    rounding: RoundingPart | None
    audit: AuditPart | None
    certificate: dict[str, float | bool | list[dict[str, float | bool | str]]]
    """Duality gap and largest violation of the unrounded answer, relative."""
    engines: dict[str, str]
    levels: LevelsPart | None
    """Null where the scenario has no cascade."""
    findings: tuple[FindingPart, ...]
    adjustments: tuple[AdjustmentPart, ...]
    inputs: dict[str, str]
    """SHA-256 of every file read."""
    outputs: dict[str, str]
    """SHA-256 of every file written, the record aside."""
    options: OptionsPart
    versions: dict[str, str]
    times: TimesPart
