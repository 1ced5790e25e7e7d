"""Overriding one target: what it costs and whom it moves first, then written, then taken back if it was wrong."""

from collections.abc import Mapping
from datetime import date

from flask import Response, make_response, redirect, request

from api.analysis.adjust.document import AdjustDocument
from api.db.scopes import Scope
from api.db.tables import runs
from api.pages.number_format import typed_target
from api.pages.page import Data, blueprint, html
from api.pages.partner import version_of
from api.pages.run_page import head
from api.pages.visitor import check_form, enter, form_version
from api.resources.analyses.service import document_of
from api.resources.analyses.sources import of_run
from api.resources.runs.schemas import RunOptions
from api.resources.runs.service import submit
from api.resources.scenarios.overrides import decide, take_back
from api.web.context import caller, service
from api.web.problems import HttpProblem
from scenarios import Adjustment, Place
from scenarios.values.rational_array import decimal_text

_ON_THE_PAGE = ("findings", "invalid", "too-long")
"""Problems with what was filled in, which the page tells beside it."""


@blueprint.post("/runs/<run_id>/override")
def override(run_id: str) -> Response:
    """The price of an override; with `write` it is written into the scenario, and solved"""
    away = enter(Scope.INPUTS_WRITE)
    if away is not None:
        return make_response(away)
    check_form()
    form = {name: value.strip()[:500] for name, value in request.form.items()}
    try:
        if "write" in form:
            return make_response(redirect(_saved(run_id, form), 303))
        return html("override.html", _page(run_id, form, _priced(run_id, form)))
    except HttpProblem as problem:
        if problem.code not in _ON_THE_PAGE:
            raise
        return html("override.html", _page(run_id, form, None, problem), problem.status)


def _page(
    run_id: str, form: Mapping[str, str], found: AdjustDocument | None, problem: HttpProblem | None = None
) -> Data:
    with service().store.read() as session:
        run, data = head(session, run_id)
        version = version_of(session, run)
    return {
        **data,
        "form": form,
        "version": version,
        "price": found.overrides[0].data() if found else None,
        "problem": problem.document("") if problem else None,
    }


def _priced(run_id: str, form: Mapping[str, str]) -> AdjustDocument:
    """What the override comes to; raises HttpProblem."""
    fields = {
        "partner": form.get("partner", ""), "metric": form.get("metric", ""), "period": form.get("period") or None,
        "target": decimal_text(typed_target(form)), "reason": form.get("reason", ""), "until": form.get("until") or None,
    }  # fmt: skip
    if not fields["reason"]:
        raise HttpProblem("invalid", "Say why: the reason stands on the partner's receipt.")
    with service().store.read() as session:
        sources = of_run(session, caller().org_id, run_id)
    found = document_of("adjust", {"by": caller().name, "overrides": [fields]}, sources)
    assert isinstance(found, AdjustDocument)
    return found


def _saved(run_id: str, form: Mapping[str, str]) -> str:
    """The page of the run with the override; raises HttpProblem, Stale and NotFound."""
    expected = form_version()
    with service().store.read() as session:
        run = runs.get(session, caller().org_id, run_id)
    decision = Adjustment(
        partner=form["partner"],
        metric=form["metric"],
        target=typed_target(form),
        by=caller().name,
        reason=form["reason"],
        until=date.fromisoformat(form["until"]) if form.get("until") else None,
        period=form.get("period") or None,
        place=Place("override"),
    )
    scenario = decide(run.solved[0], [decision], expected=expected)
    with service().store.write() as session:
        new = submit(session, scenario.id, RunOptions())
        session.flush()
        return f"/runs/{new.id}?undo={scenario.version}&before={run_id}"


@blueprint.post("/scenarios/<scenario_id>/undo")
def undo(scenario_id: str) -> Response:
    """Go back to what the scenario said before its newest version"""
    away = enter(Scope.INPUTS_WRITE)
    if away is not None:
        return make_response(away)
    check_form()
    with service().store.write() as session:
        take_back(session, scenario_id, expected=form_version())
        session.flush()
        new = submit(session, scenario_id, RunOptions())
        session.flush()
        target = f"/runs/{new.id}"
    return make_response(redirect(target, 303))
