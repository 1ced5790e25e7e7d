"""Alerts: messages about partners whose state changed beyond its band, once for each change."""

import logging

from sqlalchemy.orm import Session

from api.analysis.standing.states import PartnerState, states_in
from api.db import NotFound
from api.db.column_types import now
from api.db.tables import deliveries, plans, standing_states
from api.db.tenant_scope import alone
from api.processes.pool import ANALYSE
from api.processes.work_process import TooMuch
from api.resources.actuals.service import sources_of
from api.resources.scenarios.uploads import laid_out
from api.web.context import caller, service

_LOG = logging.getLogger("cascade.alerts")


def report_changes(name: str, period: str) -> int:
    """Compare the published plan's states with those last reported, and message what changed; returns how many.

    What cannot be compared now is caught up with at the next upload, for the last states stay as they are.
    """
    org_id = caller().org_id
    try:
        with service().store.read() as session:
            plan_id = plans.published(session, org_id, name=name, period=period).id
            sources = sources_of(session, plans.get(session, org_id, plan_id))
    except NotFound:
        return 0
    with service().wait_slots.slot(org_id) as room, laid_out(sources.files) as (folder, _):
        if not room:
            _LOG.warning("states of %s are not compared: too many analyses are under way", plan_id)
            return 0
        try:
            found = service().pool.call(
                ANALYSE, org_id, states_in, folder, sources.scenarios[0], tuple(sources.actuals)
            )
        except TooMuch as fault:
            _LOG.warning("states of %s are not compared: %s", plan_id, fault)
            return 0
    with service().store.write() as session:
        return _compared(session, org_id, plan_id, found)


def _compared(session: Session, org_id: str, plan_id: str, found: tuple[PartnerState, ...]) -> int:
    """The first states are kept without a message: nothing has changed yet."""
    alone(session, org_id, "alerts", plan_id)
    last = standing_states.last_of(session, org_id, plan_id)
    new = {
        (each.partner, each.metric): each.state for each in found if (each.partner, each.metric) not in last
    }
    if found:
        standing_states.begin(session, org_id, plan_id, new, found[0].as_of.isoformat())
    changes = 0
    for each in found:
        known = last.get((each.partner, each.metric))
        if known is None or not each.changes(known.state):
            continue
        known.before, known.state = known.state, each.state
        known.as_of, known.changed_at = each.as_of.isoformat(), now()
        data = {
            "plan": plan_id, "partner": each.partner, "metric": each.metric, "from": known.before,
            "to": known.state, "as_of": known.as_of,
        }  # fmt: skip
        deliveries.enqueue(session, org_id, "standing.changed", data)
        changes += 1
    return changes
