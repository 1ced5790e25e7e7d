"""Rule: what every kind has in common, and the field types by which a kind refers to columns and metrics."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field

from rules.frame import Frame
from rules.rows import Rows, join
from rules.where import Selection, Where
from scenarios.numbers import Number

EACH = "each"
"""The period that stands for every part of the period in turn."""


@dataclass(frozen=True)
class Refers:
    """Marks a field whose text names something of the scenario."""

    to: Literal["number", "text", "metric"]
    """A column of numbers, a column of text, or a metric."""


NumberColumn = Annotated[str, Refers("number")]
TextColumn = Annotated[str, Refers("text")]
MetricName = Annotated[str, Refers("metric")]


class Rule(BaseModel, ABC):
    """One entry of a rule file, validated."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric_needed: ClassVar[bool] = True
    """Whether the rule speaks of one metric."""
    uses_baseline: ClassVar[bool] = False
    """Whether an empty baseline is a mistake."""

    name: str = Field(min_length=1)
    """What people call the rule; unique in a scenario."""
    kind: str
    """What sort of rule it is."""
    metric: MetricName | None = None
    """The metric it speaks of; may be left out when the scenario has only one."""
    period: str | None = None
    """The part of the period it speaks of, or `each`; left out: the whole."""
    where: Where = Selection()
    """The partners it speaks of; left out: all."""
    priority: int | None = Field(default=None, ge=1, le=99)
    """Makes the rule elastic: 1 is kept before 2. Left out: the rule is hard."""
    weight: Number = Field(default=Fraction(1), gt=0)
    """How much a miss counts beside others of the same priority."""
    reason: str = ""
    """Why the rule is there; shown wherever it acts."""

    @property
    def hard(self) -> bool:
        """Whether the rule may not be missed."""
        return self.priority is None

    @property
    def one_metric(self) -> str:
        """The metric, once it is known."""
        if self.metric is None:
            raise ValueError(f"rule {self.name!r} speaks of no metric")
        return self.metric

    @abstractmethod
    def rows(self, frame: Frame) -> Rows:
        """The rows of the rule, in the metric's unit."""

    def all_rows(self, frame: Frame) -> Rows:
        """The rows for the whole period, for one part of it, or for each."""
        if self.period is None:
            return self.rows(frame)
        periods = frame.periods if self.period == EACH else (self.period,)
        return join([self.rows(frame.within(period)) for period in periods])


def references(rule: Rule) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """(path, name, what it must be) for every name of a column or metric that the rule's fields hold."""
    hints = get_type_hints(type(rule), include_extras=True)
    for field in type(rule).model_fields:
        yield from _walk(hints[field], getattr(rule, field), (field,), None)


def _walk(hint: Any, value: Any, path: tuple[str, ...], to: str | None) -> Iterator[tuple[tuple[str, ...], str, str]]:
    if get_origin(hint) is Annotated:
        marks = [m.to for m in hint.__metadata__ if isinstance(m, Refers)]
        yield from _walk(hint.__origin__, value, path, marks[0] if marks else to)
    elif isinstance(value, str) and to:
        yield path, value, to
    elif isinstance(value, dict) and get_origin(hint) is dict:
        key_hint = get_args(hint)[0]
        for key in value:
            yield from _walk(key_hint, key, (*path, key), None)
    elif isinstance(value, list | tuple) and get_args(hint):
        for number, item in enumerate(value):
            yield from _walk(get_args(hint)[0], item, (*path, str(number)), None)
    elif value is not None and not isinstance(value, dict | list | tuple):
        for option in get_args(hint):
            yield from _walk(option, value, path, to)
