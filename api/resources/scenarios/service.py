"""Checking a scenario, keeping it, and revising it; for HTTP and for pages."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from api.db.tables import scenarios
from api.db.tables.scenarios import Scenario
from api.resources.scenarios.compose import ResolvedDraft, compose, contents
from api.resources.scenarios.draft import Draft
from api.resources.scenarios.inputs import Brought, enter
from api.resources.scenarios.uploads import doubts_of
from api.web.context import caller, service
from api.web.problems import invalid_value
from scenarios import Finding


def checked(draft: Draft, beside: Mapping[str, str] | None = None) -> tuple[ResolvedDraft, Sequence[Finding]]:
    """The folder of the scenario and the doubts about it; raises HttpProblem for mistakes.

    `beside` are files of the version before, path to hash, that it may go on naming.
    """
    org_id = caller().org_id
    with service().store.read() as session:
        resolved = compose(session, org_id, draft, beside)
        files = contents(session, org_id, resolved)
    return resolved, doubts_of(files, draft)


def create(session: Session, resolved: ResolvedDraft, brought: Brought) -> Scenario:
    """The scenario, kept with the inputs it brought along; raises Taken."""
    who = caller()
    enter(session, who.org_id, resolved.draft, brought, created_by=who.key_id)
    return scenarios.create(
        session,
        who.org_id,
        name=resolved.name,
        title=resolved.title,
        document=dict(resolved.draft.document),
        files=resolved.keep(session, who.org_id),
        created_by=who.key_id,
    )


def revise(
    session: Session, scenario_id: str, resolved: ResolvedDraft, brought: Brought, *, expected: int | None
) -> Scenario:
    """The scenario at its next version; raises NotFound, Stale, and HttpProblem for another name."""
    who = caller()
    known = scenarios.get(session, who.org_id, scenario_id)
    if known.name != resolved.name:
        raise invalid_value("/scenario", f"The name stays {known.name!r}.")
    enter(session, who.org_id, resolved.draft, brought, created_by=who.key_id)
    return scenarios.revise(
        session,
        who.org_id,
        scenario_id,
        expected=expected,
        title=resolved.title,
        document=dict(resolved.draft.document),
        files=resolved.keep(session, who.org_id),
        revised_by=who.key_id,
    )


def next_version(
    session: Session,
    scenario_id: str,
    document: Mapping[str, Any],
    files: Mapping[str, str],
    *,
    expected: int,
) -> Scenario:
    """The scenario at its next version, with the document and files (path: SHA-256); raises NotFound and Stale."""
    who = caller()
    return scenarios.revise(
        session,
        who.org_id,
        scenario_id,
        expected=expected,
        title=str(document.get("title") or document["scenario"]),
        document=dict(document),
        files=dict(files),
        revised_by=who.key_id,
    )
