"""HubSpot: one goal_targets object per owner or team, as the batch create endpoint takes them in."""

import uuid
from datetime import UTC, date, datetime, time
from typing import Any

from api.resources.exports.format import NUMBER, Assignee, Circumstances, Format, IdForm, Target

_FAMILY = uuid.uuid5(uuid.NAMESPACE_DNS, "goal-cascade")
_ASSIGNEES = {
    "owner": Assignee("hubspot_owner_id", IdForm("an owner id, a number", NUMBER)),
    "team": Assignee("hs_assignee_team_id", IdForm("a team id, a number", NUMBER)),
}


def _fields(target: Target, asked: Circumstances) -> dict[str, Any]:
    """All targets of a metric share hs_group_correlation_uuid, and so show as one goal."""
    family = uuid.uuid5(_FAMILY, f"{asked.source} {asked.metric}")
    return {
        "hs_goal_name": f"{asked.title}, {asked.metric}",
        "hs_target_amount": format(target.amount, "f"),
        "hs_start_datetime": _moment(asked.start, time.min),
        "hs_end_datetime": _moment(asked.end, time(23, 59, 59, 999_000)),
        "hs_group_correlation_uuid": str(family),
        _ASSIGNEES[asked.assign_to].field: target.assignee,
    }


def _moment(day: date, at: time) -> str:
    moment = datetime.combine(day, at, UTC).isoformat(timespec="milliseconds")
    return moment.replace("+00:00", "Z")


def _record(fields: dict[str, Any]) -> dict[str, Any]:
    return {"properties": fields, "associations": []}


HUBSPOT = Format(
    "hubspot-goal-targets",
    "HubSpot goal_targets",
    "HubSpot CRM API, goals, version 2026-03",
    _ASSIGNEES,
    _fields,
    _record,
)
