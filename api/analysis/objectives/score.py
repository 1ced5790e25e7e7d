"""Scoring objectives: each key result by the plan and its actuals, or by its last check-in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np

from api.analysis.plan import Plan
from api.output.objective_parts import CheckInPart, KeyResultPart, ObjectivePart, grade_of
from rules.key_results import KeyResult, Objective, objective_doubts, read_objectives
from scenarios import Finding, Place, Report
from scenarios.actuals.actuals import Actuals
from scenarios.objectives import BASELINE
from scenarios.values.quoting import quoted
from scenarios.values.rational_array import Exact, decimal_text, six_decimals
from solver.cascade.level import PARTNER, Level, levels_of
from solver.tracking.scores import Reading, Readings, readings, weighted_mean

_QUARTER = 92
"""Days: a number that is older than a quarter is doubted."""


@dataclass(frozen=True)
class CheckIn:
    """What a key result had come to."""

    on: date | None
    """None: from the beginning."""
    now: Fraction
    by: str | None
    note: str


@dataclass(frozen=True, eq=False)
class ScoredKeyResult:
    """A key result with all that it can be scored by."""

    key_result: KeyResult
    check_ins: tuple[CheckIn, ...]
    """Those by the day, oldest first."""
    layers: tuple[Readings, ...]
    """From the company down; none where it states its own numbers, or nothing says what was done."""
    asked: Reading | None = None
    """From where to where the plan leads, for all that it is about; None where it states its own numbers."""

    @property
    def company(self) -> Reading | None:
        """Where it stands for all that it is about; None where no one has said by the day."""
        if self.layers:
            return self.layers[0].at(0)
        form = self.key_result.form
        if not self.check_ins or form.to is None or form.from_ is None or form.from_ == BASELINE:
            return None
        return Reading(Fraction(form.from_), self.check_ins[-1].now, form.to)


@dataclass(frozen=True, eq=False)
class ScoredObjective:
    """An objective with its key results."""

    objective: Objective
    levels: tuple[Level, ...]
    """From the company down, as it cascades."""
    key_results: tuple[ScoredKeyResult, ...]

    @property
    def score(self) -> Fraction | None:
        """Of the company."""
        return self.mean((each, each.company) for each in self.key_results)

    @property
    def due_score(self) -> Fraction | None:
        """Of the company."""
        return self.due((each, each.company) for each in self.key_results)

    def at(self, depth: int, node: int) -> list[tuple[ScoredKeyResult, Reading]]:
        """The key results that are read off the plan at a node."""
        found = [(each, each.layers[depth].at(node)) for each in self.key_results if each.layers]
        return [(each, reading) for each, reading in found if reading is not None]

    @staticmethod
    def mean(results: Iterable[tuple[ScoredKeyResult, Reading | None]]) -> Fraction | None:
        """Σ w s / Σ w of those that have a score."""
        return weighted_mean(
            (each.key_result.form.weight, reading.score if reading else None) for each, reading in results
        )

    @staticmethod
    def due(results: Iterable[tuple[ScoredKeyResult, Reading | None]]) -> Fraction | None:
        """Σ w d / Σ w of the scores d that were due; None where one that has a score says nothing of it."""
        read = [(each.key_result.form.weight, reading) for each, reading in results if reading]
        if any(reading.due_score is None for _, reading in read if reading.score is not None):
            return None
        return weighted_mean((weight, reading.due_score) for weight, reading in read)


def objectives_of(plan: Plan) -> tuple[Objective, ...]:
    """The objectives of a plan. Raises Refused for mistakes in them."""
    report = Report()
    found = read_objectives(plan.scenario, plan.frame, report)
    report.stop_on_errors()
    return found


def place_of_objectives(plan: Plan) -> Place:
    """Where the objectives of a plan stand."""
    declared = plan.scenario.objectives
    return declared.data.place if declared else Place(next(iter(plan.scenario.inputs)))


def scored(
    plan: Plan,
    objectives: Sequence[Objective],
    actuals: Actuals | None,
    day: date,
    *,
    beside: dict[tuple[str, str], list[CheckIn]] | None = None,
) -> tuple[ScoredObjective, ...]:
    """The objectives as they stand on a day; `actuals` may be missing where none is read off the plan.

    `beside` are check-ins that the scenario does not have, by objective and key result, older ones first.
    """
    return tuple(_scored(plan, each, actuals, day, beside or {}) for each in objectives)


def _scored(
    plan: Plan,
    objective: Objective,
    actuals: Actuals | None,
    day: date,
    beside: dict[tuple[str, str], list[CheckIn]],
) -> ScoredObjective:
    named = objective.form.cascade
    columns = tuple(level for level in named if level != PARTNER)
    levels = levels_of(plan.frame.columns, columns)
    levels = levels if PARTNER in named else levels[:-1]
    others = plan.scenario.cascade[: len(columns)] == columns
    results = []
    for each in objective.key_results:
        if each.measure is None:
            own = _check_ins(each, beside.get((objective.name, each.name), ()), day)
            results.append(ScoredKeyResult(each, own, ()))
            continue
        counted = actuals or _nothing_done(plan, day)
        layers = readings(plan.frame, each.measure, levels, plan.targets, counted, others=others)
        asked = layers[0].at(0)
        results.append(ScoredKeyResult(each, (), layers if actuals else (), asked))
    return ScoredObjective(objective, levels, tuple(results))


def _nothing_done(plan: Plan, day: date) -> Actuals:
    """Actuals that say nothing."""
    frame = plan.frame.whole
    over = (Fraction(0),) * frame.parts
    return Actuals(day, Exact.full(frame.size, 0), np.zeros(frame.size, dtype=bool), (), over, {})


def _check_ins(each: KeyResult, beside: Iterable[CheckIn], day: date) -> tuple[CheckIn, ...]:
    """The check-ins by the day, oldest first; of one day the last one in the list counts."""
    form = each.form
    stated = [] if form.now is None else [CheckIn(form.on, form.now, form.by, form.note)]
    stated += [CheckIn(one.on, one.now, one.by, one.note) for one in form.check_ins]
    by_day = {one.on: one for one in (*stated, *beside) if one.on is None or one.on <= day}
    return tuple(sorted(by_day.values(), key=lambda one: one.on or date.min))


def doubts(plan: Plan, found: Sequence[ScoredObjective], day: date) -> tuple[Finding, ...]:
    """Doubts about objectives: how many there are, what they sum, and numbers that no one has looked after."""
    every = [*objective_doubts([each.objective for each in found], plan.frame)]
    for objective in found:
        for each in objective.key_results:
            every += _old(each, day)
    return tuple(every)


def _old(each: ScoredKeyResult, day: date) -> list[Finding]:
    name, place = quoted(each.key_result.name), each.key_result.place
    if each.key_result.measure is not None:
        reading = each.company
        if reading is None:
            return [_doubt("no-score", place, f"no actuals say how far {name} is", "Name a file of actuals.")]
        if reading.score is not None:
            return []
        return [_doubt("no-score", place, f"{name} starts where it is to arrive", "Nothing is asked of it.")]
    if not each.check_ins:
        return [_doubt("no-score", place, f"no check-in of {name} by {day}", "Add one.")]
    last = each.check_ins[-1].on
    if last is None or (day - last).days <= _QUARTER:
        return []
    message = f"the last check-in of {name} is of {last}, {(day - last).days} days before {day}"
    return [_doubt("check-in-old", place, message, "Check in once a quarter at least.")]


def _doubt(code: str, place: Place, message: str, remedy: str) -> Finding:
    return Finding(code, place, message, remedy, "warning")


def objective_parts(plan: Plan, found: Sequence[ScoredObjective]) -> tuple[ObjectivePart, ...]:
    """The objectives as documents have them, for the company."""
    return tuple(ObjectivePart(**objective_fields(plan, each)) for each in found)


def objective_fields(plan: Plan, scored: ScoredObjective) -> dict[str, object]:
    """The fields of an `ObjectivePart`."""
    form = scored.objective.form
    return {
        "name": form.name,
        "period": form.period or plan.scenario.period,
        "why": form.why,
        "by": form.by,
        "kind": form.kind,
        "score": ratio(scored.score),
        "grade": grade_of(scored.score, form.kind, scored.due_score),
        "key_results": tuple(_part(plan, each) for each in scored.key_results),
    }


def _part(plan: Plan, scored: ScoredKeyResult) -> KeyResultPart:
    key_result, reading = scored.key_result, scored.company
    form, measure = key_result.form, key_result.measure
    leads = reading or scored.asked
    start, to = (leads.start, leads.to) if leads else (form.from_, form.to)
    score = reading.score if reading else None
    unit = plan.frame.metrics[measure.metric].unit if measure else form.unit
    return KeyResultPart(
        name=form.name,
        of=form.of,
        metric=measure.metric if measure else None,
        unit="%" if key_result.is_percent and unit is None else unit,
        kind=key_result.kind,
        weight=decimal_text(form.weight),
        start=six_decimals(Fraction(start or 0)),
        now=six_decimals(reading.now) if reading else None,
        to=six_decimals(to or Fraction(0)),
        due=ratio(reading.due) if reading else None,
        score=ratio(score),
        due_score=ratio(reading.due_score) if reading else None,
        grade=grade_of(score, key_result.kind, reading.due_score if reading else None),
        by=form.by,
        check_ins=tuple(
            CheckInPart(on=one.on, now=six_decimals(one.now), by=one.by, note=one.note)
            for one in scored.check_ins
        ),
    )


def ratio(number: Fraction | None) -> str | None:
    """As documents have it: to six decimals."""
    return None if number is None else six_decimals(number)
