"""Planning the rest of a plan anew: which parts are over, and how far anybody's rest may move."""

import re
from collections.abc import Mapping, Sequence

from flask import Response, make_response, redirect, request

from api.db.errors import Taken
from api.db.scopes import Scope
from api.db.tables import actuals, plans
from api.db.tables.plans import Plan
from api.pages.number_format import typed
from api.pages.page import Data, blueprint, html, page
from api.pages.visitor import check_form, enter
from api.pages.what_if import slug
from api.resources.plans.rest import Limits, Rest, replanned
from api.resources.plans.schemas import PlanView
from api.resources.results.targets_table import targets_table
from api.web.context import caller, service
from api.web.problems import HttpProblem

_ON_THE_PAGE = ("findings", "invalid", "too-long", "name-taken", "not-published")
"""Problems with what was filled in, which the page tells beside it."""
_DROP, _RISE = "0%", "15%"
"""What the form proposes for each metric."""
_PERCENT = re.compile(r"\d{1,3}(\.\d{1,4})?%?")


@page("/plans/<plan_id>/rest", "rest.html", scope=Scope.INPUTS_WRITE)
def rest_of_plan(plan_id: str) -> Data:
    """What is asked of the rest of a plan"""
    done = request.args.getlist("done")
    return _page(plan_id, {}, done)


def _page(
    plan_id: str, given: Mapping[str, str], done: Sequence[str], problem: HttpProblem | None = None
) -> Data:
    plan = _plan(plan_id)
    table = targets_table(plan.run_id)
    parts, metrics = list(table.periods), list(table.metrics)
    with service().store.read() as session:
        uploads = actuals.all_of(session, plan.org_id, plan.name, plan.period)
    over = [part for part in parts if part in done]
    return {
        "plan": PlanView.model_validate(plan).model_dump(mode="json"),
        "parts": [{"name": part, "over": part in over} for part in parts],
        "uploads": len(uploads),
        "limits": [
            {"metric": metric, "drop": given.get(f"drop{at}", _DROP), "rise": given.get(f"rise{at}", _RISE)}
            for at, metric in enumerate(metrics)
        ],
        "values": {"title": f"{plan.period} after {over[-1] if over else '…'}", **given},
        "problem": problem.document("") if problem else None,
    }


def _plan(plan_id: str) -> Plan:
    with service().store.read() as session:
        return plans.get(session, caller().org_id, plan_id)


@blueprint.post("/plans/<plan_id>/rest")
def plan_rest(plan_id: str) -> Response:
    """Keep the re-plan as a scenario, and solve it"""
    away = enter(Scope.INPUTS_WRITE)
    if away is not None:
        return make_response(away)
    check_form()
    given = {name: value.strip()[:200] for name, value in request.form.items() if name != "csrf_token"}
    done = request.form.getlist("done")
    try:
        run_id = replanned(plan_id, _asked(given, done, list(targets_table(_plan(plan_id).run_id).metrics)))
    except Taken:
        taken = HttpProblem(
            "invalid", f"There is a scenario called {given['title']!r} already. Choose another title."
        )
        return html("rest.html", _page(plan_id, given, done, taken), 422)
    except HttpProblem as problem:
        if problem.code not in _ON_THE_PAGE:
            raise
        return html("rest.html", _page(plan_id, given, done, problem), problem.status)
    return make_response(redirect(f"/runs/{run_id}", 303))


def _asked(given: Mapping[str, str], done: Sequence[str], metrics: Sequence[str]) -> Rest:
    """What the form says; raises HttpProblem."""
    if not done:
        raise HttpProblem("invalid", "Tick the parts that are over.")
    if not given.get("title"):
        raise HttpProblem("invalid", "Say what to call the new plan.")
    limits = {
        metric: Limits(*(_percent(given, f"{way}{at}") for way in ("drop", "rise")))
        for at, metric in enumerate(metrics)
    }
    return Rest(slug(given["title"]), given["title"], tuple(done), limits)


def _percent(given: Mapping[str, str], field: str) -> str:
    """The percentage with its sign; empty for nothing. Raises HttpProblem for what is none."""
    text = typed(given, field, "The limit")
    if text and not _PERCENT.fullmatch(text):
        raise HttpProblem("invalid", f"{text!r} is no percentage. Write one such as 15% or 2.5%.")
    return f"{text.rstrip('%')}%" if text else ""
