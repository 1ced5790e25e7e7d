"""What if: other numbers in the rules of a run, what would move, and a variant that names only what differs."""

import re
from collections.abc import Mapping, Sequence

from flask import Response, make_response, redirect, request

from api.db.errors import StateConflict
from api.db.scopes import Scope
from api.db.tables import runs
from api.db.tables.runs import State
from api.output.conflict_document import RepairPart
from api.pages.number_format import typed
from api.pages.page import Data, blueprint, html, page
from api.pages.run_page import head
from api.pages.visitor import check_form, enter
from api.resources.analyses.what_if import (
    Tunable,
    change_of,
    changed,
    numbers,
    numbers_for,
    tried,
    tunable,
    variant,
)
from api.resources.results.service import document
from api.resources.runs.schemas import RunOptions
from api.resources.runs.service import submit
from api.resources.scenarios.draft import json_draft
from api.resources.scenarios.inputs import Brought
from api.resources.scenarios.service import checked, create
from api.web.context import caller, service
from api.web.error_handlers import as_problem
from api.web.problems import HttpProblem
from scenarios.values.typed import ungrouped

_ON_THE_PAGE = ("findings", "invalid", "too-long", "name-taken")
"""Problems with what was filled in, which the page tells beside it."""


@page("/runs/<run_id>/what-if", "what_if.html", scope=Scope.RUNS_WRITE)
def what_if(run_id: str) -> Data:
    """What would move with other numbers"""
    return _page(run_id, request.args)


def _page(run_id: str, given: Mapping[str, str], problem: HttpProblem | None = None) -> Data:
    with service().store.read() as session:
        _, data = head(session, run_id)
    found = tunable(numbers(run_id))
    news, unread, compared = dict[str, str](), dict[str, str](), None
    try:
        plain = _numbers(found, given)
        news = changed(found, plain)
        if news and problem is None:
            compared = tried(run_id, change_of(found, plain), f"{data['title']}, tried").data()
    except HttpProblem as fault:
        if fault.code not in _ON_THE_PAGE:
            raise
        problem = problem or fault
        unread = {} if news else dict(given)
    conflict = (
        compared["sides"][-1]["conflict"] if compared else None if news else _own_conflict(run_id, data)
    )
    return {
        **data,
        "own_conflict": None if compared else conflict,
        "fields": [{**_field(each, news), "typed": unread.get(each.at)} for each in found],
        "changes": news,
        "compared": compared,
        "repairs": _repairs(conflict, found, news) if conflict else [],
        "problem": problem.document("") if problem else None,
        "name": given.get("title", ""),
    }


def _numbers(found: Sequence[Tunable], given: Mapping[str, str]) -> dict[str, str]:
    """The numbers that were typed, as 1234567.5; raises HttpProblem."""
    return {
        each.at: typed(given, each.at, f"{each.number.label.capitalize()} of {each.rule.rule}")
        for each in found
        if given.get(each.at)
    }


def _field(each: Tunable, news: Mapping[str, str]) -> Data:
    """A number as a field, with the range of its slider."""
    value = float(each.number.value)
    low, high, step = _range(value, percent=each.number.percent)
    text = news.get(each.at, each.number.as_text)
    now = _plain(text)
    return {
        "at": each.at, "rule": each.rule.rule, "sentence": each.rule.sentence, "reason": each.rule.reason,
        "priority": each.rule.priority, "metric": each.rule.metric, "label": each.number.label,
        "about": each.number.about, "text": text, "was": each.number.as_text, "percent": each.number.percent,
        "low": min(low, now), "high": max(high, now), "step": step, "now": now, "changed": each.at in news,
    }  # fmt: skip


def _plain(text: str) -> float:
    try:
        return float(ungrouped(text).rstrip("%"))
    except ValueError:
        return 0.0


def _range(value: float, *, percent: bool) -> tuple[float, float, float]:
    """From where to where a slider goes, and its step: about a hundred steps around the value."""
    if percent:
        return min(0.0, value - 10), max(20.0, value * 2), 0.5
    step = 10.0 ** max(0, len(str(int(abs(value) or 1))) - 3)
    return 0.0 if value >= 0 else value * 2, max(value * 2, 10.0), step


def _own_conflict(run_id: str, data: Data) -> Data | None:
    """Why the run itself has no targets."""
    if data["run"]["state"] != State.INFEASIBLE:
        return None
    with service().store.read() as session:
        found: Data | None = document(session, caller().org_id, run_id).get("conflict")
    return found


def _repairs(conflict: Data, found: list[Tunable], news: Mapping[str, str]) -> list[Data]:
    """The repairs of a conflict, each with the numbers that make it."""
    parts = [([repair], False) for repair in conflict["repairs"]]
    parts += [(conflict["together"], True)] if conflict["together"] else []
    return [
        {
            "sentence": "; and ".join(each["sentence"] for each in several),
            "cost": several[0]["cost"], "unit": several[0]["unit"], "several": together,
            "partners": sum(len(each["affected"]) for each in several),
            "numbers": {**news, **_settled(several, found)} if _settled(several, found) else None,
        }
        for several, together in parts
    ]  # fmt: skip


def _settled(repairs: list[Data], found: list[Tunable]) -> dict[str, str]:
    sets: dict[str, str] = {}
    for repair in repairs:
        sets |= numbers_for(RepairPart.model_validate(repair), found)
    return sets


@blueprint.post("/runs/<run_id>/what-if")
def keep(run_id: str) -> Response:
    """Keep what was tried as a variant, and solve it"""
    away = enter(Scope.INPUTS_WRITE)
    if away is not None:
        return make_response(away)
    check_form()
    try:
        new = _kept(run_id, request.form)
    except (HttpProblem, StateConflict) as fault:
        problem = as_problem(fault)
        if problem.code not in _ON_THE_PAGE:
            raise
        return html("what_if.html", _page(run_id, request.form, problem), problem.status)
    return make_response(redirect(f"/runs/{new}", 303))


def _kept(run_id: str, given: Mapping[str, str]) -> str:
    """The run of the new variant; raises HttpProblem."""
    found = tunable(numbers(run_id))
    change, title = change_of(found, _numbers(found, given)), given.get("title", "").strip()[:200]
    if not change or not title:
        raise HttpProblem("invalid", "Change a number, and say what to call the variant.")
    with service().store.read() as session:
        run = runs.get(session, caller().org_id, run_id)
    draft = json_draft(variant(change, name=slug(title), title=title, extends=run.solved[0]))
    resolved, _ = checked(draft)
    with service().store.write() as session:
        scenario = create(session, resolved, Brought({}, {}))
        session.flush()
        new = submit(session, scenario.id, RunOptions())
        session.flush()
        return new.id


def slug(title: str) -> str:
    """A name for a scenario, from its title."""
    return re.sub(r"[^\w]+", "-", title.lower()).strip("-")[:60] or "plan"
