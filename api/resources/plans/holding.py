"""The plan that holds now."""

from sqlalchemy.orm import Session

from api.db import NotFound
from api.db.tables import plans
from api.db.tables.plans import Plan
from api.web.problems import invalid_value


def holding(session: Session, org_id: str, name: str, period: str | None) -> Plan:
    """The plan that holds for the period, or for the only one there is.

    Raises NotFound, and HttpProblem 422 where several periods have a plan and none is named.
    """
    if period is None:
        known = plans.periods(session, org_id, name)
        if not known:
            raise NotFound("published plan", name)
        if len(known) > 1:
            raise invalid_value("/period", f"There is a plan for each of {', '.join(known)}; name one.")
        period = known[0]
    return plans.published(session, org_id, name=name, period=period)
