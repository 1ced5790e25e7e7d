"""The page of a plan's incentives: what it would pay beside its budget, by incentive, group and partner."""

from flask import request
from pydantic import ValidationError

from api.analysis.incentives.document import IncentivesDocument
from api.db.tables import plans
from api.pages.page import Data, page
from api.pages.run_page import page_number
from api.resources.incentives.schemas import IncentivesQuery
from api.resources.incentives.service import incentives_text
from api.resources.plans.schemas import PlanView
from api.web.context import caller, service
from api.web.problems import HttpProblem

ROWS = 100
"""Partners on one page."""


@page("/plans/<plan_id>/incentives", "incentives.html")
def incentives_of_plan(plan_id: str) -> Data:
    """What a plan would pay"""
    with service().store.read() as session:
        plan = plans.get(session, caller().org_id, plan_id)
    view = PlanView.model_validate(plan).model_dump(mode="json")
    asked = {name: request.args[name] for name in ("as_of", "done", "by", "to") if request.args.get(name)}
    try:
        text = incentives_text(plan_id, IncentivesQuery(**asked))
    except HttpProblem as problem:
        return {"plan": view, "asked": asked, "refused": problem.detail, "document": None}
    except ValidationError:
        raise HttpProblem("bad-request", "There is no such day or column.") from None
    document = IncentivesDocument.model_validate_json(text).data()
    listed, number = document["partner_prices"], page_number()
    return {
        "plan": view,
        "asked": asked,
        "refused": None,
        "document": {**document, "partner_prices": listed[(number - 1) * ROWS : number * ROWS]},
        "all": len(listed),
        "page": number,
        "pages": max(1, -(-len(listed) // ROWS)),
    }
