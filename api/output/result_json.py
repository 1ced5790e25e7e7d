"""Making the result document from an allocation and what surrounds it."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import numpy as np

from api.output.adjustments import adjustment_parts
from api.output.conflict_document import conflict_of, reasons_of
from api.output.findings import finding_parts
from api.output.highlights import at_limits, largest_moves
from api.output.levels_document import levels_of_result
from api.output.partner_names import PartnerNames
from api.output.replan_part import replan_part
from api.output.result_parts import (
    AuditPart,
    FailurePart,
    FivePart,
    GoalPart,
    LargeMovePart,
    LimitPart,
    MissPart,
    OptionsPart,
    ResultDocument,
    RoundingPart,
    RulePart,
    ScenarioPart,
    SpreadPart,
    TimesPart,
    TotalNotKept,
    TotalPart,
)
from scenarios import Finding, Place, Scenario
from scenarios.installed import version
from scenarios.values.rational_array import decimal_text
from solver import Allocation, Effect
from solver.audit import Audit
from solver.explain.effects import Miss
from solver.explain.stretch import evenness, overall
from solver.integer.unkept import UnkeptTotal
from solver.whole_period import WholePeriod, whole_period

_LIBRARIES = ("numpy", "scipy", "pyarrow")


@dataclass(frozen=True)
class Circumstances:
    """The options of a run and what surrounds it."""

    findings: Sequence[Finding]
    """The doubts about its input."""
    as_of: date | None = None
    """The day adjustments were judged by, if one was given."""
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Stage to seconds, besides those of the solve, in the order of the stages."""


def result_document(
    allocation: Allocation,
    circumstances: Circumstances,
    *,
    outputs: Mapping[str, str],
    rules: tuple[RulePart, ...] | None = None,
) -> ResultDocument:
    """What result.json says; `outputs` names the files written beside it, each with its SHA-256.

    `rules` are what became of the rules, every miss of which is listed where they are left out.
    """
    scenario, names = allocation.scenario, PartnerNames.of_table(allocation.scenario.table)
    solved = allocation.rounded is not None
    return ResultDocument(
        scenario=_scenario(scenario),
        state=allocation.state,
        termination=allocation.termination,
        reason=allocation.reason or None,
        conflict=conflict_of(allocation, names),
        replan=replan_part(allocation, names),
        totals=total_parts(allocation),
        rules=rule_parts(allocation, names) if rules is None else rules,
        limits=_limits(allocation),
        largest_moves=_largest_moves(allocation, names),
        goals=tuple(GoalPart.model_validate(each.document()) for each in allocation.goals),
        unevenness=allocation.unevenness if solved else None,
        spread=spread_parts(allocation),
        rounding=_rounding(allocation, names),
        audit=_audit(allocation.audit) if allocation.audit else None,
        certificate=allocation.certificate if solved else {},
        engines=dict(allocation.engines),
        levels=levels_of_result(allocation),
        findings=finding_parts(circumstances.findings),
        adjustments=adjustment_parts(scenario),
        inputs=dict(sorted(scenario.inputs.items())),
        outputs=dict(outputs),
        options=OptionsPart(as_of=circumstances.as_of),
        versions=versions(),
        times=_times(allocation, circumstances),
    )


def versions() -> dict[str, str]:
    """What computed, besides the engines."""
    libraries = {name: version(name) for name in _LIBRARIES}
    return {"goal-cascade": version("goal-cascade"), "python": platform.python_version(), **libraries}


def rule_parts(allocation: Allocation, names: PartnerNames) -> tuple[RulePart, ...]:
    """What became of every rule, in the order of the book; none where there are no targets."""
    reasons, places = reasons_of(allocation), allocation.book.places
    return tuple(
        _rule(each, reasons.get(each.rule, ""), places[each.rule], names) for each in allocation.effects
    )


def total_parts(allocation: Allocation) -> dict[str, TotalPart]:
    """What is placed of each metric; empty where there are no targets."""
    if allocation.rounded is None:
        return {}
    return {metric: _total(allocation, metric) for metric in allocation.frame.metrics}


def spread_parts(allocation: Allocation) -> dict[str, SpreadPart]:
    """How stretch is spread, by metric; empty where there are no targets."""
    if allocation.rounded is None:
        return {}
    by = allocation.scenario.level_columns
    found = evenness(allocation.frame, allocation.fair_share, allocation.target.floats(), by)
    return {metric: _spread(parts) for metric, parts in found.items()}


def stretch_parts(allocation: Allocation) -> dict[str, FivePart]:
    """How stretch is spread over all partners, by metric; empty where there are no targets."""
    if allocation.rounded is None:
        return {}
    found = overall(allocation.frame, allocation.fair_share, allocation.target.floats())
    return {metric: FivePart(**five) for metric, five in found.items()}


def _spread(parts: Mapping[str, Any]) -> SpreadPart:
    """The stretch of a metric, which the solver sums up by `all` and `by COLUMN`."""
    return SpreadPart(
        all=FivePart(**parts["all"]),
        by={
            key.removeprefix("by "): {group: FivePart(**five) for group, five in groups.items()}
            for key, groups in parts.items()
            if key != "all"
        },
    )


def _scenario(scenario: Scenario) -> ScenarioPart:
    return ScenarioPart(
        name=scenario.name,
        title=scenario.title,
        period=scenario.period,
        periods=scenario.periods,
        partners=len(scenario.table),
    )


def _total(allocation: Allocation, metric: str) -> TotalPart:
    whole = whole_period(allocation)
    frame, asked = whole.frame, whole.frame.metrics[metric]
    return TotalPart(
        unit=asked.unit,
        round_to=decimal_text(asked.round_to),
        company_target=decimal_text(frame.totals[metric]),
        placed=decimal_text(whole.placed[frame.cells(metric).ravel()].sum() + _of_others(whole, metric)),
        baseline=decimal_text(frame.baseline(metric).sum()),
        partners=frame.partners,
    )


def _of_others(whole: Allocation, metric: str) -> Fraction:
    """What was done outside the plan in parts that are over: the books have it, and so has the total."""
    if not isinstance(whole, WholePeriod):
        return Fraction(0)
    number = list(whole.frame.metrics).index(metric)
    return sum((each.amount for each in whole.past.unassigned if each.metric == number), Fraction(0))


def _limits(allocation: Allocation) -> tuple[LimitPart, ...]:
    found = at_limits(allocation) if allocation.rounded else []
    return tuple(
        LimitPart(rule=each.rule, at_floor=each.at_floor, at_cap=each.at_cap, others=each.others)
        for each in found
    )


def _largest_moves(allocation: Allocation, names: PartnerNames) -> tuple[LargeMovePart, ...]:
    found = largest_moves(allocation) if allocation.rounded else []
    return tuple(
        LargeMovePart(
            **names.of(move.partner),
            metric=move.metric,
            baseline=None if move.baseline is None else decimal_text(move.baseline),
            target=decimal_text(move.target),
            change=decimal_text(move.change),
            growth=None if move.growth is None else round(float(move.growth), 6),
        )
        for move in found
    )


def _rule(effect: Effect, reason: str, place: Place, names: PartnerNames) -> RulePart:
    return RulePart(
        rule=effect.rule,
        kind=effect.kind,
        priority=effect.priority,
        reason=reason,
        file=place.file,
        line=place.line,
        unit=effect.unit,
        held=effect.held,
        binding=effect.binding,
        missed=decimal_text(effect.missed),
        missed_before_rounding=decimal_text(effect.missed_before_rounding, decimals=2),
        against=effect.against,
        misses=tuple(_miss(miss, effect.total, names) for miss in effect.misses),
    )


def _miss(miss: Miss, total: Fraction | None, names: PartnerNames) -> MissPart:
    who = names.of(miss.subject.partition(", ")[0])
    return MissPart(
        subject=miss.subject,
        name=who["name"],
        tier=who["tier"],
        asked=decimal_text(miss.asked),
        reached=decimal_text(miss.reached),
        missed=decimal_text(miss.amount),
        against=miss.against or None,
        asked_share=round(float(miss.asked / total), 6) if total else None,
        reached_share=round(float(miss.reached / total), 6) if total else None,
    )


def _rounding(allocation: Allocation, names: PartnerNames) -> RoundingPart | None:
    if allocation.rounded is None:
        return None
    ids = allocation.frame.columns.ids
    kept, odd = (
        [ids[cell % len(ids)] for cell in np.flatnonzero(mask).tolist()]
        for mask in (allocation.rounded.kept, allocation.rounded.odd)
    )
    return RoundingPart(
        distance_in_units=round(allocation.rounded.distance, 6),
        kept_their_bound=names.parts(kept),
        carry_an_odd_remainder=names.parts(odd),
        proved_least=allocation.rounded.least,
        targets_not_kept=allocation.rounded.targets_off,
        totals_not_kept=tuple(map(_not_kept, allocation.rounded.unkept)),
    )


def _not_kept(total: UnkeptTotal) -> TotalNotKept:
    return TotalNotKept(
        total=total.total,
        of=total.of,
        metric=total.metric,
        period=total.period or None,
        unrounded=decimal_text(round(Fraction(total.unrounded), 6)),
        rounded=decimal_text(total.rounded),
        units=round(total.units, 6),
    )


def _audit(audit: Audit) -> AuditPart:
    return AuditPart(
        verified=audit.verified,
        rows_checked=audit.checked,
        receipts_add_up=audit.receipts_add_up,
        failures=tuple(
            FailurePart(
                rule=each.rule,
                subject=each.subject,
                amount=decimal_text(each.amount),
                limit=decimal_text(each.limit),
            )
            for each in audit.failures
        ),
    )


def _times(allocation: Allocation, circumstances: Circumstances) -> TimesPart:
    """When, by which day's adjustments, how long."""
    return TimesPart(
        started=circumstances.started.isoformat(timespec="seconds"),
        as_of=circumstances.as_of or date.today(),
        seconds={**circumstances.seconds, "solve": dict(allocation.seconds)},
    )
