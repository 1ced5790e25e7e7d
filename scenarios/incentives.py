"""What may be written about incentives: tables of what attainment pays, and the budget for all of it."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import ValidatorFunctionWrapHandler, WrapValidator, model_validator

from scenarios.findings.validate import Form
from scenarios.values.names import Name, Note
from scenarios.values.number_fields import Share, Sum, refuse, some

Pays = Literal["marginal", "whole"]
"""Each band its own rate; or the rate reached on everything up to the target, and marginal above it."""


def _rising(value: object, handler: ValidatorFunctionWrapHandler) -> object:
    """The table, refused unless its thresholds rise."""
    table = handler(value)
    thresholds = list(table)
    if isinstance(value, Mapping) and len(value) != len(thresholds):
        raise refuse("bad-value", "names a threshold twice", "Keep one of them")
    if any(a >= b for a, b in pairwise(thresholds)):
        raise refuse("bad-value", "has thresholds that fall", "Write them in rising order")
    return table


Rates = Annotated[dict[Share, Share], some, WrapValidator(_rising)]
"""By attainment, from there on: the rate."""
AmountRates = Annotated[dict[Sum, Share], some, WrapValidator(_rising)]
"""By what was done, from there on: the rate."""
Points = Annotated[dict[Share, Sum], some, WrapValidator(_rising)]
"""By attainment: the payout at that point."""


class IncentiveForm(Form):
    """What partners earn by a metric: by rates, or by points that are joined."""

    name: Name
    """What it is called."""
    metric: Name | None = None
    """The metric that it pays for; may be left out when the scenario has only one."""
    where: dict[str, Any] | None = None
    """The partners who can earn it; all if left out."""
    rates: Rates | None = None
    """Rates of what was done, by attainment of the whole target: 0%: 2% pays 2 % from the first unit on."""
    amounts: AmountRates | None = None
    """The same by what was done, in the unit of the metric."""
    points: Points | None = None
    """Payouts by attainment; straight between, nothing below the first, flat after the last."""
    pays: Pays = "marginal"
    """marginal: each band its own rate; whole: the rate reached on all up to the target, marginal above it."""
    cap: Share | None = None
    """The attainment beyond which nothing more is paid; no limit if left out."""
    reason: Note = ""
    """Why it is paid."""

    @model_validator(mode="after")
    def _one_table(self) -> "IncentiveForm":
        tables = (self.rates, self.amounts, self.points)
        if sum(each is not None for each in tables) != 1:
            remedy = "Write exactly one of rates, amounts, points"
            raise refuse("bad-value", "does not say what it pays", remedy)
        if self.points is not None:
            self._check_points(self.points)
        elif self.pays == "whole":
            self._check_whole(self.rates)
        elif next(iter(self.rates or self.amounts or {})) > 0:
            raise refuse("bad-value", "pays by bands and its first is above 0", "Begin with 0: 0%")
        return self

    def _check_points(self, points: dict[Fraction, Fraction]) -> None:
        if self.pays == "whole":
            raise refuse("bad-value", "has points and pays whole", "Leave pays out; points are joined")
        if any(a > b for a, b in pairwise(points.values())):
            raise refuse("bad-value", "pays less for more", "Write payouts that do not fall")

    def _check_whole(self, rates: dict[Fraction, Fraction] | None) -> None:
        if rates is None:
            raise refuse("bad-value", "pays whole by amounts", "Write rates by attainment, or pays: marginal")
        below = [rate for threshold, rate in rates.items() if threshold < 1]
        if any(a > b for a, b in pairwise(below)):
            raise refuse("bad-value", "pays less for more", "Write rates that do not fall below 100%")
        if not any(below):
            remedy = "Add a rate below 100%: from there on rates are for what is above the target"
            raise refuse("bad-value", "pays nothing up to the target", remedy)


class IncentivesForm(Form):
    """The incentives of a period, and what may be spent on them."""

    incentives: Annotated[tuple[IncentiveForm, ...], some]
    """What pays."""
    budget: Sum | None = None
    """What may be paid in all."""
    unit: Name | None = None
    """What is paid: USD. The unit of the metrics that rates are of, if left out."""
