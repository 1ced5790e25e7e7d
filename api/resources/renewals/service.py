"""Renewing a plan: its next period as a document, and kept as a scenario; for HTTP and for pages."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from api.analysis.renew.document import RenewDocument
from api.db.tables import renewals
from api.db.tables.plans import Plan
from api.db.tables.scenarios import ENTRY, Scenario
from api.resources.actuals.service import plan_text, sources_of
from api.resources.plans.visible import visible_plan
from api.resources.renewals.schemas import RenewalIn
from api.resources.scenarios.compose import ResolvedDraft
from api.resources.scenarios.inputs import Brought, brought_by
from api.resources.scenarios.service import checked, create
from api.resources.scenarios.uploads import read_draft
from api.web.context import service


@dataclass(frozen=True)
class Renewal:
    """The next period's scenario, checked and not kept yet."""

    resolved: ResolvedDraft
    brought: Brought
    """Its partner table, which becomes a dataset."""

    def keep(self, session: Session, plan: Plan) -> Scenario:
        """The scenario, which is the plan's next period from now on; raises Taken."""
        scenario = create(session, self.resolved, self.brought)
        session.flush()
        renewals.made(session, plan, scenario.id)
        return scenario


def document_of(plan_id: str, asked: RenewalIn) -> RenewDocument:
    """The next period of a plan; raises NotFound, and HttpProblem without actuals or where it cannot be named."""
    with service().store.read() as session:
        sources = sources_of(session, visible_plan(session, plan_id))
    return RenewDocument.model_validate_json(plan_text("renew", asked.model_dump(mode="json"), sources))


def renewal_of(document: RenewDocument) -> Renewal:
    """What is kept of the document; raises HttpProblem for what the scenario cannot be read with."""
    files = {file.name: file.content.encode() for file in document.files}
    resolved, _ = checked(read_draft(files.pop(ENTRY), files=files))
    return Renewal(resolved, brought_by(resolved.draft))
