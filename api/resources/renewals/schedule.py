"""By when the next period of plans is prepared: set for all plans of a name, and seen at one of them."""

from datetime import date

from sqlalchemy.orm import Session

from api.db.errors import WrongStage
from api.db.scopes import Scope
from api.db.tables import audit_log, plans, renewals, runs, scenarios
from api.db.tables.plans import Plan, Stage
from api.db.tables.renewals import Renewal, RenewalSchedule, RenewalState, due_on
from api.processes.checks import inspect_last_day
from api.resources.renewals.schemas import RenewalScheduleIn, RenewalScheduleView
from api.resources.scenarios.uploads import laid_out
from api.web.context import caller, service
from api.web.offload import read_within_limits
from api.web.problems import HttpProblem


def view_of(session: Session, plan: Plan) -> RenewalScheduleView:
    """The schedule of a plan, and how far its next period is."""
    schedule, found = renewals.schedule_of(session, plan), renewals.of_plan(session, plan)
    day = found.last_day if found else None
    if schedule is not None and day is not None and day < schedule.since:
        schedule = None
    state = found.state if found else RenewalState.WAITING
    if schedule is None and state is not RenewalState.PREPARED:
        return RenewalScheduleView()
    return RenewalScheduleView(
        days_before=schedule.days_before if schedule else None,
        last_day=date.fromisoformat(day) if day else None,
        due_on=due_on(schedule, found) if schedule else None,
        state=state,
        scenario=found.scenario_id if found else None,
        run=found.run_id if found else None,
        problem=found.problem if found else None,
    )


def set_schedule(plan_id: str, asked: RenewalScheduleIn) -> RenewalScheduleView:
    """The schedule of the plan and of all that follow under its name.

    Raises NotFound, WrongStage, and HttpProblem for a key that may not solve, and for a plan without a calendar.
    """
    who = caller()
    if not who.may(Scope.RUNS_WRITE):  # what is prepared is solved, too
        raise HttpProblem("forbidden", f"The key lacks the scope {Scope.RUNS_WRITE}.")
    with service().store.read() as session:
        plan = plans.get(session, who.org_id, plan_id)
    if plan.stage != Stage.PUBLISHED:
        raise WrongStage(f"{plan_id} is {plan.stage}; the plan that holds is the one that is renewed.")
    day = last_day_of(plan)
    if day is None:
        message = "The plan's scenario has no calendar, so no day is known on which its period ends: add one."
        raise HttpProblem("invalid", message)
    with service().store.write() as session:
        schedule = renewals.put_schedule(
            session, plan, days_before=asked.days_before, since=day, set_by=who.key_id
        )
        note_last_day(session, plan, day)
        _record(session, plan, "renewal.schedule", schedule)
        session.flush()
        return view_of(session, plan)


def end_schedule(plan_id: str) -> None:
    """Prepare nothing any more for plans of this one's name; raises NotFound."""
    with service().store.write() as session:
        plan = plans.get(session, caller().org_id, plan_id)
        schedule = renewals.schedule_of(session, plan)
        if schedule is not None:
            _record(session, plan, "renewal.unschedule", schedule)
            session.delete(schedule)


def note_last_day(session: Session, plan: Plan, day: date | None) -> Renewal:
    """Keep on which day the plan's period ends; what did not come of a version before counts no more."""
    found = renewals.begin(session, plan)
    if found.scenario_id is None:
        found.plan_id, found.last_day = plan.id, day.isoformat() if day else None
        found.problem, found.actuals_id = None, None
    return found


def last_day_of(plan: Plan) -> date | None:
    """The last day of a plan's period by its calendar; None without one. Raises HttpProblem where too many read."""
    with service().store.read() as session:
        run = runs.get(session, plan.org_id, plan.run_id)
        files = scenarios.contents(session, plan.org_id, *run.solved)
    with laid_out(files) as (folder, heaviness):
        return read_within_limits(heaviness, inspect_last_day, folder)


def _record(session: Session, plan: Plan, action: str, schedule: RenewalSchedule) -> None:
    detail = {"name": plan.name, "days_before": schedule.days_before}
    audit_log.record(
        session, plan.org_id, actor=caller().key_id, action=action, subject=plan.id, detail=detail
    )
