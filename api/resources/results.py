"""Reading results: a run's answer, or a plain word why there is none; one way for runs and for plans."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.orm import Session

from api.problems import Problem
from api.store import NotFound, results, runs

T = TypeVar("T")


def of_run(session: Session, org_id: str, run_id: str, read: Callable[[], T]) -> T:
    """What `read` finds; raises NotFound for a run that is not there, Problem 409 for one without a result."""
    try:
        return read()
    except NotFound as missing:
        if missing.kind != "result":
            raise
        run = runs.get(session, org_id, run_id)
        raise Problem("no-result", f"{run_id} is {run.state} and has no allocation.") from None


def document(session: Session, org_id: str, run_id: str) -> dict[str, object]:
    """The run's result.json; raises NotFound and Problem 409."""
    return of_run(session, org_id, run_id, lambda: results.document(session, org_id, run_id))
