"""Incentives: what a plan would pay at target, at forecast and in expectation."""

from flask import Response

from api.analysis.incentives.document import IncentivesDocument
from api.analysis.incentives.tables import incentives_sheet, partners_sheet
from api.db.scopes import Scope
from api.output.sheets import Sheet
from api.resources.actuals.as_wanted import as_wanted
from api.resources.incentives.schemas import IncentivesQuery, IncentivesView
from api.resources.incentives.service import incentives_text
from api.resources.plans.schemas import PlanPath
from api.web.attachments import CSV
from api.web.request import JSON
from api.web.routing import Routes

routes = Routes("incentives", "What plans would pay; nothing is paid.")


@routes.get(
    "/plans/<plan_id>/incentives",
    scope=Scope.RUNS_READ,
    answers={200: IncentivesView},
    problems=("findings", "no-result", "invalid", "too-long"),
    offers=(JSON, CSV),
)
def get_incentives(path: PlanPath, query: IncentivesQuery) -> Response:
    """Say what a plan would pay by what was uploaded about it

    At target, at forecast and in expectation, beside the budget, by incentive and group, with `to=partner` for each
    partner: the document that `cascade incentives` prints with --json, or a table of it as CSV.
    """
    text = incentives_text(path.plan_id, query)

    def table() -> Sheet:
        document = IncentivesDocument.model_validate_json(text)
        return partners_sheet(document) if document.partner_prices else incentives_sheet(document)

    return as_wanted(text, table, f"{path.plan_id}-incentives.csv")
