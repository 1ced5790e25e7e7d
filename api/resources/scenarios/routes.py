"""Scenarios: what is asked, built on a dataset and rule sets by their ids, in versions that are kept."""

from collections.abc import Sequence

from flask import Response, request
from sqlalchemy.orm import Session

from api.db.scopes import Scope
from api.db.tables import audit_log, scenarios
from api.db.tables.scenarios import Scenario
from api.resources.scenarios.adjustments import decided, price
from api.resources.scenarios.bundle import MULTIPART, from_form, from_zip
from api.resources.scenarios.compose import ResolvedDraft, merged
from api.resources.scenarios.draft import finding_documents, json_draft
from api.resources.scenarios.inputs import brought_by, inputs_of
from api.resources.scenarios.overrides import doubted
from api.resources.scenarios.schemas import (
    YAML,
    AdjustQuery,
    AdjustView,
    ScenarioIn,
    ScenarioItem,
    ScenarioList,
    ScenarioPatch,
    ScenarioPath,
    ScenariosQuery,
    ScenarioView,
)
from api.resources.scenarios.service import checked, create, revise
from api.resources.scenarios.uploads import read_draft
from api.web.attachments import XLSX, ZIP
from api.web.context import caller, service
from api.web.etags import etag, expected_version, unchanged
from api.web.idempotency import once
from api.web.pagination import listed
from api.web.request import JSON, MERGE_PATCH, limited_body, require_type
from api.web.responses import NOTHING, Answer, answer
from api.web.routing import PREFIX, Body, Routes
from api.web.schemas import FindingView, Once, OnVersion
from scenarios import Finding

routes = Routes(
    "scenarios", "What is asked: metrics, company targets, rules, decisions, and variants of all that."
)

_YAML_EXAMPLE = """\
scenario: fy2027-base
period: FY2027
partners: ds_06A1B2C3D4E5F6G7H8J9K0M1N2
metrics:
  revenue: {unit: USD, round_to: 1000, baseline: revenue_fy2026}
targets:
  - {name: company target, metric: revenue, total: 40226000}
rules: [rs_06A1B2C3D4E5F6G7H8J9K0M1N2]
"""
_FILE = {"type": "string", "format": "binary"}
_FORM = {
    "type": "object",
    "required": ["scenario"],
    "properties": {
        "scenario": {**_FILE, "description": "The scenario file."},
        "files": {
            "type": "array",
            "items": _FILE,
            "description": "The tables and rule files that it names, each with its file name.",
        },
    },
}
_UPLOAD = Body(
    ScenarioIn,
    {
        YAML: {"schema": {"type": "string"}, "example": _YAML_EXAMPLE},
        MULTIPART: {"schema": _FORM},
        ZIP: {"schema": _FILE},
    },
)


@routes.post(
    "/scenarios",
    scope=Scope.INPUTS_WRITE,
    answers={201: ScenarioView},
    problems=("findings", "name-taken"),
    body=_UPLOAD,
)
def create_scenario(header: Once) -> Response:  # noqa: ARG001
    """Upload a scenario

    As it is solved on the command line: the scenario file and the tables and rule files it names, in one
    multipart form or one zip. Or the scenario alone, as JSON or YAML, with the ids of datasets, rule sets and
    scenarios where it would name files. It is read as a solve would read it, and all mistakes are reported at
    once. A variant has `extends` and only what differs.
    """
    resolved, doubts = _checked()
    brought = brought_by(resolved.draft)

    def effect(session: Session) -> Answer:
        scenario = create(session, resolved, brought)
        return _answer(session, scenario, resolved, doubts, 201)

    return once(effect)


def _checked() -> tuple[ResolvedDraft, Sequence[Finding]]:
    """The scenario in the body, composed and checked; raises HttpProblem."""
    kind = require_type(request, JSON, YAML, MULTIPART, ZIP)
    if kind == JSON:
        return checked(json_draft(request.get_json()))
    if kind == YAML:
        return checked(read_draft(limited_body(request)))
    most = service().config.limits.body_bytes
    if kind == MULTIPART:
        entry, files = from_form(request, most)
    else:
        entry, files = from_zip(request.get_data(), request.args.get("entry"), most)
    content = files.pop(entry)
    return checked(read_draft(content, name=entry, files=files))


def _answer(
    session: Session, scenario: Scenario, resolved: ResolvedDraft, doubts: Sequence[Finding], status: int
) -> Answer:
    session.flush()
    view = _view(session, scenario).model_copy(
        update={
            "warnings": list(
                map(FindingView.model_validate, finding_documents(doubts, resolved.files, resolved.draft))
            )
        }
    )
    headers = {"Location": f"{PREFIX}/scenarios/{scenario.id}", "ETag": etag(scenario.version)}
    return answer(view, status, headers)


def _view(session: Session, scenario: Scenario) -> ScenarioView:
    version = (session, scenario.org_id, scenario.id, scenario.version)
    item = ScenarioItem.model_validate(scenario).model_dump()
    files = scenarios.files(*version)
    inputs = inputs_of(session, scenario.org_id, files)
    return ScenarioView(**item, document=scenarios.document(*version), files=files, inputs=inputs)


@routes.get("/scenarios", scope=Scope.RUNS_READ, answers={200: ScenarioList}, problems=("bad-cursor",))
def list_scenarios(query: ScenariosQuery) -> Response:
    """List scenarios"""
    with service().store.read() as session:
        page = scenarios.listed(
            session, caller().org_id, name=query.name, after=query.after(), limit=query.limit
        )
    return listed(page, ScenarioItem.model_validate)


@routes.get("/scenarios/<scenario_id>", scope=Scope.RUNS_READ, answers={200: ScenarioView, 304: None})
def get_scenario(path: ScenarioPath) -> Response:
    """Read a scenario"""
    with service().store.read() as session:
        scenario = scenarios.get(session, caller().org_id, path.scenario_id)
        tag = etag(scenario.version)
        return unchanged(tag) or answer(_view(session, scenario)).response(ETag=tag)


@routes.change(
    "put",
    "/scenarios/<scenario_id>",
    scope=Scope.INPUTS_WRITE,
    answers={200: ScenarioView},
    problems=("findings", "stale", "if-match-required"),
    body=_UPLOAD,
)
def replace_scenario(path: ScenarioPath, header: OnVersion) -> Response:  # noqa: ARG001
    """Replace a scenario by a new version

    Its runs stay with the version they were made of. The name stays.
    """
    expected = expected_version()
    resolved, doubts = _checked()
    return _revised(path.scenario_id, expected, resolved, doubts)


@routes.change(
    "patch",
    "/scenarios/<scenario_id>",
    scope=Scope.INPUTS_WRITE,
    answers={200: ScenarioView},
    problems=("findings", "stale", "if-match-required"),
    body=Body(ScenarioPatch, {}, json=MERGE_PATCH),
)
def patch_scenario(path: ScenarioPath, header: OnVersion) -> Response:  # noqa: ARG001
    """Change some fields of a scenario

    A JSON Merge Patch (RFC 7396) of the document; null takes a field away.
    """
    expected = expected_version()
    require_type(request, MERGE_PATCH)
    patch = request.get_json()
    with service().store.read() as session:
        scenario = scenarios.get(session, caller().org_id, path.scenario_id)
        version = (session, scenario.org_id, scenario.id, scenario.version)
        document, files = scenarios.document(*version), scenarios.files(*version)
    resolved, doubts = checked(json_draft(merged(document, patch)), files)
    return _revised(path.scenario_id, expected or scenario.version, resolved, doubts)


def _revised(
    scenario_id: str,
    expected: int | None,
    resolved: ResolvedDraft,
    doubts: Sequence[Finding],
    *,
    status: int = 200,
) -> Response:
    brought = brought_by(resolved.draft)
    with service().store.write() as session:
        scenario = revise(session, scenario_id, resolved, brought, expected=expected)
        done = _answer(session, scenario, resolved, doubts, status)
    return done.response()


@routes.post(
    "/scenarios/<scenario_id>/adjustments",
    scope=Scope.INPUTS_WRITE,
    answers={200: AdjustView, 201: ScenarioView},
    problems=("findings", "infeasible", "stale", "if-match-required", "too-long"),
    body=Body(None, {XLSX: {"schema": _FILE}}),
)
def adjust_scenario(path: ScenarioPath, query: AdjustQuery, header: OnVersion) -> Response:  # noqa: ARG001
    """Turn the overrides of a filled workbook into adjustments of a scenario

    The workbook is one of its runs as XLSX, with Override, Reason and Until filled in. With `?dry_run=true`
    nothing is written: 200 with what each override costs and whom it moves. Without it they become a new version
    of the scenario: 201. What is wrong is reported by its cell; where the rules cannot hold with the overrides,
    nothing is written: 409.
    """
    expected = None if query.dry_run else expected_version()
    org_id = caller().org_id
    with service().store.read() as session:
        scenario = scenarios.get(session, org_id, path.scenario_id)
        version = (session, org_id, scenario.id, scenario.version)
        inputs = scenarios.contents(*version)
    require_type(request, XLSX)
    workbook = request.get_data()
    if query.dry_run:
        priced = price(inputs, workbook, query.by)
        return Response(priced, content_type="application/json", headers={"ETag": etag(scenario.version)})
    found = decided(inputs, workbook, query.by)
    expected = expected or scenario.version
    resolved, doubts = doubted(path.scenario_id, found.adjustments, expected=expected)
    return _revised(path.scenario_id, expected, resolved, (*found.findings, *doubts), status=201)


@routes.change(
    "delete",
    "/scenarios/<scenario_id>",
    scope=Scope.INPUTS_WRITE,
    answers={204: None},
    problems=("stale", "if-match-required"),
)
def delete_scenario(path: ScenarioPath, header: OnVersion) -> Response:  # noqa: ARG001
    """Take a scenario off the lists; its runs stay"""
    who = caller()
    expected = expected_version()
    with service().store.write() as session:
        scenarios.archive(session, who.org_id, path.scenario_id, expected=expected)
        audit_log.record(
            session, who.org_id, actor=who.key_id, action="scenario.delete", subject=path.scenario_id
        )
    return NOTHING.response()
