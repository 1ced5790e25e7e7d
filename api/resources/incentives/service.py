"""What a plan would pay, by all actuals about it; for HTTP and for pages."""

from api.resources.actuals.service import plan_sources, plan_text
from api.resources.incentives.schemas import IncentivesQuery
from api.resources.plans.visible import visible_plan
from api.web.context import service


def incentives_text(plan_id: str, query: IncentivesQuery) -> str:
    """The document as text; raises NotFound, and HttpProblem where there is none."""
    with service().store.read() as session:
        sources = plan_sources(session, visible_plan(session, plan_id))
    return plan_text("incentives", query.asked(), sources)
