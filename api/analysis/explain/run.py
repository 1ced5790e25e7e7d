"""Explaining one partner's targets: receipts, the rules that hold them, and what-if, each a solve of its own."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isfinite

from api.analysis.errors import InvalidRequest
from api.analysis.explain.document import (
    ExplainDocument,
    ExplainRequest,
    InsteadPart,
    ItemPart,
    ReachPart,
    TargetPart,
    WayPart,
    WithoutPart,
)
from api.analysis.known_partner import known_partner
from api.analysis.price import about_rule, price
from api.analysis.solve import allocation_of
from api.output.adjustments import adjustment_parts
from api.output.conflict_document import conflict_of, reasons_of
from api.output.partner_names import PartnerNames
from api.output.progress import Progress, silent
from rules.load import Loaded
from scenarios import did_you_mean
from scenarios.values.rational_array import decimal_text, six_decimals
from solver import Allocation, Engines, Way, Without, at_work, instead, ways, why


def explain(loaded: Loaded, request: ExplainRequest, progress: Progress = silent) -> ExplainDocument:
    """The answer about one partner. Raises InvalidRequest for a partner, metric or rule that is not there."""
    table = loaded.scenario.table
    partner = known_partner(request.partner, table.ids.tolist(), table.name)
    metric = _known_metric(request, list(loaded.scenario.metrics))
    _check_rules(request, [rule.name for rule in loaded.book.rules])
    return explain_allocation(
        allocation_of(loaded, progress), request.model_copy(update={"partner": partner, "metric": metric})
    )


def explain_allocation(allocation: Allocation, request: ExplainRequest) -> ExplainDocument:
    """The same of an allocation; the request names what is there."""
    about = _About(allocation, request.partner)
    solved = allocation.state == "succeeded"
    scenario = allocation.scenario
    return ExplainDocument(
        **about.names.of(request.partner),
        scenario=scenario.name,
        title=scenario.title,
        state=allocation.state,
        reason=allocation.reason or None,
        conflict=conflict_of(allocation, about.names),
        targets=about.targets() if solved else (),
        adjustments=tuple(each for each in adjustment_parts(scenario) if each.partner == request.partner),
        without=about.without(request) if solved else {},
        instead=about.instead(request.metric, request.instead)
        if solved and request.metric and request.instead is not None
        else None,
        reach=about.reach(request.metric, request.reach)
        if solved and request.metric and request.reach is not None
        else None,
    )


def reach_of(allocation: Allocation, partner: str, metric: str, target: Fraction) -> ReachPart:
    """What brings a partner's target to where it is wanted."""
    return _About(allocation, partner).reach(metric, target)


class _About:
    """Answers about one partner of an allocation."""

    def __init__(self, allocation: Allocation, partner: str) -> None:
        self._allocation, self._partner = allocation, partner
        self._engines = Engines()
        self.names = PartnerNames.of_table(allocation.scenario.table)
        self.reasons = reasons_of(allocation)

    def targets(self) -> tuple[TargetPart, ...]:
        """How each target was made."""
        frame = self._allocation.frame
        position = frame.columns.ids.index(self._partner)
        return tuple(self._target(cell) for cell in range(position, frame.size, frame.partners))

    def _target(self, cell: int) -> TargetPart:
        allocation, frame = self._allocation, self._allocation.frame
        assert allocation.receipts is not None, "only an allocation with targets has receipts"
        block, position = divmod(cell, frame.partners)
        name = tuple(frame.metrics)[block // frame.parts]
        period = frame.periods[block % frame.parts] if frame.periods else None
        metric = frame.metrics[name]
        stated = metric.baseline is not None and not frame.columns.empty(metric.baseline)[position]
        baseline = (frame.within(period) if period else frame).baseline(name).at(position) if stated else None
        target, share, cap = (
            allocation.target.at(cell),
            float(allocation.fair_share[cell]),
            allocation.cap[cell],
        )
        return TargetPart(
            metric=name,
            period=period,
            unit=metric.unit,
            round_to=decimal_text(metric.round_to),
            baseline=None if baseline is None else decimal_text(baseline),
            fair_share=six_decimals(share),
            floor=six_decimals(allocation.floor[cell]),
            cap=six_decimals(cap) if isfinite(cap) else None,
            unrounded=six_decimals(allocation.unrounded[cell]),
            target=decimal_text(target),
            growth=round(float(target / baseline - 1), 6) if baseline else None,
            stretch=round(float(target) / share - 1, 6) if share > 0 else None,
            binding=tuple(part for part in str(allocation.binding[cell]).split("; ") if part),
            receipt=tuple(
                ItemPart(item=item, kind=kind, amount=decimal_text(amount), reason=self.reasons.get(item, ""))
                for item, kind, amount in allocation.receipts.of(cell)
            ),
        )

    def without(self, request: ExplainRequest) -> dict[str, tuple[WithoutPart, ...]]:
        """What each target is without the rules asked for, or those at work on it."""
        if request.without is None and not (request.instead is None and request.reach is None):
            return {}
        metrics = [request.metric] if request.metric else list(self._allocation.frame.metrics)
        return {metric: self._without(metric, request.without) for metric in metrics}

    def _without(self, metric: str, rules: Sequence[str] | None) -> tuple[WithoutPart, ...]:
        names = at_work(self._allocation, self._partner, metric) if rules is None else rules
        found = why(self._allocation, self._partner, metric, self._engines, rules=names)
        frame = self._allocation.frame
        cells = frame.cells(metric)[:, frame.columns.ids.index(self._partner)]
        now = float(self._allocation.unrounded[cells].sum())
        return tuple(self._without_one(each, now) for each in found)

    def _without_one(self, one: Without, now: float) -> WithoutPart:
        return WithoutPart(
            **self._rule(one.rule),
            target=None if one.target is None else six_decimals(one.target),
            change=None if one.target is None else six_decimals(one.target - now),
        )

    def instead(self, metric: str, target: Fraction) -> InsteadPart:
        """What another target costs."""
        found = instead(self._allocation, self._partner, metric, target, self._engines)
        return InsteadPart(
            **dict(price(self._allocation, found.answer, self.names)),
            metric=metric,
            unit=self._allocation.frame.metrics[metric].unit,
            target=decimal_text(found.target),
        )

    def reach(self, metric: str, target: Fraction) -> ReachPart:
        """What brings the target to where it is wanted."""
        found = ways(self._allocation, self._partner, metric, target, self._engines)
        return ReachPart(
            metric=metric,
            unit=self._allocation.frame.metrics[metric].unit,
            target=decimal_text(target),
            ways=tuple(self._way(way) for way in found),
        )

    def _way(self, way: Way) -> WayPart:
        parameter = way.parameter
        return WayPart(
            **self._rule(parameter.rule),
            field=parameter.name.removeprefix(f"{parameter.rule}."),
            from_=parameter.text(parameter.value),
            to=parameter.text(way.to),
            target=six_decimals(way.target),
            moved=six_decimals(way.moved),
            sentence=way.sentence,
        )

    def _rule(self, name: str) -> dict[str, object]:
        """The fields of `AboutRule`."""
        return dict(about_rule(name, self._allocation.book, self.reasons))


def _known_metric(request: ExplainRequest, known: Sequence[str]) -> str | None:
    """The metric meant. Raises InvalidRequest for an unknown one, or none where one must be named."""
    metric = request.metric
    if metric is None and request.instead is None and request.reach is None:
        return None
    if metric is None and len(known) == 1:
        return known[0]
    if metric is None:
        raise InvalidRequest("metric", f"say which metric is meant: {' or '.join(known)}.")
    if metric not in known:
        there = f"There are: {', '.join(known)}."
        raise InvalidRequest("metric", f"no metric {metric!r}.{did_you_mean(metric, known)} {there}")
    return metric


def _check_rules(request: ExplainRequest, known: Sequence[str]) -> None:
    for name in request.without or ():
        if name not in known:
            raise InvalidRequest("without", f"no rule {name!r}.{did_you_mean(name, known)}")
