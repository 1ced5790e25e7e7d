"""Scenarios: what is asked, built on a dataset and rule sets by their ids, in versions that are kept."""

import json
from collections.abc import Sequence
from typing import Any

from flask import Response, request
from sqlalchemy.orm import Session

from api.composing import Composed, Written, compose, contents, merged, told
from api.http.answers import NOTHING, Answer, answer
from api.http.etags import etag, expected_version, unchanged
from api.http.idempotency import once
from api.http.paging import listed
from api.http.reading import JSON, MERGE_PATCH, limited_body, require_type
from api.http.routes import PREFIX, Body, Routes, media
from api.http.service import caller, service
from api.http.shapes import FindingView, Once, OnVersion
from api.keys import Scope
from api.problems import Problem
from api.resources.handed_in import doubts_of, read_document
from api.resources.scenario_views import (
    YAML,
    FilePath,
    ScenarioIn,
    ScenarioItem,
    ScenarioList,
    ScenarioPath,
    ScenariosQuery,
    ScenarioView,
)
from api.store import NotFound, audit, blobs, scenarios
from api.store.scenarios import Scenario
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
_UPLOAD = Body(ScenarioIn, {YAML: {"schema": {"type": "string"}, "example": _YAML_EXAMPLE}})


@routes.post(
    "/scenarios",
    scope=Scope.INPUTS_WRITE,
    answers={201: ScenarioView},
    problems=("findings", "name-taken"),
    body=_UPLOAD,
)
def create_scenario(header: Once) -> Response:  # noqa: ARG001
    """Hand in a scenario

    A scenario file as JSON or YAML, with ids where it would name files. It is read as a solve would read it,
    and every mistake is told at once. A variant says `extends` and only what differs.
    """
    composed, doubts = _checked()
    who = caller()

    def effect(session: Session) -> Answer:
        scenario = scenarios.create(
            session,
            who.org_id,
            name=composed.name,
            title=composed.title,
            document=composed.document,
            files=composed.keep(session, who.org_id),
            created_by=who.key_id,
        )
        return _answer(session, scenario, composed, doubts, 201)

    return once(effect)


def _checked() -> tuple[Composed, Sequence[Finding]]:
    """The scenario in the body, composed and checked; raises Problem."""
    if require_type(request, JSON, YAML) == JSON:
        return _composed(read_document(_json(request.get_json()), pointed=True))
    return _composed(read_document(limited_body(request), pointed=False))


def _json(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1)


def _composed(scenario: Written) -> tuple[Composed, Sequence[Finding]]:
    org_id = caller().org_id
    with service().store.read() as session:
        composed = compose(session, org_id, scenario)
        files = contents(session, org_id, composed)
    return composed, doubts_of(files, scenario)


def _answer(
    session: Session, scenario: Scenario, composed: Composed, doubts: Sequence[Finding], status: int
) -> Answer:
    session.flush()
    view = _view(session, scenario).model_copy(
        update={"warnings": list(map(FindingView.model_validate, told(doubts, composed.written)))}
    )
    headers = {"Location": f"{PREFIX}/scenarios/{scenario.id}", "ETag": etag(scenario.version)}
    return answer(view, status, headers)


def _view(session: Session, scenario: Scenario) -> ScenarioView:
    version = (session, scenario.org_id, scenario.id, scenario.version)
    item = ScenarioItem.model_validate(scenario).model_dump()
    return ScenarioView(**item, document=scenarios.document(*version), files=scenarios.files(*version))


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


@routes.get(
    "/scenarios/<scenario_id>/files/<file>",
    scope=Scope.RUNS_READ,
    answers={200: media("The file, to the byte.", "application/octet-stream")},
    offers=("application/octet-stream",),
)
def get_scenario_file(path: FilePath) -> Response:
    """Fetch one of the files that a run of the newest version reads"""
    with service().store.read() as session:
        scenario = scenarios.get(session, caller().org_id, path.scenario_id)
        sha256 = scenarios.files(session, scenario.org_id, scenario.id, scenario.version).get(path.file)
        if sha256 is None:
            raise NotFound("file", path.file)
        content = blobs.read(session, scenario.org_id, sha256)
    return Response(content, content_type="application/octet-stream")


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
    composed, doubts = _checked()
    return _revised(path.scenario_id, expected, composed, doubts)


@routes.change(
    "patch",
    "/scenarios/<scenario_id>",
    scope=Scope.INPUTS_WRITE,
    answers={200: ScenarioView},
    problems=("findings", "stale", "if-match-required"),
    body=Body(ScenarioIn, {}, json=MERGE_PATCH),
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
        document = scenarios.document(session, scenario.org_id, scenario.id, scenario.version)
    composed, doubts = _composed(read_document(_json(merged(document, patch)), pointed=True))
    return _revised(path.scenario_id, expected or scenario.version, composed, doubts)


def _revised(
    scenario_id: str, expected: int | None, composed: Composed, doubts: Sequence[Finding]
) -> Response:
    who = caller()
    with service().store.write() as session:
        known = scenarios.get(session, who.org_id, scenario_id)
        if known.name != composed.name:
            raise Problem("invalid", f"/scenario: The name stays {known.name!r}.")
        scenario = scenarios.revise(
            session,
            who.org_id,
            scenario_id,
            expected=expected,
            title=composed.title,
            document=composed.document,
            files=composed.keep(session, who.org_id),
            revised_by=who.key_id,
        )
        done = _answer(session, scenario, composed, doubts, 200)
    return done.response()


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
        audit.record(
            session, who.org_id, actor=who.key_id, action="scenario.delete", subject=path.scenario_id
        )
    return NOTHING.response()
