"""What may be written in a scenario file: its fields, their sorts and their defaults."""

import re
from datetime import date
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, PlainValidator, Tag, WithJsonSchema, model_validator

from scenarios.fields import Form
from scenarios.numbers import Amount, Number, Part, Positive, Share, refuse
from scenarios.shown import shown
from scenarios.words import Name, Note

Policy = Literal["zero", "tier_median"]
"""What an empty cell stands for."""
Spread = Literal["least_deviation", "least_largest_stretch"]
"""The classic linear measures of evenness."""

MAX_RULE_FILES = 100
"""How many rule files a scenario may list."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _day(value: object) -> date:
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise refuse("bad-date", f"is {shown(value)}", "Write a day as 2021-03-31")


Day = Annotated[date, PlainValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
"""A day, written 2021-03-31."""


class PhasingForm(Form):
    """Phasing by history: each period's share is its column's share of all columns."""

    columns: dict[Name, Name]
    """For each period the column that holds its history."""
    by: Name | None = None
    """A column; partners of one group share a profile."""


def _phasing_tag(value: object) -> str:
    return "<even>" if isinstance(value, str) else "<profile>"


Phasing = Annotated[
    Annotated[Literal["even"], Tag("<even>")] | Annotated[PhasingForm, Tag("<profile>")],
    Discriminator(_phasing_tag),
]


class MetricForm(Form):
    """A metric: what is counted."""

    unit: Name
    """USD, licences, deals."""
    round_to: Positive = Fraction(1)
    """Targets are whole multiples of this."""
    baseline: Name | None = None
    """The column that holds what partners did before."""
    fair_share: dict[Name, Amount] | None = None
    """Weights of each column's shares; the baseline alone if left out."""
    missing: Policy | None = None
    """What an empty cell of a driver stands for; left out, it is a finding."""
    phasing: Phasing = "even"
    """How a year falls into its periods."""


class AdjustmentForm(Form):
    """What people decided about one target."""

    partner: Name
    """The partner's id."""
    metric: Name
    """The metric decided on."""
    target: Amount
    """The target, kept as given."""
    by: Name
    """Who decided."""
    reason: Note
    """Why."""
    until: Day | None = None
    """The last day on which the decision counts."""
    period: Name | None = None
    """The period decided on; the whole if left out."""
    approved_by: Name | None = None
    """Who approved the decision."""
    approved_on: Day | None = None
    """The day of the approval; given together with `approved_by`."""

    @model_validator(mode="after")
    def _approved_by_somebody_on_some_day(self) -> "AdjustmentForm":
        if (self.approved_by is None) != (self.approved_on is None):
            there, lacking = ("by", "on") if self.approved_by else ("on", "by")
            raise refuse("missing-field", f"has approved_{there} alone", f"Add approved_{lacking}")
        return self


class GoalForm(Form):
    """What to seek among the allocations that obey every rule."""

    maximise: dict[Name, Number] | None = None
    """Weights of columns that hold the value of one unit of target."""
    stay_close_to: Name | None = None
    """A column with a plan to stay close to."""
    spread: Spread | None = None
    """A linear measure of evenness."""
    metric: Name | None = None
    """The metric meant; all of them if left out."""
    give_up: Part = Fraction(0)
    """How much of the goal's optimum may be given up for what comes later."""

    @model_validator(mode="after")
    def _one_of_three(self) -> "GoalForm":
        given = [self.maximise, self.stay_close_to, self.spread]
        if sum(each is not None for each in given) != 1:
            remedy = "Write exactly one of maximise, stay_close_to, spread"
            raise refuse("bad-value", "does not say what it seeks", remedy)
        return self


class ScenarioForm(Form):
    """A scenario, its variants applied."""

    scenario: Name
    """The scenario's name."""
    title: Note = ""
    """One line for people."""
    period: Name | None = None
    """What the targets are for: FY2021."""
    periods: tuple[Name, ...] = ()
    """The parts of the period that targets are phased over, in order."""
    partners: str
    """The partner table: a .csv, .xlsx or .parquet file beside the scenario."""
    sheet: str | None = None
    """The sheet of a workbook; the first if left out."""
    partner_id: Name = "partner_id"
    """The column that identifies a partner."""
    metrics: Annotated[dict[Name, MetricForm], Field(min_length=1)]
    """What is counted, by name."""
    targets: tuple[Any, ...] = ()
    """What is to be placed."""
    rules: Annotated[tuple[str, ...], Field(max_length=MAX_RULE_FILES)] = ()
    """Rule files beside the scenario, or library:NAME."""
    adjustments: tuple[AdjustmentForm, ...] = ()
    """People's decisions, applied on every run."""
    goals: tuple[GoalForm, ...] = ()
    """What to seek, most important first."""
    cascade: tuple[Name, ...] = ()
    """Columns that lead from the company to the partner."""
    over_assign: dict[Name, Share] = Field(default_factory=dict)
    """How much each level of the cascade (or `partner`) is padded."""
    missing: dict[Name, Policy] = Field(default_factory=dict)
    """What an empty cell of a column stands for, for every rule that uses it."""


class VariantForm(Form):
    """How a scenario differs from the one it extends."""

    extends: str | None = None
    """The scenario file that this one builds on."""
    change: dict[Name, dict[str, Any]] = Field(default_factory=dict)
    """By name of a rule or target: the fields that differ; null takes a field away."""
    add: tuple[Any, ...] = ()
    """Rules to add."""
    remove: tuple[Name, ...] = ()
    """Names of rules or targets to leave out."""


class RuleFileForm(Form):
    """A rule file."""

    rules: tuple[Any, ...]
    """The rules, in order."""
    title: Note = ""
    """One line for people."""
    description: Note = ""
    """What the rules are for."""
