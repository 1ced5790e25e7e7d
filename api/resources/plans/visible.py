"""Which plans the caller may see."""

from sqlalchemy.orm import Session

from api.db import NotFound
from api.db.scopes import Scope
from api.db.tables import plans
from api.db.tables.plans import Plan, Stage
from api.web.context import caller


def visible_plan(session: Session, plan_id: str) -> Plan:
    """The plan, if the caller may see it: PRM keys see what is or was published. Raises NotFound."""
    plan = plans.get(session, caller().org_id, plan_id)
    if plan.stage not in (Stage.PUBLISHED, Stage.SUPERSEDED) and not caller().may(Scope.RUNS_READ):
        raise NotFound("plan", plan_id)
    return plan
