"""A scenario: what is asked, of whom, under which rules."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Generic, Literal, TypeVar

from scenarios.actuals.calendar import Calendar
from scenarios.actuals.past import Past
from scenarios.findings.finding import Place
from scenarios.findings.validate import Form
from scenarios.forms import ActualsForm, Curve, Policy, Spread, TrackForm
from scenarios.incentives import IncentivesForm
from scenarios.objectives import ObjectivesForm
from scenarios.partners import PartnerTable
from scenarios.yaml.parse import Map

Library = Callable[[str], Path | None]
"""Finds the rule set that ships under a name."""
F = TypeVar("F", bound=Form)
Origin = Literal["target", "rule"]
"""Which list an entry comes from."""


@dataclass(frozen=True)
class Profile:
    """Phasing by history."""

    columns: Mapping[str, str]
    """Each period's column, in the order of the periods."""
    by: str | None = None
    """The column whose groups share a profile; each partner has its own if None."""


@dataclass(frozen=True)
class Metric:
    """What is counted."""

    name: str
    """Its name in the scenario."""
    unit: str
    """USD, licences, deals."""
    round_to: Fraction
    """Targets are whole multiples of this; above zero."""
    baseline: str | None
    """The column with what partners did before."""
    fair_share: Mapping[str, Fraction]
    """Weight of each driver column; they come to one."""
    missing: Policy | None
    """What an empty driver cell stands for; None: there are none."""
    phasing: Literal["even"] | Profile
    """How the whole falls into periods."""
    place: Place
    """Where the scenario declares it."""


@dataclass(frozen=True)
class Entry:
    """A target or rule as it was written, variants applied."""

    name: str
    """Unique among targets and rules."""
    data: Map
    """Every field, name and kind too, each with its place."""
    place: Place
    """Where it begins."""
    origin: Origin
    """Which list it comes from."""


@dataclass(frozen=True)
class Adjustment:
    """What people decided about one target."""

    partner: str
    """An id of the partner table."""
    metric: str
    """A metric of the scenario."""
    target: Fraction
    """Kept as given; zero or more, in the metric's unit."""
    by: str
    """Who decided."""
    reason: str
    """Why."""
    until: date | None
    """The last day on which it counts."""
    period: str | None
    """A period of the scenario; None: the whole."""
    place: Place
    """Where it begins."""
    approved_by: str | None = None
    """Who approved it."""
    approved_on: date | None = None
    """When; None where no one has."""


@dataclass(frozen=True)
class Goal:
    """What to seek among the allocations that obey every rule; one of the first three is set."""

    maximise: Mapping[str, Mapping[str, Fraction]] | None
    """By metric, weights of value columns."""
    stay_close_to: str | None
    """A column with a plan."""
    spread: Spread | None
    """A linear measure of evenness."""
    metric: str | None
    """The metric meant; None: all of them."""
    give_up: Fraction
    """How much of its optimum may be given up for what comes later."""
    place: Place
    """Where it begins."""
    half_at: Mapping[str, str] = field(default_factory=dict)
    """By metric whose returns diminish, the column with the target that brings half of the most."""
    curve: Curve = "hyperbolic"
    """How they diminish."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The value columns of `maximise`, each once."""
        return tuple(dict.fromkeys(name for weights in (self.maximise or {}).values() for name in weights))


@dataclass(frozen=True)
class Requirement:
    """What a partner needs for a tier."""

    tier: str
    """A value of the column `tier`."""
    needs: Mapping[str, Fraction]
    """By metric or column, the least amount."""


@dataclass(frozen=True, eq=False)
class Declared(Generic[F]):
    """What a file beside the scenario, or the scenario itself, declares."""

    form: F
    """Its fields."""
    data: Map
    """The same as written, each with its place."""


@dataclass(frozen=True, eq=False)
class Scenario:
    """Everything that is asked, checked as far as it can be without knowing the rule kinds."""

    name: str
    """How people call it."""
    title: str
    """One line; the name if none was given."""
    period: str
    """What the targets are for; may be empty."""
    periods: tuple[str, ...]
    """The parts of the period; empty where it is not divided."""
    table: PartnerTable
    """The partners."""
    metrics: Mapping[str, Metric]
    """By name, in the order of the file."""
    targets: tuple[Entry, ...]
    """What is to be placed."""
    rules: tuple[Entry, ...]
    """Rules in the order of their files, added ones last."""
    adjustments: tuple[Adjustment, ...]
    """Decisions that count on the day asked for, one per target."""
    expired: tuple[Adjustment, ...]
    """Decisions past their day; not applied."""
    goals: tuple[Goal, ...]
    """Most important first."""
    cascade: tuple[str, ...]
    """Columns and splits from the company down."""
    over_assign: Mapping[str, Fraction]
    """Padding by level: a cascade column or `partner`."""
    missing: Mapping[str, Policy]
    """Policy for empty cells, by column, for every rule."""
    shares: Mapping[str, Mapping[str, str]]
    """By split, each group with the column that holds the partners' shares in it."""
    inputs: Mapping[str, str]
    """SHA-256 of every file read, by its name, in the order of reading: the file asked for first."""
    root: Path = field(repr=False)
    """The folder that holds them."""
    calendar: Calendar | None = None
    """When each part of the period is over; None where no one has said."""
    actuals: ActualsForm | None = None
    """Where the actuals stand; None where the scenario names none."""
    past: Past | None = None
    """What a re-plan starts from; None for a plan of the whole period."""
    requirements: tuple[Requirement, ...] = ()
    """By tier, the lowest first; empty where none are stated."""
    track: TrackForm = field(default_factory=TrackForm)
    """The bounds of pace that make the states of a standing."""
    objectives: Declared[ObjectivesForm] | None = None
    """What is to be reached, and how it is scored; None where no one has said."""
    incentives: Declared[IncentivesForm] | None = None
    """What partners earn by the metrics; None where no one has said."""
    snapshots: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """Name to content of inputs that lie in no file: what a query or standard input gave."""

    @property
    def level_columns(self) -> tuple[str, ...]:
        """The levels of the cascade that are columns, not splits."""
        return tuple(level for level in self.cascade if level not in self.shares)
