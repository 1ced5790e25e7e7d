"""Goals: what to seek among the allocations that obey every rule."""

from collections.abc import Mapping
from fractions import Fraction

import numpy as np

from scenarios.findings.finding import Finding, Place
from scenarios.forms import GoalForm, ScenarioForm
from scenarios.read.symbols import Symbols
from scenarios.read.variants import place_of
from scenarios.scenario import Goal
from scenarios.tables.row_findings import row_findings
from scenarios.yaml.parse import Map

_USE = "a goal"


def read_goals(form: ScenarioForm, data: Map, known: Symbols) -> tuple[Goal, ...]:
    """The goals in order; columns and metrics that do not exist are reported."""
    if not form.goals:
        return ()
    pairs = zip(form.goals, data["goals"], strict=True)
    return tuple(_goal(goal, raw, form, known) for goal, raw in pairs)


def _goal(form: GoalForm, raw: Map, scenario: ScenarioForm, known: Symbols) -> Goal:
    if form.metric is not None:
        known.metric(form.metric, place_of(raw, "metric"))
    if form.stay_close_to is not None and known.column(form.stay_close_to, place_of(raw, "stay_close_to")):
        known.amounts(form.stay_close_to, _USE, scenario.missing.get(form.stay_close_to))
    maximise = _values(form, known)
    goal = Goal(
        maximise=maximise,
        stay_close_to=form.stay_close_to,
        spread=form.spread,
        metric=form.metric,
        give_up=form.give_up,
        place=raw.place,
        half_at=_half_at(form, maximise or {}),
        curve=form.curve or "hyperbolic",
    )
    _check_values(goal, form, raw, scenario, known)
    _check_half_at(goal, raw, scenario, known)
    return goal


def _values(form: GoalForm, known: Symbols) -> Mapping[str, Mapping[str, Fraction]] | None:
    """By metric, the weights of value columns."""
    if form.maximise is None:
        return None
    nested = form.values_by_metric
    if nested is not None:
        return nested
    weights = {column: each for column, each in form.maximise.items() if isinstance(each, Fraction)}
    return dict.fromkeys([form.metric] if form.metric else known.metrics, weights)


def _half_at(form: GoalForm, maximise: Mapping[str, object]) -> Mapping[str, str]:
    """By metric, the column with the target that brings half."""
    if isinstance(form.half_at, str):
        return dict.fromkeys(maximise, form.half_at)
    return form.half_at or {}


def _check_values(goal: Goal, form: GoalForm, raw: Map, scenario: ScenarioForm, known: Symbols) -> None:
    """Reports metrics and value columns that are not there, and values below zero where returns diminish."""
    if goal.maximise is None:
        return
    places: Map = raw["maximise"]
    for metric, weights in goal.maximise.items():
        inner: Map = places[metric] if form.values_by_metric else places
        if form.values_by_metric and not known.metric(metric, places.places.get(metric, raw.place)):
            continue
        for column, weight in weights.items():
            place = inner.places.get(column, raw.place)
            if known.column(column, place):
                read = known.amounts if metric in goal.half_at else known.values
                read(column, _USE, scenario.missing.get(column))
            if metric in goal.half_at and weight < 0:
                message = (
                    f"{column} has the weight {float(weight):g}, and returns that diminish are zero or more"
                )
                known.report.error("negative-amount", place, message, "Write zero or more.")


def _check_half_at(goal: Goal, raw: Map, scenario: ScenarioForm, known: Symbols) -> None:
    """Reports columns of `half_at` that are not there, empty or not above zero."""
    given = raw.get("half_at")
    for metric, column in goal.half_at.items():
        place = given.places.get(metric, raw.place) if isinstance(given, Map) else place_of(raw, "half_at")
        if metric not in (goal.maximise or {}):
            there = ", ".join(goal.maximise or {})
            message = f"half_at speaks of {metric}, and maximise does not"
            known.report.error("unknown-metric", place, message, f"maximise has: {there}.")
        elif known.column(column, place):
            _check_above_zero(column, place, scenario, known)


def _check_above_zero(column: str, place: Place, scenario: ScenarioForm, known: Symbols) -> None:
    policy = scenario.missing.get(column)
    if policy == "zero":
        message = f"{column} is half_at of a goal, and missing: zero makes empty cells zero"
        known.report.error("bad-value", place, message, "Fill the cells, or set missing: tier_median.")
        return
    values = known.values(column, _USE, policy)

    def finding(row: int) -> Finding:
        message = f"{column} is {values[row]:.15g} for {known.table.ids[row]}, and a goal has it as half_at"
        remedy = "Write the target that would bring half of the most: above zero."
        return Finding("bad-value", known.table.place(row, column), message, remedy)

    for each in row_findings(np.flatnonzero(values <= 0).tolist(), finding):
        known.report.add(each)
