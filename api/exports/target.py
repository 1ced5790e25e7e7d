"""One target on its way to another program, and what that program wants to know besides."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

Fields = Mapping[str, Any]
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class Circumstances:
    """What holds for all targets of an export."""

    source: str
    """Id of the run or plan."""
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
    period_type: str = "Quarter"

    @property
    def currency(self) -> str | None:
        """The unit, if it is money (ISO 4217)."""
        return self.unit if _CURRENCY.fullmatch(self.unit) else None


@dataclass(frozen=True)
class Target:
    """What one partner is asked for."""

    partner: str
    """The partner's id, as the other program knows it."""
    amount: Decimal

    @property
    def number(self) -> int | float:
        """The amount as JSON says numbers."""
        return int(self.amount) if self.amount == self.amount.to_integral_value() else float(self.amount)


@dataclass(frozen=True)
class Format:
    """A form that another program takes in."""

    name: str
    title: str
    source: str
    """Where the other program documents the fields."""
    fields: Callable[[Target, Circumstances], dict[str, Any]]
    """A target's record, flat."""
    record: Callable[[dict[str, Any]], dict[str, Any]] = dict
    """The record as the other program's API nests it."""
