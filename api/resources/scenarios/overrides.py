"""Decisions about single targets, written into a scenario as its next version, and taken back."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from api.db.tables import audit_log, blobs, scenarios
from api.db.tables.scenarios import ENTRY, Scenario
from api.resources.scenarios.compose import ResolvedDraft
from api.resources.scenarios.draft import Draft, json_draft
from api.resources.scenarios.inputs import Brought
from api.resources.scenarios.service import checked, next_version, revise
from api.resources.scenarios.uploads import read_draft
from api.web.context import caller, service
from api.web.problems import HttpProblem
from scenarios import Adjustment, Finding
from scenarios.read.adjustments import is_over
from scenarios.values.rational_array import decimal_text
from scenarios.write.decisions import EditRefused, with_adjustments

_NOTHING_BROUGHT = Brought({}, {})


def decide(scenario_id: str, decided: Sequence[Adjustment], *, expected: int) -> Scenario:
    """The scenario at its next version, with the decisions; raises NotFound, Stale and HttpProblem."""
    draft = prepared(scenario_id, decided, expected=expected)
    with service().store.write() as session:
        scenario = keep(session, scenario_id, draft, decided, expected=expected)
        session.flush()
        session.expunge(scenario)
    return scenario


def prepared(scenario_id: str, decided: Sequence[Adjustment], *, expected: int) -> ResolvedDraft:
    """What the scenario says with the decisions; raises NotFound and HttpProblem."""
    return doubted(scenario_id, decided, expected=expected)[0]


def doubted(
    scenario_id: str, decided: Sequence[Adjustment], *, expected: int
) -> tuple[ResolvedDraft, Sequence[Finding]]:
    """What the scenario says with the decisions, and the doubts about it; raises NotFound and HttpProblem."""
    if over := next((each for each in decided if is_over(each, date.today())), None):
        raise HttpProblem(
            "invalid", f"The override of {over.partner} would end on {over.until}, which is over."
        )
    who = caller()
    with service().store.read() as session:
        files = scenarios.files(session, who.org_id, scenario_id, expected)
        entry = blobs.read(session, who.org_id, files[ENTRY])
    return checked(_with(entry, decided), files)


def keep(
    session: Session,
    scenario_id: str,
    draft: ResolvedDraft,
    decided: Sequence[Adjustment],
    *,
    expected: int,
) -> Scenario:
    """The scenario at its next version, with what was prepared; raises NotFound and Stale."""
    scenario = revise(session, scenario_id, draft, _NOTHING_BROUGHT, expected=expected)
    _note(session, "scenario.override", scenario_id, {"partners": [each.partner for each in decided]})
    return scenario


def _with(entry: bytes, decided: Sequence[Adjustment]) -> Draft:
    """The scenario file with the decisions: edited where it is YAML in lines, so that its comments stay."""
    text = entry.decode()
    try:
        return read_draft(with_adjustments(text, decided, name=ENTRY).encode())
    except EditRefused:
        if not text.lstrip().startswith("{"):
            raise HttpProblem("invalid", "The scenario file cannot take the override.") from None
    document = json.loads(text)
    keys = {(each.partner, each.metric, each.period) for each in decided}
    kept = [each for each in document.get("adjustments") or [] if _key(each) not in keys]
    return json_draft({**document, "adjustments": [*kept, *map(_fields, decided)]})


def _key(entry: dict[str, Any]) -> tuple[Any, Any, Any]:
    return entry.get("partner"), entry.get("metric"), entry.get("period")


def _fields(decision: Adjustment) -> dict[str, Any]:
    until = decision.until.isoformat() if decision.until else None
    fields = {
        "partner": decision.partner, "metric": decision.metric, "period": decision.period,
        "target": decimal_text(decision.target), "by": decision.by, "reason": decision.reason, "until": until,
        "approved_by": decision.approved_by,
        "approved_on": decision.approved_on.isoformat() if decision.approved_on else None,
    }  # fmt: skip
    return {name: value for name, value in fields.items() if value is not None}


def take_back(session: Session, scenario_id: str, *, expected: int) -> Scenario:
    """The scenario at a next version that says what the one before `expected` said; raises NotFound and Stale."""
    who = caller()
    if expected < 2:
        raise HttpProblem("invalid", "There is no version before the first.")
    version = (session, who.org_id, scenario_id, expected - 1)
    document, files = scenarios.document(*version), scenarios.files(*version)
    scenario = next_version(session, scenario_id, document, files, expected=expected)
    _note(session, "scenario.undo", scenario_id, {"version": expected})
    return scenario


def _note(session: Session, action: str, subject: str, detail: dict[str, Any]) -> None:
    who = caller()
    audit_log.record(session, who.org_id, actor=who.key_id, action=action, subject=subject, detail=detail)
