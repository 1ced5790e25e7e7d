"""Submitting a scenario to be solved, within the limits of the server; for HTTP and for pages."""

from sqlalchemy.orm import Session

from api.db import run_submission
from api.db.tables.runs import Run
from api.resources.runs.schemas import RunOptions
from api.web.context import caller, service


def submit(session: Session, scenario_id: str, options: RunOptions, *, priority: int = 0) -> Run:
    """A run of the scenario's newest version; raises NotFound and QueueFull."""
    limits, who = service().config.limits, caller()
    effective = {
        "time_limit_s": min(options.time_limit_s or limits.time_limit_s, limits.time_limit_s),
        "memory_limit_mb": min(options.memory_limit_mb or limits.memory_limit_mb, limits.memory_limit_mb),
    }
    return run_submission.submit(
        session,
        who.org_id,
        scenario_id,
        options=effective,
        submitted_by=who.key_id,
        priority=priority,
        policy=service().config.policy,
    )
