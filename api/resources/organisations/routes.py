"""The caller's own organisation, and the log of what was done in it."""

from datetime import datetime
from typing import Any

from flask import Response
from pydantic import Field

from api.db import Stale
from api.db.scopes import Scope
from api.db.tables import audit_log, organisations
from api.db.tables.organisations import Organisation
from api.web.context import caller, service
from api.web.etags import etag, expected_version, unchanged
from api.web.pagination import Listed, PageQuery, listed
from api.web.responses import answer
from api.web.routing import Routes
from api.web.schemas import OnVersion, RequestBody, View, with_example

_EXAMPLE = {
    "id": "org_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "name": "default",
    "four_eyes": False,
    "queue_limit": None,
    "created_at": "2026-10-01T08:00:00Z",
}
_ENTRY = {
    "id": "aud_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "at": "2026-10-01T08:00:00Z",
    "actor": "key_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "action": "plan.approve",
    "subject": "plan_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "detail": {"reason": "agreed with the regions"},
    "request_id": None,
}


class OrganisationView(View):
    """The caller's organisation."""

    model_config = with_example(_EXAMPLE)

    id: str
    name: str
    four_eyes: bool
    """Whether a plan must be approved by somebody else than who submitted it."""
    queue_limit: int | None
    """At most this many unfinished runs; null for the server's own limit."""
    created_at: datetime


class OrganisationPatch(RequestBody):
    """What to change; what is left out stays."""

    model_config = with_example({"four_eyes": True})

    four_eyes: bool | None = Field(None)


class EntryView(View):
    """One deed."""

    id: str
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    request_id: str | None


class AuditList(Listed[EntryView]):
    """What was done, newest first."""

    model_config = with_example({"items": [_ENTRY], "next_cursor": None})


class AuditQuery(PageQuery):
    """Which deeds."""

    subject: str | None = Field(
        None, max_length=100, description="Only what was done to the thing of this id."
    )


routes = Routes("organisation", "The caller's own organisation; others do not exist for it.")


def _tag(organisation: Organisation) -> str:
    return etag(int(organisation.four_eyes) + 1)


@routes.get("/organisation", scope=Scope.RUNS_READ, answers={200: OrganisationView, 304: None})
def get_organisation() -> Response:
    """Read the caller's organisation"""
    with service().store.read() as session:
        own = organisations.get(session, caller().org_id)
    return unchanged(_tag(own)) or answer(OrganisationView.model_validate(own)).response(ETag=_tag(own))


@routes.change(
    "patch",
    "/organisation",
    scope=Scope.KEYS_WRITE,
    answers={200: OrganisationView},
    problems=("stale", "if-match-required"),
)
def change_organisation(header: OnVersion, body: OrganisationPatch) -> Response:  # noqa: ARG001
    """Change how the organisation works"""
    who, expected = caller(), expected_version()
    with service().store.write() as session:
        own = organisations.get(session, who.org_id)
        if expected is not None and etag(expected) != _tag(own):
            raise Stale(own.id, int(own.four_eyes) + 1)
        if body.four_eyes is not None:
            own.four_eyes = body.four_eyes
        detail = body.model_dump(exclude_none=True)
        audit_log.record(
            session, own.id, actor=who.key_id, action="organisation.change", subject=own.id, detail=detail
        )
    return answer(OrganisationView.model_validate(own)).response(ETag=_tag(own))


@routes.get("/audit", scope=Scope.AUDIT_READ, answers={200: AuditList}, problems=("bad-cursor",))
def list_audit(query: AuditQuery) -> Response:
    """List what was done, by which key, when and why"""
    with service().store.read() as session:
        page = audit_log.listed(
            session, caller().org_id, subject=query.subject, after=query.after(), limit=query.limit
        )
    return listed(page, EntryView.model_validate)
