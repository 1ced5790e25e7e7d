"""Oracle Sales: one objective split per target, below an objective that is made there first."""

from typing import Any

from api.exports.target import Circumstances, Format, Target


def _fields(target: Target, asked: Circumstances) -> dict[str, Any]:
    """ActualValue is required on creation; nothing has been attained yet."""
    told: dict[str, Any] = {
        "AccountId": int(target.partner) if target.partner.isdecimal() else target.partner,
        "DisplayPeriodName": asked.period,
        "PeriodType": asked.period_type,
        "TargetValue": target.number,
        "ActualValue": 0,
    }
    return {**told, "ObjectiveId": asked.type_id} if asked.type_id else told


ORACLE = Format(
    "oracle-sales-objective-splits",
    "Oracle Sales objective splits",
    "Oracle Sales REST API, Sales Objectives, Objective Splits",
    _fields,
)
