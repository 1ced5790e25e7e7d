"""Reviews: from a plan and its actuals to one page for each partner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from api.analysis.firsts import firsts_of
from api.analysis.forecast.document import ForecastDocument, ForecastNode, ForecastRequest
from api.analysis.forecast.run import forecast
from api.analysis.known_partner import known_partner
from api.analysis.plan import Plan, read_plan, solved_plan
from api.analysis.review.document import (
    PartAmounts,
    ReviewDocument,
    ReviewMetric,
    ReviewRequest,
    ReviewResponse,
    YearAmount,
)
from api.analysis.review.everyone import Everyone
from api.analysis.review.prospects import earned, key_results, next_tier
from api.analysis.review.receipts import FILE, Receipts, receipts_in, receipts_of
from api.analysis.standing.document import CountedRequest
from api.analysis.standing.run import Found, amounts_of, asked_of, find_standing, parts_listed
from api.output.findings import finding_parts
from scenarios import Finding, Place
from scenarios.actuals.facts import ActualsFile
from scenarios.read.parts import parts_of
from scenarios.values.names import normalised
from scenarios.values.quoting import quoted
from scenarios.values.rational_array import decimal_text
from solver.cascade.level import PARTNER


@dataclass(frozen=True, eq=False)
class Reviews:
    """All that reviews of one plan on one day are made of."""

    found: Found
    forecast: ForecastDocument
    nodes: dict[str, ForecastNode]
    """By partner."""
    receipts: Receipts

    @cached_property
    def everyone(self) -> Everyone:
        """What the sections know of all partners."""
        return Everyone(self.found)

    def of(self, request: ReviewRequest) -> ReviewDocument:
        """One partner's. Raises InvalidRequest for a partner who is not there."""
        plan = self.found.plan
        partner = known_partner(request.partner, plan.frame.columns.ids, "the plan")
        position = self.everyone.position[partner]
        metrics = {name: self._metric(partner, name) for name in plan.frame.metrics}
        return ReviewDocument(
            **self.everyone.names.of(partner),
            scenario=plan.scenario.name,
            title=plan.scenario.title,
            as_of=self.found.actuals.day,
            parts=parts_listed(self.found),
            metrics=metrics,
            responses=tuple(
                ReviewResponse(
                    metric=each.metric,
                    period=each.period,
                    says=each.says,
                    target=None if each.target is None else decimal_text(each.target),
                    on=each.on,
                    reason=each.reason,
                )
                for each in request.responses
                if normalised(each.partner) == partner
            ),
            firsts=firsts_of(self.found, partner),
            next_tier=next_tier(self.everyone, position),
            earns=earned(self.everyone, position),
            returns=tuple(self.everyone.returns.get(partner, ())),
            key_results=tuple(key_results(self.everyone, position)),
            commitments=request.commitments,
            findings=(*self.forecast.findings, *finding_parts(self._doubts(partner, metrics))),
        )

    def _doubts(self, partner: str, metrics: Mapping[str, ReviewMetric]) -> list[Finding]:
        """Targets without a receipt: of a record alone, or of a folder that has lost its file or a part of it."""
        without = [
            name for name, each in metrics.items() if Fraction(each.standing.target) and not each.receipt
        ]
        if not without:
            return []
        message = f"no receipt of {quoted(partner)} for {', '.join(without)}: the review leaves it out"
        remedy = f"Name the folder of the run, with the {FILE} that it wrote, or solve again."
        return [Finding("missing-receipt", Place(FILE), message, remedy, "warning")]

    def _metric(self, partner: str, name: str) -> ReviewMetric:
        frame = self.found.plan.frame
        number, position = tuple(frame.metrics).index(name), self.everyone.position[partner]
        lesson = self.forecast.lessons[name]
        unit = self.forecast.units[name]
        return ReviewMetric(
            unit=unit.unit,
            round_to=unit.round_to,
            standing=amounts_of(self.found, self.found.partners.at(number, position)),
            forecast=self.nodes[partner].metrics[name],
            interval_held=lesson.coverage.of_partners if lesson.coverage else None,
            parts=self._parts(name, position),
            before=self._before(name, position),
            receipt=self.receipts.get((partner, name), ()),
        )

    def _parts(self, metric: str, position: int) -> tuple[PartAmounts, ...]:
        plan, actuals = self.found.plan, self.found.actuals
        cells = plan.frame.cells(metric)[:, position].tolist()
        names = parts_of(plan.scenario.period, plan.scenario.periods)
        zero = asked_of(plan, CountedRequest()).missing
        return tuple(
            PartAmounts(
                name=name,
                target=decimal_text(plan.targets.at(cell)),
                done=decimal_text(actuals.done.at(cell))
                if actuals.stated[cell] or (zero and over == 1)
                else None,
            )
            for name, cell, over in zip(names, cells, actuals.over, strict=True)
        )

    def _before(self, metric: str, position: int) -> tuple[YearAmount, ...]:
        cells = self.found.plan.frame.cells(metric)[:, position].tolist()
        return tuple(
            YearAmount(year=year, done=decimal_text(sum((done.at(cell) for cell in cells), Fraction(0))))
            for year, (done, stated) in sorted(self.found.actuals.earlier.items())
            if stated[cells].any()
        )


def reviews_of(
    plan: Plan, receipts: Receipts, files: Sequence[ActualsFile], request: CountedRequest
) -> Reviews:
    """What reviews are made of. Raises Refused for mistakes in the actuals, InvalidRequest for unknown parts."""
    fields = {name: getattr(request, name) for name in CountedRequest.model_fields}
    found = find_standing(plan, files, request)
    # A review is of a whole partner: levels with splits would have it in parts.
    whole = replace(plan, scenario=replace(plan.scenario, cascade=()))
    expected = forecast(whole, files, ForecastRequest(**fields, to=PARTNER))
    nodes = {node.path[-1]: node for node in expected.nodes if node.level == PARTNER}
    return Reviews(found, expected, nodes, receipts)


def plan_with_receipts(path: Path) -> tuple[Plan, Receipts]:
    """The plan that a path names, and its receipts: from its folder, or from the solve where it is a scenario."""
    if path.is_dir() and (path / FILE).is_file():
        plan = read_plan(path)
        return plan, receipts_in(path / FILE, plan)
    allocation = solved_plan(path)
    if allocation is None:
        return read_plan(path), {}
    return Plan.of(allocation), receipts_of(allocation)
