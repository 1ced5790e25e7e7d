"""A scenario: what is asked, of whom, under which rules; read from its files with every mistake told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Literal

from scenarios.findings import Place, Report
from scenarios.forms import Policy, Spread
from scenarios.partners import PartnerTable
from scenarios.source import Map

Library = Callable[[str], Path | None]
"""Finds the rule set that ships under a name."""
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
    """When; None where nobody has."""


@dataclass(frozen=True)
class Goal:
    """What to seek among the allocations that obey every rule; one of the first three is set."""

    maximise: Mapping[str, Fraction] | None
    """Weights of value columns."""
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
    """Columns from the company down."""
    over_assign: Mapping[str, Fraction]
    """Padding by level: a cascade column or `partner`."""
    missing: Mapping[str, Policy]
    """Policy for empty cells, by column, for every rule."""
    inputs: Mapping[str, str]
    """SHA-256 of every file read, by its name, in the order of reading: the file asked for first."""
    root: Path = field(repr=False)
    """The folder that holds them."""


def read_scenario(
    path: Path, report: Report, *, library: Library | None = None, as_of: date | None = None
) -> Scenario | None:
    """The scenario in a file, variants applied, checked against its partner table.

    Mistakes go to the report. A scenario is still returned where its rules can be looked at, so that
    one reading tells of all mistakes; nothing may be solved while `report.has_errors`. None if the
    partners or metrics could not be made out. `library` finds shipped rule sets; adjustments count
    up to `as_of`, today if left out.
    """
    from scenarios.assemble import assemble

    return assemble(path, report, library=library or (lambda _: None), as_of=as_of or date.today())
