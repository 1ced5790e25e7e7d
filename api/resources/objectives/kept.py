"""The check-ins that are kept of a plan's period."""

from datetime import date

from sqlalchemy.orm import Session

from api.analysis.objectives.check_in import CheckInRequest
from api.db.tables import check_ins
from api.db.tables.plans import Plan


def check_ins_of(session: Session, plan: Plan) -> list[CheckInRequest]:
    """The check-ins of the plan's period, oldest first."""
    return [
        CheckInRequest(
            objective=each.objective,
            key_result=each.key_result,
            on=date.fromisoformat(each.day),
            now=each.now,
            by=each.made_by,
            note=each.note,
        )
        for each in check_ins.all_of(session, plan.org_id, plan.name, plan.period)
    ]
