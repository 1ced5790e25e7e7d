"""What may be written in a scenario file: its fields, their sorts and their defaults."""

from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from scenarios.findings.validate import Form
from scenarios.incentives import IncentivesForm
from scenarios.objectives import ObjectivesForm
from scenarios.tables.options import LongTable, TableOptions
from scenarios.values.days import Day
from scenarios.values.names import Name, Note
from scenarios.values.number_fields import Amount, Number, Part, Share, Target, Unit, Whole, refuse

Policy = Literal["zero", "tier_median"]
"""What an empty cell stands for."""
Spread = Literal["least_deviation", "least_largest_stretch"]
"""The classic linear measures of evenness."""
Curve = Literal["hyperbolic", "exponential"]
"""How returns diminish: most · x / (x + half_at), or most · (1 - 2^(-x / half_at)); either brings half at `half_at`."""

MAX_RULE_FILES = 100
"""How many rule files a scenario may list."""


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
    round_to: Unit = Fraction(1)
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
    target: Target
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
            there, missing = ("by", "on") if self.approved_by else ("on", "by")
            raise refuse("missing-field", f"has approved_{there} alone", f"Add approved_{missing}")
        return self


def _by_metric_tag(value: object) -> str:
    nested = isinstance(value, dict) and any(isinstance(each, dict) for each in value.values())
    return "<by metric>" if nested else "<columns>"


Maximise = Annotated[
    Annotated[dict[Name, Number], Tag("<columns>")]
    | Annotated[dict[Name, dict[Name, Number]], Tag("<by metric>")],
    Discriminator(_by_metric_tag),
]
"""Weights of value columns, the same for every metric or by metric."""


def _half_at_tag(value: object) -> str:
    return "<by metric>" if isinstance(value, dict) else "<column>"


HalfAt = Annotated[
    Annotated[Name, Tag("<column>")] | Annotated[dict[Name, Name], Tag("<by metric>")],
    Discriminator(_half_at_tag),
]
"""A column, of every metric of the goal or by metric."""


class GoalForm(Form):
    """What to seek among the allocations that obey every rule."""

    maximise: Maximise | None = None
    """Weights of columns that hold the value of one unit of target; or by metric, each with such weights."""
    stay_close_to: Name | None = None
    """A column with a plan to stay close to."""
    spread: Spread | None = None
    """A linear measure of evenness."""
    metric: Name | None = None
    """The metric meant; all of them if left out."""
    half_at: HalfAt | None = None
    """The column with the target that brings half of what `maximise` then holds, the most it could bring; or by metric."""
    curve: Curve | None = None
    """How returns diminish with `half_at`: hyperbolic if left out."""
    give_up: Part = Fraction(0)
    """How much of the goal's optimum may be given up for what comes later."""

    @model_validator(mode="after")
    def _one_of_three(self) -> "GoalForm":
        given = [self.maximise, self.stay_close_to, self.spread]
        if sum(each is not None for each in given) != 1:
            remedy = "Write exactly one of maximise, stay_close_to, spread"
            raise refuse("bad-value", "does not say what it seeks", remedy)
        return self

    @model_validator(mode="after")
    def _by_metric_or_for_one(self) -> "GoalForm":
        if self.half_at is not None and self.maximise is None:
            raise refuse(
                "bad-value", "has half_at without maximise", "Write what is to be the most: maximise"
            )
        if self.curve is not None and self.half_at is None:
            raise refuse("missing-field", "has curve without half_at", "Add half_at")
        if self.metric is not None and self.values_by_metric is not None:
            remedy = "Leave metric out, or write maximise: {column: weight}"
            raise refuse("bad-value", "has metric and maximise by metric", remedy)
        return self

    @property
    def values_by_metric(self) -> dict[str, dict[str, Fraction]] | None:
        """`maximise` where it is by metric; None where it is not."""
        nested = {metric: each for metric, each in (self.maximise or {}).items() if isinstance(each, dict)}
        return nested or None


def _values_tag(value: object) -> str:
    return "<columns>" if isinstance(value, list | tuple) else "<column>"


Values = Annotated[
    Annotated[Name, Tag("<column>")] | Annotated[tuple[Name, ...], Field(min_length=1), Tag("<columns>")],
    Discriminator(_values_tag),
]
"""A column, or several."""


class LongForm(Form):
    """A table of several rows per partner."""

    period: Name
    """The column that says which period a row is about."""
    value: Values
    """The column that holds the number, or several; its sum gets its name, each period's its name, _ and the period."""
    metric: Name | None = None
    """The column that says what the number counts; its words then take the place of the value's name."""

    @model_validator(mode="after")
    def _one_value_by_metric(self) -> "LongForm":
        if self.metric is not None and len(self.values) > 1:
            raise refuse("bad-value", "has metric and several values", "Write one column as value")
        return self

    @property
    def values(self) -> tuple[str, ...]:
        """The columns that hold numbers."""
        return (self.value,) if isinstance(self.value, str) else self.value


class PartnersForm(Form):
    """The partner table, and how to read it; what is left out is found out, and reported as a note."""

    file: str | None = None
    """The file beside the scenario; `-` for standard input, on the command line."""
    sql: Annotated[str, Field(min_length=1, max_length=100_000)] | None = None
    """A query that gives the table, in place of a file; on the command line only."""
    url: Name | None = None
    """For `sql`: the environment variable that holds the database's address; the address itself stands nowhere."""
    sheet: str | None = None
    """The sheet of a workbook."""
    header_row: Whole | None = Field(default=None, ge=1, le=1_000_000)
    """The line or row that names the columns, counted from 1."""
    separator: str | None = Field(default=None, min_length=1, max_length=1)
    """What stands between the columns of a text file: `,`, `;`, `|` or `"\\t"`."""
    decimal: Literal[".", ","] | None = None
    """What stands before decimals; the other mark then groups thousands."""
    encoding: Name | None = None
    """How a text file spells its characters: utf-8, windows-1252, shift_jis."""
    hidden: Literal["skip", "keep"] | None = None
    """Whether hidden and filtered rows of a sheet count; left out, they count and are doubted."""
    columns: dict[Name, Name] = Field(default_factory=dict)
    """The scenario's names for columns, each with the heading in the file."""
    long: LongForm | None = None
    """How to read a table of several rows per partner."""

    @model_validator(mode="after")
    def _a_file_or_a_query(self) -> "PartnersForm":
        if (self.file is None) == (self.sql is None):
            raise refuse("bad-value", "does not say where the table is", "Write either file or sql")
        if (self.sql is None) != (self.url is None):
            given, missing = ("sql", "url") if self.sql else ("url", "sql")
            raise refuse("missing-field", f"has {given} alone", f"Add {missing}")
        return self

    def options(self) -> TableOptions:
        """The same, as tables are read."""
        return TableOptions(
            header_row=self.header_row,
            separator=self.separator,
            decimal=self.decimal,
            encoding=self.encoding,
            hidden=self.hidden,
            columns=self.columns,
            long=None
            if self.long is None
            else LongTable(self.long.period, self.long.values, self.long.metric),
        )


class ActualsForm(PartnersForm):
    """Where the actuals stand, how to read them, and what is left open in them means."""

    missing: Literal["zero"] | None = None
    """What a partner without a row has done in a part that is over; left out, it is a finding."""
    unassigned: Literal["keep"] | None = None
    """`keep`: rows of partners who are not in the table count above the partners; left out, they are findings."""

    @model_validator(mode="after")
    def _a_file_or_a_query(self) -> "ActualsForm":
        if self.file is not None and self.sql is not None:
            raise refuse("bad-value", "has both file and sql", "Write either file or sql")
        if (self.sql is None) != (self.url is None):
            given, missing = ("sql", "url") if self.sql else ("url", "sql")
            raise refuse("missing-field", f"has {given} alone", f"Add {missing}")
        return self


class ReplanForm(Form):
    """The plan of the rest, once a part of the period is over."""

    plan: str
    """The published plan: the record of its run, or its allocation.csv, beside the scenario."""
    actuals: str | tuple[str, ...] = ()
    """The files of actuals, later ones restating earlier ones; if left out, the file of `actuals`, and without one
    all files in the folder `actuals` beside the plan, by their names."""
    done: tuple[Name, ...] = ()
    """The parts that are over; if left out, those whose last day in the calendar has passed."""
    ahead: Literal["keep", "release"] = "keep"
    """A company ahead of its plan keeps the published rest, or has what is over released from it."""


class TrackForm(Form):
    """The bounds of pace, done over what was due, that make the states of a standing."""

    ahead: Share = Fraction(21, 20)
    """From here on, ahead: 105%."""
    on_track: Share = Fraction(19, 20)
    """From here on, on track: 95%."""
    off_track: Share = Fraction(4, 5)
    """Below it, off track: 80%; between the two, behind."""
    band: Share = Fraction(1, 50)
    """How far beyond a bound pace must be for a change of state to be messaged: 2%."""

    @model_validator(mode="after")
    def _in_order(self) -> "TrackForm":
        if not self.off_track <= self.on_track <= self.ahead:
            raise refuse("bad-value", "has bounds out of order", "Write off_track <= on_track <= ahead")
        return self


class RequirementForm(Form):
    """A tier, and what a partner needs for it; tiers are listed from the lowest to the highest."""

    tier: Name
    """A value of the column `tier`."""
    needs: dict[Name, Amount] = Field(default_factory=dict)
    """By metric, or else by column of the partner table, the least amount."""


def _partners_tag(value: object) -> str:
    return "<table>" if isinstance(value, dict | PartnersForm) else "<file>"


Partners = Annotated[
    Annotated[str, Tag("<file>")] | Annotated[PartnersForm, Tag("<table>")], Discriminator(_partners_tag)
]
"""A file's name, or the file and how to read it."""


def _no_rule(value: object) -> object:
    if isinstance(value, dict):
        remedy = "Put it under rules: in a file of its own and list that file, such as rules.yaml"
        raise refuse("wrong-type", "is a rule, where a rule file is due", remedy)
    return value


RuleFile = Annotated[str, BeforeValidator(_no_rule)]
"""The path of a rule file, or library:NAME."""


def _content_tag(value: object) -> str:
    return "<file>" if isinstance(value, str) else "<content>"


Objectives = Annotated[
    Annotated[str, Tag("<file>")] | Annotated[ObjectivesForm, Tag("<content>")], Discriminator(_content_tag)
]
"""A file's name, or what would stand in the file."""
Incentives = Annotated[
    Annotated[str, Tag("<file>")] | Annotated[IncentivesForm, Tag("<content>")], Discriminator(_content_tag)
]
"""A file's name, or what would stand in the file."""


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
    partners: Partners
    """The partner table: a file beside the scenario, or `{file: ..., ...}` with how to read it."""
    sheet: str | None = None
    """The sheet of a workbook; the first if left out."""
    partner_id: Name = "partner_id"
    """The column that identifies a partner."""
    metrics: Annotated[dict[Name, MetricForm], Field(min_length=1)]
    """What is counted, by name."""
    targets: tuple[Any, ...] = ()
    """What is to be placed."""
    rules: Annotated[tuple[RuleFile, ...], Field(max_length=MAX_RULE_FILES)] = ()
    """Rule files beside the scenario, or library:NAME."""
    adjustments: tuple[AdjustmentForm, ...] = ()
    """People's decisions, applied on every run."""
    goals: tuple[GoalForm, ...] = ()
    """What to seek, most important first."""
    cascade: tuple[Name, ...] = ()
    """Columns, and splits of `shares`, that lead from the company to the partner."""
    over_assign: dict[Name, Share] = Field(default_factory=dict)
    """How much each level of the cascade (or `partner`) is padded."""
    missing: dict[Name, Policy] = Field(default_factory=dict)
    """What an empty cell of a column stands for, for every rule that uses it."""
    calendar: dict[Name, Day] | None = None
    """`from`, the first day of the period, and the last day of each of its parts: when each is over."""
    actuals: ActualsForm | None = None
    """What partners have done, for `cascade track`."""
    replan: ReplanForm | None = None
    """What a re-plan starts from: the published plan and the parts that are over; `actuals` says what was done."""
    track: TrackForm = TrackForm()
    """From which pace on a partner is ahead, on track, behind or off track."""
    requirements: tuple[RequirementForm, ...] = ()
    """What a partner needs for each tier, the lowest tier first: for `cascade gaps`."""
    objectives: Objectives | None = None
    """The file of objectives with their key results, or `{objectives: [...]}`."""
    incentives: Incentives | None = None
    """The file of incentives that the plan is priced with, or `{incentives: [...], budget: ...}`."""
    shares: dict[Name, dict[Name, Name]] = Field(default_factory=dict)
    """Split credit: by the name of a split, each of its groups with the column of every partner's share in it."""

    @property
    def table(self) -> PartnersForm:
        """The partner table and how to read it."""
        table = self.partners if isinstance(self.partners, PartnersForm) else PartnersForm(file=self.partners)
        return table if table.sheet or not self.sheet else table.model_copy(update={"sheet": self.sheet})


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
