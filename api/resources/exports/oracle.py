"""Oracle Sales: one objective split per account, below an objective that is made there first."""

import re
from typing import Any

from api.resources.exports.format import NUMBER, Assignee, Circumstances, Format, IdForm, Needed, Target


def _fields(target: Target, asked: Circumstances) -> dict[str, Any]:
    """ActualValue is required on creation; nothing has been attained yet."""
    return {
        "ObjectiveId": int(asked.type_id or 0),
        "AccountId": int(target.assignee),
        "DisplayPeriodName": asked.period,
        "PeriodType": asked.period_type,
        "TargetValue": target.number,
        "ActualValue": 0,
    }


_NUMBER = IdForm("a number", NUMBER)
ORACLE = Format(
    "oracle-sales-objective-splits",
    "Oracle Sales objective splits",
    "Oracle, REST API for CX Sales, Objectives: required attributes; Sales Objective service, Objective Split",
    {"account": Assignee("AccountId", _NUMBER)},
    _fields,
    needs=(
        Needed("type_id", "ObjectiveId", _NUMBER),
        Needed(
            "period_type",
            "PeriodType",
            IdForm("a code of the lookup SalesObjectiveGLPeriodTypeViewAccessor", re.compile(r"\S.{0,79}")),
        ),
    ),
    whole=True,
)
