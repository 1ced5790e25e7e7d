"""Preparing the next period of a plan whose day has come, once."""

import logging
from datetime import date

from flask import Flask, g

from api.db import StoreError
from api.db.errors import QueueFull, StateConflict
from api.db.scopes import ROLES, Caller, Role
from api.db.tables import actuals, deliveries, renewals
from api.db.tables.renewals import Scheduled, due_on
from api.resources.renewals.schedule import last_day_of, note_last_day
from api.resources.renewals.schemas import RenewalIn
from api.resources.renewals.service import Renewal, document_of, renewal_of
from api.resources.runs.schemas import RunOptions
from api.resources.runs.service import submit
from api.web.context import Service
from api.web.problems import HttpProblem

_log = logging.getLogger("cascade.renewals")
_LATER = (429, 503)
"""Statuses of what passes by itself."""


class Preparer:
    """Makes next periods by what an application has, in the name of who scheduled them."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._service: Service = app.extensions["cascade"]
        self._store = self._service.store
        self._closed = False

    def close(self) -> None:
        """What fails from now on is no fault of the plan's."""
        self._closed = True
        self._service.close()

    def prepare(self, each: Scheduled, today: date) -> bool:
        """Make the plan's next period if it is due; False where it is not, or cannot be. Raises StoreError."""
        with self._app.app_context():
            g.caller = _who_scheduled(each)
            try:
                newest = self._due_with(each, today)
                return newest is not None and self._prepared(each, newest)
            except StoreError:
                raise
            except (HttpProblem, QueueFull) as fault:  # it passes by itself
                _log.warning("a renewal waits", extra={"plan": each.plan.id, "fault": str(fault)})
            except Exception:  # noqa: BLE001 - recorded; other plans go on
                _log.exception("fault of a renewal", extra={"plan": each.plan.id})
        return False

    def _due_with(self, each: Scheduled, today: date) -> str | None:
        """The newest actuals, if the day has come and it was not tried with them yet."""
        plan, renewal = each.plan, each.renewal
        if renewal is None or renewal.plan_id != plan.id:
            day = last_day_of(plan)
            with self._store.write() as session:
                renewal = note_last_day(session, plan, day)
        day = due_on(each.schedule, renewal)
        if day is None or day > today:
            return None
        with self._store.read() as session:
            newest = actuals.newest_of(session, plan.org_id, plan.name, plan.period)
        return None if newest is None or newest.id == renewal.actuals_id else newest.id

    def _prepared(self, each: Scheduled, newest: str) -> bool:
        """Make the next period, or keep why it cannot be made."""
        try:
            document = document_of(each.plan.id, RenewalIn())
            return self._keep(each, renewal_of(document), document.period)
        except (HttpProblem, StateConflict) as problem:
            if self._closed or getattr(problem, "status", None) in _LATER:
                raise
            self._keep_problem(each, newest, _text(problem))
        return False

    def _keep(self, each: Scheduled, renewal: Renewal, period: str) -> bool:
        """Solve it and send the message, in one transaction; False if another did meanwhile, or it is not to be."""
        plan = each.plan
        with self._store.write() as session:
            done = renewals.begin(session, plan).scenario_id is not None
            if done or renewals.schedule_of(session, plan) is None:
                return False
            scenario = renewal.keep(session, plan)
            run = submit(session, scenario.id, RunOptions())
            renewals.made(session, plan, scenario.id, run.id)
            data = {"scenario": scenario.id, "run": run.id, "next_period": period}
            deliveries.enqueue(session, plan.org_id, "renewal.prepared", {**_data(each), **data})
        _log.info("a renewal is prepared", extra={"plan": plan.id, "scenario": scenario.id})
        return True

    def _keep_problem(self, each: Scheduled, newest: str, problem: str) -> None:
        """Keep it and send the message: it is tried again with newer actuals, or another version of the plan."""
        with self._store.write() as session:
            found = renewals.begin(session, each.plan)
            if found.scenario_id is None:
                found.plan_id, found.problem, found.actuals_id = each.plan.id, problem, newest
                data = {**_data(each), "problem": problem}
                deliveries.enqueue(session, each.plan.org_id, "renewal.failed", data)


def _text(problem: HttpProblem | StateConflict) -> str:
    """The problem in a line, with the first finding."""
    findings = problem.findings if isinstance(problem, HttpProblem) else ()
    return f"{problem} {findings[0]['message']}" if findings else str(problem)


def _data(each: Scheduled) -> dict[str, str]:
    return {"plan": each.plan.id, "name": each.plan.name, "period": each.plan.period}


def _who_scheduled(each: Scheduled) -> Caller:
    """Who set the schedule, as a planner."""
    who = each.schedule.set_by
    return Caller(
        who, each.plan.org_id, who, Role.PLANNER, ROLES[Role.PLANNER], machine=True, last_used_at=None
    )
