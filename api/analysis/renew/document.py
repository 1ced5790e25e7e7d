"""What can be asked about the next period, and the answer: a folder of files, and what people have yet to decide."""

from __future__ import annotations

from datetime import date

from api.analysis.standing.document import CountedRequest
from api.output.adjustments import AdjustmentPart
from api.output.document import Amount, Document
from api.output.findings import FindingPart


class RenewRequest(CountedRequest):
    """The next period of a plan: its scenario and its partner table, by what was asked and done."""

    scenario: str | None = None
    """What the next scenario is called; by the next year or quarter in its name if left out."""
    title: str | None = None
    """Its line for people; likewise."""
    period: str | None = None
    """What the next period is called; likewise."""


class AddedColumn(Document):
    """A column that the next partner table has besides those of this one."""

    name: str
    metric: str
    period: str | None
    """The part of the period; null for the whole."""
    holds: str
    """`target` or `actual`."""
    total: Amount
    """Over all partners, in the metric's unit."""


class RenewedField(Document):
    """A field of a metric, rule or target that reads another column from now on."""

    name: str
    """Of the metric, rule or target."""
    field: str
    was: str
    now: str


class StatedAmount(Document):
    """An amount that a target or rule states, and that still is this period's."""

    name: str
    """Of the target or rule."""
    field: str
    """As `change` of a variant names it; a dot before the key of a mapping."""
    value: str


class RenewedFile(Document):
    """A file of the next period's folder."""

    name: str
    """Its path in the folder."""
    content: str


class RenewDocument(Document):
    """The next period, ready to be solved, and what is left to people."""

    scenario: str
    title: str
    period: str
    previous: str
    """The scenario that it comes from."""
    as_of: date
    """The day that the actuals are known by."""
    calendar: dict[str, date] | None
    """The first day and the last day of each part; null where the plan has none."""
    columns: tuple[AddedColumn, ...]
    renewed: tuple[RenewedField, ...]
    kept_adjustments: tuple[AdjustmentPart, ...]
    """Those that hold in the next period, too."""
    ended_adjustments: tuple[AdjustmentPart, ...]
    """Those that were about this period alone, and are left out."""
    left_out: tuple[str, ...]
    """Blocks and rules of the scenario that were about this period alone."""
    stated: tuple[StatedAmount, ...]
    """To be decided: amounts of targets and rules that still are this period's."""
    unchanged: tuple[str, ...]
    """To be checked: columns of numbers that are read and hold what they held."""
    by_others: dict[str, Amount]
    """By metric, what was done by partners who are not in the table: add those who stay."""
    findings: tuple[FindingPart, ...]
    """The doubts about the actuals, and hard rules that limit the next period by what is this period's."""
    files: tuple[RenewedFile, ...]
