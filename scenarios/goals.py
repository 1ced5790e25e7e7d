"""Goals: what to seek among the allocations that obey every rule."""

from scenarios.forms import GoalForm, ScenarioForm
from scenarios.known import Known
from scenarios.layers import place_of
from scenarios.scenario import Goal
from scenarios.source import Map


def read_goals(form: ScenarioForm, data: Map, known: Known) -> tuple[Goal, ...]:
    """The goals in order; columns and metrics that do not exist are reported."""
    if not form.goals:
        return ()
    pairs = zip(form.goals, data["goals"], strict=True)
    return tuple(_goal(goal, raw, form, known) for goal, raw in pairs)


def _goal(form: GoalForm, raw: Map, scenario: ScenarioForm, known: Known) -> Goal:
    use = "a goal"
    if form.metric is not None:
        known.metric(form.metric, place_of(raw, "metric"))
    if form.stay_close_to is not None and known.column(form.stay_close_to, place_of(raw, "stay_close_to")):
        known.amounts(form.stay_close_to, use, scenario.missing.get(form.stay_close_to))
    for column in form.maximise or {}:
        if known.column(column, raw["maximise"].places.get(column, raw.place)):
            known.values(column, use, scenario.missing.get(column))
    return Goal(
        maximise=form.maximise,
        stay_close_to=form.stay_close_to,
        spread=form.spread,
        metric=form.metric,
        give_up=form.give_up,
        place=raw.place,
    )
