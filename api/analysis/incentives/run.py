"""Incentives: from a plan, its actuals and earlier years to what would be paid, by incentive, group and partner."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from api.analysis.errors import InvalidRequest
from api.analysis.forecast.run import MetricForecast, metric_forecast, too_short
from api.analysis.incentives.document import (
    BandPart,
    GroupPrice,
    IncentivePart,
    IncentivesDocument,
    IncentivesRequest,
    PartnerPrice,
    PayoutPart,
)
from api.analysis.incentives.priced import Price, Priced, incentives_of, payout_at, priced, total
from api.analysis.objectives.score import objectives_of
from api.analysis.plan import Plan
from api.analysis.standing.run import Found, asked_of, find_standing
from api.output.findings import finding_parts
from api.output.partner_names import TIER, PartnerNames
from rules.incentives import Incentive, Incentives, scored_and_paid
from scenarios import Finding, did_you_mean
from scenarios.actuals.facts import ActualsFile
from scenarios.incentives import IncentiveForm
from scenarios.values.rational_array import decimal_text, six_decimals
from solver.cascade.level import COMPANY, PARTNER
from solver.incentives.cliffs import cliffs
from solver.incentives.expected import Floats, Index


def incentives(plan: Plan, files: Sequence[ActualsFile], request: IncentivesRequest) -> IncentivesDocument:
    """What the plan would pay. Raises Refused for mistakes in files, InvalidRequest for what is not there."""
    stated = incentives_of(plan)
    if stated is None:
        raise InvalidRequest("", "the scenario has no incentives. Add incentives: incentives.yaml.")
    by = _column(plan, request)
    found = find_standing(plan, files, request) if files else None
    forecasts = _forecasts(plan, stated, found, request)
    every = [_priced(plan, each, found, forecasts) for each in stated.each]
    whole = total([each.price for each in every], _nothing(plan, found, forecasts))
    price = _part(whole, slice(None))
    budget = stated.form.budget
    return IncentivesDocument(
        scenario=plan.scenario.name,
        title=plan.scenario.title,
        as_of=found.actuals.day if found else None,
        unit=stated.unit,
        price=price,
        budget=None if budget is None else decimal_text(budget),
        left=None if budget is None else _left(budget, price),
        incentives=tuple(map(_incentive, every)),
        by=by,
        groups=_groups(plan, by, whole),
        partner_prices=_partners(plan, every, whole) if request.to == PARTNER else (),
        findings=finding_parts(_doubts(plan, stated, found, forecasts, files)),
    )


def _column(plan: Plan, request: IncentivesRequest) -> str | None:
    """The column to group by. Raises InvalidRequest for one that is not there, or another level."""
    if request.to not in (None, COMPANY, PARTNER):
        raise InvalidRequest("to", f"{request.to!r} is neither company nor partner. Group with by.")
    columns = plan.scenario.table.columns
    if request.by is None:
        return TIER if TIER in columns else None
    if request.by not in columns:
        there = f" There are: {', '.join(columns[:30])}."
        raise InvalidRequest("by", f"no column {request.by!r}.{did_you_mean(request.by, columns) or there}")
    return request.by


def _forecasts(
    plan: Plan, stated: Incentives, found: Found | None, request: IncentivesRequest
) -> dict[str, MetricForecast]:
    """By metric that an incentive pays for; none without actuals."""
    if found is None:
        return {}
    missing = asked_of(plan, request).missing
    paid = {each.metric for each in stated.each}
    return {
        name: metric_forecast(found, number, missing=missing)
        for number, name in enumerate(plan.frame.metrics)
        if name in paid
    }


def _priced(plan: Plan, each: Incentive, found: Found | None, forecasts: dict[str, MetricForecast]) -> Priced:
    if found is None:
        return priced(plan, each, None, None)
    forecast, partners = forecasts[each.metric], plan.frame.partners
    done = found.partners.done[forecast.number * partners : (forecast.number + 1) * partners]
    return priced(plan, each, forecast, done.floats())


def _nothing(plan: Plan, found: Found | None, forecasts: dict[str, MetricForecast]) -> Price:
    """What no incentive pays, with as much as can be known of the others."""
    zeros = np.zeros(plan.frame.partners)
    sure = all(each.deviation is not None for each in forecasts.values())
    return Price(plan.frame.nothing, zeros if found else None, zeros if found and sure else None)


def _part(price: Price, rows: slice | Index) -> PayoutPart:
    """The sum over some partners."""
    return PayoutPart(
        at_target=six_decimals(price.at_target[rows].sum()),
        at_forecast=_summed(price.at_forecast, rows),
        expected=_summed(price.expected, rows),
    )


def _summed(amounts: Floats | None, rows: slice | Index) -> str | None:
    return None if amounts is None else six_decimals(float(np.sum(amounts[rows])))


def _left(budget: Fraction, price: PayoutPart) -> PayoutPart:
    def left(amount: str | None) -> str | None:
        return None if amount is None else six_decimals(budget - Fraction(amount))

    return PayoutPart(
        at_target=left(price.at_target) or "0",
        at_forecast=left(price.at_forecast),
        expected=left(price.expected),
    )


def _incentive(each: Priced) -> IncentivePart:
    form = each.incentive.form
    table, bands = _table(form)
    return IncentivePart(
        name=form.name,
        metric=each.incentive.metric,
        reason=form.reason,
        table=table,
        pays=form.pays,
        bands=tuple(
            BandPart(start=decimal_text(start), pays=decimal_text(pays)) for start, pays in bands.items()
        ),
        cap=None if form.cap is None else decimal_text(form.cap),
        partners=int(each.incentive.who.sum()),
        price=_part(each.price, slice(None)),
    )


def _table(form: IncentiveForm) -> tuple[str, dict[Fraction, Fraction]]:
    if form.points is not None:
        return "points", form.points
    return ("amounts", form.amounts) if form.amounts is not None else ("rates", form.rates or {})


def _groups(plan: Plan, by: str | None, whole: Price) -> tuple[GroupPrice, ...]:
    if by is None:
        return ()
    group, names = plan.frame.columns.groups(by)
    rows = [np.flatnonzero(group == number) for number in range(len(names))]
    return tuple(
        GroupPrice(group=name, partners=len(found), price=_part(whole, found))
        for name, found in zip(names, rows, strict=True)
    )


def _partners(plan: Plan, every: Sequence[Priced], whole: Price) -> tuple[PartnerPrice, ...]:
    names = PartnerNames.of_table(plan.scenario.table)
    return tuple(
        PartnerPrice(**names.of(partner), price=_part(whole, slice(at, at + 1)), payouts=payout_at(every, at))
        for at, partner in enumerate(plan.frame.columns.ids)
    )


def _doubts(
    plan: Plan,
    stated: Incentives,
    found: Found | None,
    forecasts: dict[str, MetricForecast],
    files: Sequence[ActualsFile],
) -> list[Finding]:
    doubts = [
        *(found.findings if found else ()),
        *cliffs(stated),
        *scored_and_paid(stated, objectives_of(plan)),
    ]
    if found is not None:
        doubts += too_short(forecasts, files[-1].name)
    return doubts
