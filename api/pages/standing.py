"""The page of a plan's standing: what was asked, done and due, by level and by state, and what it will come to."""

from flask import Response, make_response, redirect, request
from pydantic import ValidationError

from api.analysis.forecast.document import ForecastDocument
from api.analysis.standing.document import StandingDocument, StandingNode
from api.db.scopes import Scope
from api.db.tables import plans, standing_states
from api.pages.page import Data, blueprint, page
from api.pages.pictures.progress import Progress, progress
from api.pages.pictures.scatter import MOST_DOTS, Point, scatter
from api.pages.run_page import page_number
from api.pages.targets import partner_path
from api.pages.visitor import check_form, enter
from api.resources.actuals.alerts import report_changes
from api.resources.actuals.keeping import inspected, keep
from api.resources.actuals.schemas import ForecastQuery, StandingQuery
from api.resources.actuals.service import forecast_text, standing_text
from api.resources.plans.schemas import PlanView
from api.resources.results.service import partner_name
from api.resources.results.targets_table import targets_table
from api.web.context import caller, service
from api.web.problems import HttpProblem
from scenarios.tables.read_table import ending_of

ROWS = 100
"""Nodes on one page."""
MOST = 200
"""Levels of a forecast that the page lists; it says how many there are, and where all of them are."""
LATEST = 20
"""Changes of state that a page lists; it says how many there are."""
STATES = ("met", "ahead", "on_track", "behind", "off_track", "missed", "not_due")


@page("/plans/<plan_id>/standing", "standing.html")
def standing_of_plan(plan_id: str) -> Data:
    """Where a plan stands by what was uploaded about it"""
    with service().store.read() as session:
        plan = plans.get(session, caller().org_id, plan_id)
    view = PlanView.model_validate(plan).model_dump(mode="json")
    asked = {name: request.args[name] for name in ("as_of", "done", "state", "to") if request.args.get(name)}
    try:
        found = StandingDocument.model_validate_json(standing_text(plan_id, StandingQuery(**asked)))
    except HttpProblem as problem:
        return _nothing_yet(view, asked, problem)
    except ValidationError:
        raise HttpProblem("bad-request", "There is no such day or state.") from None
    wanted, number = request.args.get("metric", ""), page_number()
    metric = wanted if wanted in found.units else next(iter(found.units))
    nodes = listed(found, metric, asked.get("state"))
    return {
        "plan": view,
        "asked": asked,
        "refused": None,
        "over": [part.name for part in found.parts if float(part.over) == 1],
        "metric": metric,
        "standing": found.model_dump(mode="json", exclude={"nodes"}),
        "states": STATES,
        "rows": [_row(found, node) for node in nodes[(number - 1) * ROWS : number * ROWS]],
        "all": len(nodes),
        "page": number,
        "pages": max(1, -(-len(nodes) // ROWS)),
        "company": _company(found),
        "dots": _dots(plan_id, view["run"], asked, found),
        "forecast": _forecast(plan_id, asked),
        **_changes(plan_id, metric),
    }


def listed(found: StandingDocument, metric: str, state: str | None) -> list[StandingNode]:
    """The nodes to list: where a state is sought, the partners that are in it in the metric."""
    nodes = [node for node in found.nodes if metric in node.metrics]
    if state is None:
        return nodes
    partner = found.levels[-1]
    return [node for node in nodes if node.level == partner and node.metrics[metric].state == state]


def _nothing_yet(plan: Data, asked: Data, problem: HttpProblem) -> Data:
    """Why the plan's standing cannot be said, and the parts among which those that are over can be named."""
    known = problem.code != "no-actuals"
    return {
        "plan": plan,
        "asked": asked,
        "refused": problem.detail,
        "known": known,
        "parts": list(targets_table(plan["run"]).periods) if known else [],
        "standing": None,
        "rows": [],
    }


@blueprint.post("/plans/<plan_id>/actuals")
def bring_actuals(plan_id: str) -> Response:
    """Keep what partners have done, and look at where that leaves the plan; mistakes in it are listed"""
    away = enter(Scope.ACTUALS_WRITE)
    if away is not None:
        return make_response(away)
    check_form()
    with service().store.read() as session:
        plan = plans.get(session, caller().org_id, plan_id)
    file = request.files.get("actuals")
    form = (ending_of(file.filename or "") or "").lstrip(".") if file else ""
    if file is None or not form:
        raise HttpProblem("bad-request", "Choose a file first, Excel or CSV.")
    content = file.stream.read()
    facts = inspected(content, form, "partner_id")
    with service().store.write() as session:
        _, is_new = keep(session, plan=plan.name, period=plan.period, form=form, content=content, facts=facts)
    if is_new:
        report_changes(plan.name, plan.period)
    return make_response(redirect(f"/plans/{plan_id}/standing", 303))


def _changes(plan_id: str, metric: str) -> Data:
    """The partners whose state in the metric changed, the latest first, and how many there are."""
    with service().store.read() as session:
        org_id = caller().org_id
        found = standing_states.changed_lately(session, org_id, plan_id, metric, limit=LATEST)
        run_id = plans.get(session, org_id, plan_id).run_id
        changes = [
            {"partner": each.partner, "name": partner_name(session, org_id, run_id, each.partner), "metric": each.metric,
             "from": each.before, "to": each.state, "as_of": each.as_of}
            for each in found
        ]  # fmt: skip
        in_all = standing_states.how_many_changed(session, org_id, plan_id, metric)
        return {"changes": changes, "changes_in_all": in_all}


def _forecast(plan_id: str, asked: Data) -> Data:
    """What the company and its levels will come to, and what that was learned from."""
    query = ForecastQuery(**{name: asked[name] for name in ("as_of", "done") if name in asked})
    found = ForecastDocument.model_validate_json(forecast_text(plan_id, query))
    totals = [node for node in found.nodes if node.level != found.levels[-1]]
    return {
        **found.model_dump(mode="json", include={"lessons", "levels"}),
        "nodes": [node.model_dump(mode="json") for node in totals[:MOST]],
        "all": len(totals),
    }


def _company(found: StandingDocument) -> Data | None:
    """What the company has done and what is due, by metric; None where it is not listed."""
    company = next((node for node in found.nodes if not node.path), None)
    if company is None:
        return None
    return progress(
        [
            Progress(metric, float(at.done), float(at.expected), float(at.target))
            for metric, at in company.metrics.items()
        ]
    )


def _dots(plan_id: str, run_id: str, asked: Data, found: StandingDocument) -> dict[str, Data]:
    """By metric, each partner's attainment against its pace; none where there are more than dots can show."""
    if any(sum(counts.values()) > MOST_DOTS for counts in found.states.values()):
        return {}
    if not found.nodes or all(node.level != found.levels[-1] for node in found.nodes):
        wider = StandingQuery(**{**asked, "to": found.levels[-1]})
        found = StandingDocument.model_validate_json(standing_text(plan_id, wider))
    partners = [node for node in found.nodes if node.level == found.levels[-1]]
    return {metric: _picture(plan_id, run_id, metric, partners) for metric in found.units}


def _picture(plan_id: str, run_id: str, metric: str, partners: list[StandingNode]) -> Data:
    points = []
    for node in partners:
        at = node.metrics[metric]
        if at.attainment is None or at.pace is None:
            continue
        attained, pace, who = float(at.attainment) * 100, float(at.pace) * 100, node.path[-1]
        title = f"{node.name or who}: {attained:.0f} % attained at a pace of {pace:.0f} %, {at.state.replace('_', ' ')}"
        path = f"{partner_path(run_id, who)}&plan={plan_id}"
        points.append(Point(pace, attained, title, path, _KINDS.get(at.state, "")))
    return {**scatter(points, "pace, %", "attained, %"), "same": None}


_KINDS = {"met": "cap", "ahead": "cap", "behind": "floor", "off_track": "floor", "missed": "floor"}
"""States to the shape of their dots: up, down, or round."""


def _row(found: StandingDocument, node: StandingNode) -> Data:
    """A node as the table shows it."""
    data = node.model_dump(mode="json")
    return {**data, "depth": found.levels.index(node.level)}
