"""A form that another program takes in: what it calls things, and what it wants to know of each target."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

Fields = Mapping[str, Any]
_CURRENCY = re.compile(r"[A-Z]{3}")
GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
NUMBER = re.compile(r"[0-9]{1,19}")


@dataclass(frozen=True)
class Circumstances:
    """What holds for all targets of an export."""

    source: str
    """Id of the plan."""
    title: str
    """What the plan is called."""
    metric: str
    unit: str
    period: str
    start: date
    end: date
    """The last day of the period."""
    type_id: str | None = None
    """How the other program calls the metric."""
    period_type: str | None = None
    assign_to: str = ""
    """Which of the format's assignees the ids are of."""

    @property
    def currency(self) -> str | None:
        """The unit, if it is money (ISO 4217)."""
        return self.unit if _CURRENCY.fullmatch(self.unit) else None


@dataclass(frozen=True)
class Target:
    """What is asked of whoever the other program knows by the id: the sum over the partners assigned to it."""

    assignee: str
    amount: Decimal
    user: str = ""
    """The user beside it, where the format wants one."""

    @property
    def number(self) -> int | float:
        """The amount as JSON says numbers."""
        return int(self.amount) if self.amount == self.amount.to_integral_value() else float(self.amount)


@dataclass(frozen=True)
class IdForm:
    """What an id of the other program looks like."""

    about: str
    """With its article: "a GUID"."""
    pattern: re.Pattern[str]

    def fits(self, text: str) -> bool:
        """Whether the text is such an id."""
        return bool(self.pattern.fullmatch(text))


@dataclass(frozen=True)
class Assignee:
    """Who a target can be assigned to there."""

    field: str
    """The field of the record that holds the id."""
    form: IdForm
    user: tuple[str, IdForm] | None = None
    """The field of the user that must stand beside it, and its ids, where the format wants one."""


@dataclass(frozen=True)
class Needed:
    """Something that the format requires and no target says."""

    parameter: str
    """The parameter of the request that says it."""
    field: str
    """What it is called there."""
    form: IdForm


@dataclass(frozen=True)
class Format:
    """A form that another program takes in."""

    name: str
    title: str
    source: str
    """Where the other program documents the fields."""
    assignees: Mapping[str, Assignee]
    """By name; the first is meant unless another is asked for."""
    fields: Callable[[Target, Circumstances], dict[str, Any]]
    """A target's record, flat."""
    record: Callable[[dict[str, Any]], dict[str, Any]] = dict
    """The record as the other program's API nests it."""
    needs: tuple[Needed, ...] = field(default=())
    whole: bool = False
    """Whether targets are whole numbers there."""
