"""Renewals: the next period's scenario, made from a plan and what was done."""

from flask import Response
from sqlalchemy.orm import Session

from api.db.scopes import Scope
from api.resources.plans.schemas import PlanPath
from api.resources.renewals.schemas import RenewalIn, RenewalView
from api.resources.renewals.service import document_of, renewal_of
from api.resources.scenarios.schemas import ScenarioItem
from api.web.idempotency import once
from api.web.responses import Answer, answer
from api.web.routing import PREFIX, Routes
from api.web.schemas import Once

routes = Routes("renewals", "The next period, from this one's plan and what was done.")


@routes.post(
    "/plans/<plan_id>/renewals",
    scope=Scope.INPUTS_WRITE,
    answers={201: RenewalView},
    problems=("findings", "name-taken", "no-actuals", "no-result", "too-long"),
)
def create_renewal(path: PlanPath, header: Once, body: RenewalIn) -> Response:  # noqa: ARG001
    """Prepare the next period of a plan

    A variant of the plan's scenario, over its partner table with the targets and the actuals of this period in new
    columns: baselines, ratchets and personal bests read them. What the document lists under `stated` and `unchanged`
    is for people to decide before it is solved.
    """
    document = document_of(path.plan_id, body)
    renewal = renewal_of(document)

    def effect(session: Session) -> Answer:
        scenario = renewal.keep(session)
        session.flush()
        view = RenewalView(scenario=ScenarioItem.model_validate(scenario), renewal=document)
        return answer(view, 201, {"Location": f"{PREFIX}/scenarios/{scenario.id}"})

    return once(effect)
