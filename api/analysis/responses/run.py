"""Pricing responses: one solve with all counters, and one for each alone; with actuals also the odds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from api.analysis.adjust.run import target_of, with_them
from api.analysis.errors import InvalidRequest
from api.analysis.forecast.document import ForecastDocument, ForecastRequest
from api.analysis.forecast.run import forecast
from api.analysis.plan import Plan
from api.analysis.price import price
from api.analysis.responses.document import OddsPart, ResponsePart, ResponsesDocument, ResponsesRequest
from api.analysis.solve import allocation_of
from api.analysis.standing.document import CountedRequest
from api.output.document import Amount
from api.output.findings import finding_parts
from api.output.partner_names import PartnerNames
from api.output.progress import Progress, silent
from rules.load import Loaded
from scenarios import Adjustment, Place, Report
from scenarios.actuals.facts import ActualsFile
from scenarios.responses import Response, check_responses, read_responses
from scenarios.values.rational_array import decimal_text
from solver import Allocation
from solver.cascade.level import COMPANY

Odds = Mapping[str, Amount | None]
"""Metric to the odds that the company's total is met; empty without actuals."""
Forecasts = Callable[[Allocation], ForecastDocument | None]
"""What the actuals come to under other targets; None without actuals."""


def responses_asked(request: ResponsesRequest) -> tuple[Response, ...]:
    """The responses in a request."""
    return tuple(
        Response(
            partner=each.partner,
            metric=each.metric,
            period=each.period,
            says=each.says,
            target=each.target,
            by=each.by,
            on=each.on,
            reason=each.reason,
            place=Place(f"responses[{number}]"),
        )
        for number, each in enumerate(request.responses)
    )


def responses_in(path: Path) -> tuple[Response, ...]:
    """The responses in a file. Raises Refused for mistakes in it."""
    report = Report()
    found = read_responses(path, report)
    report.stop_on_errors()
    return found


def price_responses(
    loaded: Loaded,
    responses: Sequence[Response],
    files: Sequence[ActualsFile],
    request: ResponsesRequest,
    progress: Progress = silent,
) -> ResponsesDocument:
    """What the responses come to, against the scenario as it is; with actuals also what they do to the odds.

    Raises Refused for responses about targets that are not there and for mistakes in the actuals, InvalidRequest
    where the scenario has no targets.
    """
    scenario, report = loaded.scenario, Report()
    check_responses(responses, scenario, report)
    report.stop_on_errors()
    before = allocation_of(loaded)
    if before.state != "succeeded":
        raise InvalidRequest("", f"{scenario.name} has no targets to answer: it is {before.state}")
    forecasts = _forecasts(files, request)
    expected = forecasts(before)
    parts, counters = [], []
    for number, each in enumerate(responses):
        progress("response", number / (len(responses) + 1))
        decision = decision_for(each) if each.target is not None else None
        parts.append(_priced(before, each, decision, forecasts, _odds(expected), report))
        counters += [decision] if decision else []
    after = with_them(scenario, counters) if counters else None
    return ResponsesDocument(
        scenario=scenario.name,
        title=scenario.title,
        responses=tuple(parts),
        together=price(before, after, PartnerNames.of_table(scenario.table)) if after else None,
        odds_together=_beside(_odds(expected), forecasts, after),
        findings=(*finding_parts(report.findings), *(expected.findings if expected else ())),
    )


def _priced(
    before: Allocation,
    response: Response,
    decision: Adjustment | None,
    forecasts: Forecasts,
    now: Odds,
    report: Report,
) -> ResponsePart:
    """The response, and for a counter the price of the decision that would accept it."""
    scenario = before.scenario
    names = PartnerNames.of_table(scenario.table)
    after = with_them(scenario, [decision]) if decision else None
    target = target_of(before, decision_for(response))
    if response.target == target:
        message = f"{response.metric} of {response.partner} is {decimal_text(target)} already"
        report.warn("no-change", response.place, message, "Accept it, or ask for another target.")
    return ResponsePart(
        **names.of(response.partner),
        metric=response.metric,
        period=response.period,
        unit=scenario.metrics[response.metric].unit,
        says=response.says,
        by=response.by,
        on=response.on,
        reason=response.reason,
        target_before=decimal_text(target),
        target=None if response.target is None else decimal_text(response.target),
        change=None if response.target is None else decimal_text(response.target - target),
        alone=price(before, after, names) if after else None,
        odds=_beside(now, forecasts, after),
    )


def decision_for(response: Response) -> Adjustment:
    """The decision that gives a partner what it asks for."""
    return Adjustment(
        partner=response.partner,
        metric=response.metric,
        target=response.target or Fraction(0),
        by=response.by,
        reason=response.reason,
        until=None,
        period=response.period,
        place=response.place,
    )


def _forecasts(files: Sequence[ActualsFile], request: ResponsesRequest) -> Forecasts:
    fields = {name: getattr(request, name) for name in CountedRequest.model_fields}
    asked = ForecastRequest(**fields, to=COMPANY)

    def of(allocation: Allocation) -> ForecastDocument | None:
        return forecast(Plan.of(allocation), files, asked) if files else None

    return of


def _odds(found: ForecastDocument | None) -> Odds:
    """The company's, which heads the nodes."""
    return {metric: at.odds for metric, at in found.nodes[0].metrics.items()} if found else {}


def _beside(now: Odds, forecasts: Forecasts, after: Allocation | None) -> dict[str, OddsPart]:
    """The odds before and after; none where there are no targets with the change."""
    if after is None or after.state != "succeeded":
        return {}
    then = _odds(forecasts(after))
    return {metric: OddsPart(before=was, after=then[metric]) for metric, was in now.items()}
