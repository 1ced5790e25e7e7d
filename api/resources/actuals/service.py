"""The standing and the forecast of a plan by all actuals about it; for HTTP and for pages."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from api.db.tables import actuals, results, runs, scenarios
from api.db.tables.plans import Plan
from api.output.record import TARGETS
from api.processes.work_process import TooMuch
from api.resources.actuals.schemas import ForecastQuery, StandingQuery
from api.resources.analyses.service import document_text
from api.resources.analyses.sources import Sources
from api.resources.objectives.kept import check_ins_of
from api.resources.plans.visible import visible_plan
from api.resources.results.service import allocated
from api.web.context import service
from api.web.problems import HttpProblem


def standing_text(plan_id: str, query: StandingQuery) -> str:
    """The document as text; raises NotFound, and HttpProblem where there is none."""
    with service().store.read() as session:
        plan = visible_plan(session, plan_id)
        sources, kept = sources_of(session, plan), check_ins_of(session, plan)
    check_ins = [each.model_dump(mode="json") for each in kept]
    return plan_text("standing", {**query.request(), "check_ins": check_ins}, sources)


def forecast_text(plan_id: str, query: ForecastQuery) -> str:
    """The document as text; raises NotFound, and HttpProblem where there is none."""
    return _text("forecast", plan_id, query)


def _text(analysis: str, plan_id: str, query: ForecastQuery) -> str:
    with service().store.read() as session:
        sources = sources_of(session, visible_plan(session, plan_id))
    return plan_text(analysis, query.request(), sources)


def plan_text(analysis: str, request: Mapping[str, object], sources: Sources) -> str:
    """The document of an analysis of a plan as text; raises HttpProblem where there is none."""
    try:
        return document_text(sources.question(analysis, request), sources)
    except TooMuch as fault:
        raise HttpProblem("too-long", str(fault)) from None


def sources_of(session: Session, plan: Plan) -> Sources:
    """The plan's scenario and targets, and all actuals about it, oldest first; raises HttpProblem without any."""
    sources = plan_sources(session, plan)
    if not sources.actuals:
        raise HttpProblem("no-actuals", f"No actuals of {plan.name}, {plan.period} were uploaded.")
    return sources


def plan_sources(session: Session, plan: Plan) -> Sources:
    """The plan's scenario and targets, and the actuals about it, if any, oldest first."""
    uploads = actuals.all_of(session, plan.org_id, plan.name, plan.period)
    allocated(session, plan.org_id, plan.run_id)
    run = runs.get(session, plan.org_id, plan.run_id)
    assert run.scenario_id is not None, "a plan is made of a run of a scenario"
    assert run.scenario_version is not None, "a plan is made of a run of a scenario"
    files = scenarios.contents(session, plan.org_id, run.scenario_id, run.scenario_version)
    files = {f"plan/{name}": content for name, content in files.items()}
    files[f"plan/{TARGETS}"] = b"".join(results.table_csv(session, plan.org_id, plan.run_id, "allocation"))
    named = {f"{each.id}.{each.format}": each for each in uploads}
    for name, each in named.items():
        files[name] = actuals.content(session, plan.org_id, each.id)
    return Sources(files, scenarios=["plan"], actuals=list(named))
