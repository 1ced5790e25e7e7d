"""Dynamics 365: one Goal per target, as the Web API takes it in at POST /goals."""

from typing import Any

from api.exports.target import Circumstances, Format, Target


def _fields(target: Target, asked: Circumstances) -> dict[str, Any]:
    """The target's field follows the metric's amount data type: money, decimal or integer."""
    told: dict[str, Any] = {
        "title": f"{asked.title}, {asked.metric}, {target.partner}"[:100],
        "goalstartdate": asked.start.isoformat(),
        "goalenddate": asked.end.isoformat(),
        "isfiscalperiodgoal": False,
        "goalownerid_team@odata.bind": f"/teams({target.partner})",
    }
    if asked.type_id:
        told["metricid@odata.bind"] = f"/metrics({asked.type_id})"
    return {**told, _target_field(target, asked): target.number}


def _target_field(target: Target, asked: Circumstances) -> str:
    if asked.currency:
        return "targetmoney"
    return "targetinteger" if isinstance(target.number, int) else "targetdecimal"


DYNAMICS = Format(
    "dynamics-365-goal", "Dynamics 365 Goal", "Microsoft Dataverse table reference, Goal", _fields
)
