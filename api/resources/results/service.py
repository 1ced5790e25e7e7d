"""Reading results: a run's answer, or a plain word why there is none; one way for runs and for plans."""

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from api.db import NotFound
from api.db.tables import results, runs
from api.db.tables.results import PartnerRows
from api.web.problems import HttpProblem

T = TypeVar("T")


def of_run(session: Session, org_id: str, run_id: str, read: Callable[[], T]) -> T:
    """What `read` finds; raises NotFound for a missing run, HttpProblem 409 for one without a result."""
    try:
        return read()
    except NotFound as missing:
        if missing.kind != "result":
            raise
        raise _without(session, org_id, run_id) from None


def _without(session: Session, org_id: str, run_id: str) -> HttpProblem:
    run = runs.get_any(session, org_id, run_id)
    return HttpProblem("no-result", f"{run_id} is {run.state} and has no allocation.")


def allocated(session: Session, org_id: str, run_id: str) -> int:
    """How many rows the run's allocation has; raises NotFound, and HttpProblem 409 for a run without one."""
    return tabled(session, org_id, run_id, "allocation")


def tabled(session: Session, org_id: str, run_id: str, name: str) -> int:
    """How many rows the table of the run has; raises NotFound, and HttpProblem 409 for a run without it."""
    known = of_run(session, org_id, run_id, lambda: results.get(session, org_id, run_id))
    if name in known.columns:
        return int(known.rows[name])
    if "allocation" in known.columns:
        raise HttpProblem("no-result", f"The scenario of {run_id} has no {name}.")
    raise _without(session, org_id, run_id)


def partner_of(session: Session, org_id: str, run_id: str, partner: str) -> PartnerRows:
    """The partner's rows; raises NotFound, and HttpProblem 409 for a run without an allocation."""
    try:
        return of_run(session, org_id, run_id, lambda: results.partner(session, org_id, run_id, partner))
    except NotFound:
        allocated(session, org_id, run_id)
        raise


def partner_name(session: Session, org_id: str, run_id: str, partner: str) -> str:
    """What the partner is called in the run; empty where nothing says it."""
    rows = partner_of(session, org_id, run_id, partner).allocation
    return rows[0].get("name", "") if rows else ""


def document(session: Session, org_id: str, run_id: str) -> dict[str, Any]:
    """The run's result.json; raises NotFound and HttpProblem 409."""
    return of_run(session, org_id, run_id, lambda: results.document(session, org_id, run_id))
