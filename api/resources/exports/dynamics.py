"""Dynamics 365: one Goal per user or team, as the Web API takes it in at POST /goals."""

from typing import Any

from api.resources.exports.format import GUID, Assignee, Circumstances, Format, IdForm, Needed, Target

_GUID = IdForm("a GUID", GUID)
_ASSIGNEES = {
    "team": Assignee("goalownerid_team@odata.bind", _GUID),
    "user": Assignee("goalownerid_systemuser@odata.bind", _GUID),
}
_SETS = {"team": "teams", "user": "systemusers"}


def _fields(target: Target, asked: Circumstances) -> dict[str, Any]:
    """The target's field follows the metric's amount data type: money, decimal or integer."""
    return {
        "title": f"{asked.title}, {asked.metric}, {target.assignee}"[-100:],
        "goalstartdate": asked.start.isoformat(),
        "goalenddate": asked.end.isoformat(),
        "isfiscalperiodgoal": False,
        _ASSIGNEES[asked.assign_to].field: f"/{_SETS[asked.assign_to]}({target.assignee})",
        "metricid@odata.bind": f"/metrics({asked.type_id})",
        _target_field(target, asked): target.number,
    }


def _target_field(target: Target, asked: Circumstances) -> str:
    if asked.currency:
        return "targetmoney"
    return "targetinteger" if isinstance(target.number, int) else "targetdecimal"


DYNAMICS = Format(
    "dynamics-365-goal",
    "Dynamics 365 Goal",
    "Microsoft Dataverse table reference, Goal",
    _ASSIGNEES,
    _fields,
    needs=(Needed("type_id", "metricid", _GUID),),
)
