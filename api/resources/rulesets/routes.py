"""Rule sets: rule files in versions that never change, as YAML or JSON."""

import json
from datetime import datetime
from typing import Annotated, Any

from flask import Response, request
from pydantic import Field, ValidationError
from sqlalchemy.orm import Session

from api.db.scopes import Scope
from api.db.tables import rulesets
from api.resources.scenarios.uploads import check_rules
from api.web.attachments import attachment
from api.web.context import caller, service
from api.web.etags import etag, unchanged
from api.web.idempotency import once
from api.web.pagination import Listed, PageQuery, listed
from api.web.problems import invalid_value
from api.web.request import JSON, limited_body, require_type
from api.web.responses import Answer, answer
from api.web.routing import PREFIX, Body, Routes
from api.web.schemas import Name, Once, Parameters, RequestBody, View, with_example
from api.web.validation import invalid

YAML = "application/yaml"

_EXAMPLE = {
    "id": "rs_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "name": "partner programme",
    "version": 3,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "size": 1200,
    "created_by": "key_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "created_at": "2026-10-01T08:00:00Z",
}
_RULE = {"name": "everyone grows", "kind": "growth_floor", "growth_min": "3%", "priority": 1}


class RulesetView(View):
    """One version of a rule set."""

    model_config = with_example(_EXAMPLE)

    id: str
    name: str
    version: int
    sha256: str
    size: int
    created_by: str
    created_at: datetime


class RulesetList(Listed[RulesetView]):
    """Versions of rule sets, newest first."""

    model_config = with_example({"items": [_EXAMPLE], "next_cursor": None})


class RulesetIn(RequestBody):
    """A rule set as JSON; the rules have the fields of a rule file."""

    model_config = with_example({"name": "partner programme", "rules": [_RULE]})

    name: Name
    title: str = Field("", max_length=2000)
    description: str = Field("", max_length=10_000)
    rules: Annotated[list[dict[str, Any]], Field(max_length=10_000)]


class RulesetPath(Parameters):
    """Which version."""

    ruleset_id: str


class RulesetQuery(Parameters):
    """What a YAML file is called."""

    name: Name | None = Field(None, description="What to call it; for JSON it stands in the body.")


class RulesetsQuery(PageQuery):
    """Which versions."""

    name: Name | None = Field(None, description="Only versions of this rule set.")


routes = Routes("rulesets", "Rule files in versions that never change.")

_YAML_RULES = "rules:\n  - {name: everyone grows, kind: growth_floor, growth_min: 3%, priority: 1}\n"
_UPLOAD = Body(RulesetIn, {YAML: {"schema": {"type": "string"}, "example": _YAML_RULES}})


@routes.post(
    "/rulesets",
    scope=Scope.INPUTS_WRITE,
    answers={201: RulesetView, 200: RulesetView},
    problems=("findings",),
    body=_UPLOAD,
)
def create_ruleset(query: RulesetQuery, header: Once) -> Response:  # noqa: ARG001
    """Upload a rule set

    As a YAML rule file with its name in the query, or as JSON. The same content under the same name is the
    same version: 200 instead of 201. Columns and metrics are checked when a scenario uses the rules.
    """
    kind = require_type(request, JSON, YAML)
    name, content = _as_yaml() if kind == JSON else (query.name, limited_body(request))
    if not name:
        raise invalid_value("/name", "Give the rule set a name: ?name=…")
    check_rules(content)
    who = caller()

    def effect(session: Session) -> Answer:
        ruleset, is_new = rulesets.put(session, who.org_id, name=name, content=content, created_by=who.key_id)
        headers = {"Location": f"{PREFIX}/rulesets/{ruleset.id}", "ETag": etag(ruleset.sha256)}
        return answer(RulesetView.model_validate(ruleset), 201 if is_new else 200, headers)

    return once(effect)


def _as_yaml() -> tuple[str, bytes]:
    try:
        asked = RulesetIn.model_validate(request.get_json())
    except ValidationError as error:
        invalid(error)
    view = asked.model_dump(exclude={"name"}, exclude_defaults=True)
    return asked.name, json.dumps(view, ensure_ascii=False, indent=1).encode()


@routes.get("/rulesets", scope=Scope.RUNS_READ, answers={200: RulesetList}, problems=("bad-cursor",))
def list_rulesets(query: RulesetsQuery) -> Response:
    """List versions of rule sets"""
    with service().store.read() as session:
        page = rulesets.listed(
            session, caller().org_id, name=query.name, after=query.after(), limit=query.limit
        )
    return listed(page, RulesetView.model_validate)


@routes.get(
    "/rulesets/<ruleset_id>",
    scope=Scope.RUNS_READ,
    answers={200: RulesetView, 304: None},
    offers=(JSON, YAML),
)
def get_ruleset(path: RulesetPath) -> Response:
    """Read what is known of a version, or fetch the rule file as it was uploaded

    With `Accept: application/yaml` the answer is the file itself, which is JSON if it was uploaded as JSON.
    """
    org_id = caller().org_id
    as_file = "Accept" in request.headers and request.accept_mimetypes.best_match((JSON, YAML)) == YAML
    with service().store.read() as session:
        ruleset = rulesets.get(session, org_id, path.ruleset_id)
        if as_file:
            content = rulesets.content(session, org_id, path.ruleset_id)
            return attachment(content, YAML, f"{ruleset.id}.yaml")
    tag = etag(ruleset.sha256)
    return unchanged(tag) or answer(RulesetView.model_validate(ruleset)).response(ETag=tag)
