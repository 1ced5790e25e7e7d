"""Rule: what every kind has in common, and what its rows, doubts and references are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Literal

from pydantic import Field

from rules.arrays import Mask
from rules.cell_index import REST, CellIndex
from rules.fields import MetricName
from rules.rows import Rows, join
from rules.where import Selection, Where
from scenarios.findings.validate import Form
from scenarios.values.number_fields import Positive, Whole

EACH = "each"
"""The period that stands for every part of the period in turn."""


@dataclass(frozen=True)
class RuleIssue:
    """What in the scenario does not go together with a rule."""

    path: tuple[str, ...]
    """The keys that lead to the field it is about."""
    message: str
    """What is there."""
    remedy: str = ""
    """What to do about it."""
    code: str = "does-not-fit"
    """A finding code."""
    severity: Literal["error", "warning"] = "error"
    """Errors stop a run; warnings do not."""


class Rule(Form, ABC):
    """One entry of a rule file, validated."""

    metric_needed: ClassVar[bool] = True
    """Whether the rule speaks of one metric."""
    metric_unit: ClassVar[bool] = True
    """Whether its amounts are in the unit of its metrics."""
    spares: ClassVar[str] = ""
    """Whom among the selected partners the kind asks nothing of; empty where it asks all of them."""

    name: str = Field(min_length=1)
    """What people call the rule; unique in a scenario."""
    kind: str
    """What sort of rule it is."""
    metric: MetricName | None = None
    """The metric it speaks of; may be left out when the scenario has only one."""
    period: str | None = None
    """The part of the period it speaks of, `each`, or in a re-plan `rest`; its amounts and columns then count for that."""
    where: Where = Selection()
    """The partners it speaks of; left out: all."""
    priority: Whole | None = Field(default=None, ge=0, le=99)
    """Makes the rule elastic: 1 is kept before 2, and 0 before all. Left out: the rule is hard."""
    weight: Positive = Fraction(1)
    """How much a miss counts beside others of the same priority."""
    reason: str = ""
    """Why the rule is there; shown wherever it acts."""

    @property
    def hard(self) -> bool:
        """Whether the rule may not be missed."""
        return self.priority is None

    @property
    def one_metric(self) -> str:
        """The metric, once it is known. Raises ValueError before."""
        if self.metric is None:
            raise ValueError(f"rule {self.name!r} speaks of no metric")
        return self.metric

    @property
    def must_place(self) -> bool:
        """Whether it asks for more than zero of whoever it speaks of together, so that it cannot hold for no partner."""
        return False

    @property
    def needs_past(self) -> bool:
        """Whether it speaks of a re-plan: of the rest, or of what was published."""
        return self.period == REST

    @property
    def supplied(self) -> frozenset[str]:
        """What stands where columns are named and is none."""
        return frozenset()

    @property
    def unlimited(self) -> tuple[str, ...]:
        """The columns of which an empty cell takes a partner out of the rule."""
        return ()

    @property
    def uses_baseline(self) -> bool:
        """Whether the metric must have a baseline."""
        return False

    def who(self, frame: CellIndex) -> Mask:
        """(partners,) those it speaks of."""
        mask = frame.who(self.where)
        for column in self.unlimited:
            mask = mask & ~frame.columns.empty(column)
        return mask

    @abstractmethod
    def rows(self, frame: CellIndex) -> Rows:
        """The rows of the rule, in the metric's unit."""

    def issues(self, frame: CellIndex) -> Iterator[RuleIssue]:  # noqa: ARG002 - most kinds fit every table
        """What in the scenario does not go together with the rule."""
        yield from ()

    def parts(self, frame: CellIndex) -> tuple[str, ...]:
        """The parts of the period that it speaks of, one by one; none where it speaks of the whole."""
        if self.period is None:
            return ()
        return frame.periods if self.period == EACH else (self.period,)

    def all_rows(self, frame: CellIndex) -> Rows:
        """The rows for the whole period, for one part of it, or for each."""
        periods = self.parts(frame)
        if not periods:
            return self.rows(frame)
        return join([self.rows(frame.within(period)).during(period) for period in periods])
