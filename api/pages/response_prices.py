"""What all counters to a plan cost: found out by a run of its own, which the page of responses follows."""

from dataclasses import dataclass
from typing import Any

from flask import Response, make_response, redirect, request
from pydantic import ValidationError

from api.analysis.responses.document import ResponsesDocument
from api.db.scopes import Scope
from api.db.tables import results, runs
from api.db.tables.runs import State
from api.pages.page import blueprint
from api.pages.visitor import check_form, enter
from api.resources.analyses.as_run import submitted
from api.resources.responses import service as steps
from api.resources.responses.schemas import PriceIn
from api.resources.runs.schemas import RunView
from api.web.context import caller, service
from api.web.problems import HttpProblem

PRICED = "priced"
"""The parameter of the page that names the run, signed for the plan."""


@dataclass(frozen=True)
class Prices:
    """A run that prices counters, and what it found."""

    run: dict[str, Any]
    final: bool
    document: ResponsesDocument | None
    """None until it has succeeded."""


@blueprint.post("/plans/<plan_id>/responses/price")
def price_all(plan_id: str) -> Response:
    """Find out what every open counter costs, alone and with the others"""
    away = enter(Scope.RUNS_WRITE)
    if away is not None:
        return make_response(away)
    check_form()
    question, sources = steps.pricing(plan_id, asked(None, request.form.get("as_of", "")))
    run_id = str((submitted(question, sources.files).get_json() or {})["id"])
    token = service().cursors.sign(_listing(plan_id), run_id)
    return make_response(redirect(f"/plans/{plan_id}/responses?{PRICED}={token}", 303))


def asked(counters: list[str] | None, as_of: str) -> PriceIn:
    """The question about these counters, or all; raises HttpProblem for a day that there is not."""
    try:
        return PriceIn.model_validate({"responses": counters, "as_of": as_of or None})
    except ValidationError:
        raise HttpProblem("bad-request", "There is no such day.") from None


def prices_of(plan_id: str) -> Prices | None:
    """The prices that the address names; None where it names none. Raises NotFound, and HttpProblem for others' ones."""
    token = request.args.get(PRICED)
    if not token:
        return None
    run_id, org_id = service().cursors.read(_listing(plan_id), token), caller().org_id
    with service().store.read() as session:
        run = runs.get_any(session, org_id, run_id)
        view = RunView.model_validate(run).model_dump(mode="json")
        document = None
        if run.state == State.SUCCEEDED:
            text = results.any_document_bytes(session, org_id, run_id)
            document = ResponsesDocument.model_validate_json(text)
    return Prices(view, State(run.state).final, document)


def _listing(plan_id: str) -> str:
    return f"prices {caller().org_id} {plan_id}"
