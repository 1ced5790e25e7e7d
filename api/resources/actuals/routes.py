"""Actuals: what partners have done, and the standing and forecast of plans by everything uploaded about them."""

from flask import Response, request
from pydantic import ValidationError
from sqlalchemy.orm import Session

from api.analysis.forecast.document import ForecastDocument
from api.analysis.forecast.tables import forecast_sheet
from api.analysis.standing.document import StandingDocument
from api.analysis.standing.tables import standing_sheet
from api.db.scopes import Scope
from api.db.tables import actuals
from api.resources.actuals.alerts import report_changes
from api.resources.actuals.as_wanted import as_wanted
from api.resources.actuals.keeping import inspected, keep
from api.resources.actuals.schemas import (
    ActualsIn,
    ActualsList,
    ActualsListQuery,
    ActualsPath,
    ActualsQuery,
    ActualsView,
    ForecastQuery,
    ForecastView,
    StandingQuery,
    StandingView,
)
from api.resources.actuals.service import forecast_text, standing_text
from api.resources.plans.schemas import PlanPath
from api.web.attachments import CSV, TABLES, attachment
from api.web.context import caller, service
from api.web.idempotency import once
from api.web.json_table import csv_of_rows
from api.web.pagination import listed
from api.web.problems import HttpProblem, invalid_value
from api.web.request import JSON, require_type
from api.web.responses import Answer, answer
from api.web.routing import PREFIX, Body, Routes
from api.web.schemas import Once
from api.web.validation import invalid

routes = Routes("actuals", "What partners have done, and where that leaves plans.")

_KINDS = {kind.lower(): form for kind, form in TABLES.items()}
_MEDIA = {form: kind for kind, form in TABLES.items()}
_EXAMPLE = "partner_id,metric,period,amount,as_of\nP1,revenue,Q1,51200.50,2027-03-31\n"
_UPLOAD = Body(
    ActualsIn,
    {
        **{kind: {"schema": {"type": "string", "format": "binary"}} for kind in TABLES},
        CSV: {"schema": {"type": "string"}, "example": _EXAMPLE},
    },
)


@routes.post(
    "/actuals",
    scope=Scope.ACTUALS_WRITE,
    answers={201: ActualsView, 200: ActualsView},
    problems=("findings",),
    body=_UPLOAD,
)
def create_actuals(query: ActualsQuery, header: Once) -> Response:  # noqa: ARG001
    """Upload what partners have done

    For all versions of a plan of a period. Rows are partner, metric, part, amount and the day on which that was
    known. A later day, and of the same day a later upload, restates an earlier one; every upload is kept. The same
    content as the newest upload is that upload: 200 instead of 201. Partners of the published plan whose state
    changes by it beyond the band are messages `standing.changed`.
    """
    kind = require_type(request, *_KINDS, JSON)
    if kind == JSON:
        asked = _asked()
        plan, period, content = asked.plan, asked.period, csv_of_rows(asked.actuals)
    else:
        plan, period, content = query.plan, query.period or "", request.get_data()
    if not period:
        raise invalid_value("/period", "Say which period of the plan: ?period=…")
    form = _KINDS.get(kind, "csv")
    facts = inspected(content, form, query.partner_id)

    def effect(session: Session) -> Answer:
        upload, is_new = keep(session, plan=plan, period=period, form=form, content=content, facts=facts)
        headers = {"Location": f"{PREFIX}/actuals/{upload.id}"}
        return answer(ActualsView.model_validate(upload), 201 if is_new else 200, headers)

    done = once(effect)
    if done.status_code == 201:
        report_changes(plan, period)
    return done


def _asked() -> ActualsIn:
    try:
        return ActualsIn.model_validate(request.get_json())
    except ValidationError as error:
        return invalid(error)  # type: ignore[no-any-return]


@routes.get("/actuals", scope=Scope.RUNS_READ, answers={200: ActualsList}, problems=("bad-cursor",))
def list_actuals(query: ActualsListQuery) -> Response:
    """List what was uploaded"""
    with service().store.read() as session:
        page = actuals.listed(
            session,
            caller().org_id,
            plan=query.plan,
            period=query.period,
            after=query.after(),
            limit=query.limit,
        )
    return listed(page, ActualsView.model_validate)


@routes.get(
    "/actuals/<actuals_id>",
    scope=Scope.RUNS_READ,
    answers={200: ActualsView},
    offers=(JSON, *TABLES),
)
def get_actuals(path: ActualsPath) -> Response:
    """Read what is known of an upload, or fetch the file as it was uploaded

    With `Accept` set to the media type that it was uploaded as, the answer is the file itself.
    """
    org_id = caller().org_id
    with service().store.read() as session:
        upload = actuals.get(session, org_id, path.actuals_id)
        kind = _MEDIA[upload.format]
        best = request.accept_mimetypes.best_match((JSON, kind)) if "Accept" in request.headers else JSON
        if best == kind:
            content = actuals.content(session, org_id, path.actuals_id)
            return attachment(content, kind, f"{upload.id}.{upload.format}")
    if best is None:
        raise HttpProblem("not-acceptable", f"This can be had as {JSON}, {kind}.")
    return answer(ActualsView.model_validate(upload)).response()


@routes.get(
    "/plans/<plan_id>/standing",
    scope=Scope.PLANS_READ,
    answers={200: StandingView},
    problems=("findings", "no-result", "no-actuals", "too-long"),
    offers=(JSON, CSV),
)
def get_standing(path: PlanPath, query: StandingQuery) -> Response:
    """Say where a plan stands by what was uploaded about it

    Attainment, pace and state of the company, its levels and its partners: the document that `cascade track`
    prints with --json, or its nodes as CSV.
    """
    text = standing_text(path.plan_id, query)
    return as_wanted(
        text,
        lambda: standing_sheet(StandingDocument.model_validate_json(text)),
        f"{path.plan_id}-standing.csv",
    )


@routes.get(
    "/plans/<plan_id>/forecast",
    scope=Scope.RUNS_READ,
    answers={200: ForecastView},
    problems=("findings", "no-result", "no-actuals", "too-long"),
    offers=(JSON, CSV),
)
def get_forecast(path: PlanPath, query: ForecastQuery) -> Response:
    """Say what a plan will come to by what was uploaded about it

    Forecast, interval and odds of the company and its levels, what earlier years teach, and how often intervals
    made of them held: the document that `cascade forecast` prints with --json, or its nodes as CSV.
    """
    text = forecast_text(path.plan_id, query)
    return as_wanted(
        text,
        lambda: forecast_sheet(ForecastDocument.model_validate_json(text)),
        f"{path.plan_id}-forecast.csv",
    )
