"""The objectives of a plan by its actuals and check-ins; for HTTP and for pages."""

from datetime import date

from sqlalchemy.orm import Session

from api.analysis.objectives.document import ObjectivesDocument
from api.db.ids import new_id
from api.db.tables.check_ins import CheckIn
from api.resources.actuals.service import plan_sources, plan_text
from api.resources.analyses.sources import Sources
from api.resources.objectives.kept import check_ins_of
from api.resources.objectives.schemas import CheckInIn, CheckInView, ObjectivesQuery
from api.resources.plans.visible import visible_plan
from api.web.context import caller, service
from api.web.problems import invalid_value
from scenarios import did_you_mean


def objectives_text(plan_id: str, query: ObjectivesQuery) -> str:
    """The document as text; raises NotFound, and HttpProblem where there is none."""
    with service().store.read() as session:
        plan = visible_plan(session, plan_id)
        sources, kept = plan_sources(session, plan), check_ins_of(session, plan)
    return plan_text("objectives", query.asked(kept), sources)


def check_stated(plan_id: str, body: CheckInIn) -> None:
    """Raises HttpProblem for a key result that the plan does not have, or that its actuals score; NotFound."""
    with service().store.read() as session:
        sources = plan_sources(session, visible_plan(session, plan_id))
    document = _document(sources)
    own = [
        each.name
        for objective in document.objectives
        if objective.name == body.objective
        for each in objective.key_results
        if each.of is None
    ]
    if body.key_result not in own:
        near = did_you_mean(body.key_result, own)
        message = f"No key result {body.key_result!r} of {body.objective!r} states its own numbers.{near}"
        raise invalid_value("/key_result", message)


def _document(sources: Sources) -> ObjectivesDocument:
    text = plan_text("objectives", ObjectivesQuery(to="company").asked([]), sources)
    return ObjectivesDocument.model_validate_json(text)


def keep(session: Session, plan_id: str, body: CheckInIn) -> CheckIn:
    """The check-in, kept; raises NotFound."""
    who, plan = caller(), visible_plan(session, plan_id)
    made = CheckIn(
        id=new_id("chk"),
        org_id=who.org_id,
        plan=plan.name,
        period=plan.period,
        objective=body.objective,
        key_result=body.key_result,
        day=body.on.isoformat(),
        now=f"{body.now:f}",
        made_by=body.by,
        note=body.note,
        created_by=who.key_id,
    )
    session.add(made)
    session.flush()
    return made


def view_of(each: CheckIn) -> CheckInView:
    """A check-in as it is answered."""
    return CheckInView(
        id=each.id,
        objective=each.objective,
        key_result=each.key_result,
        on=date.fromisoformat(each.day),
        now=each.now,
        by=each.made_by,
        note=each.note,
        created_by=each.created_by,
        created_at=each.created_at,
    )
