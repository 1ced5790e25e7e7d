"""What all pages of one run share: the run, its title, and what it came to."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from flask import request
from sqlalchemy.orm import Session

from api.db import NotFound
from api.db.tables import results, runs, scenarios
from api.db.tables.runs import Run, State
from api.pages.page import Data
from api.resources.results.service import document
from api.resources.runs.schemas import RunView
from api.web.context import caller
from api.web.problems import HttpProblem


def run_view(session: Session, run_id: str) -> tuple[Run, Data]:
    """The run, and what its pages show of it; `tables` are those it has."""
    run = runs.get(session, caller().org_id, run_id)
    tables: list[str] = []
    with suppress(NotFound):
        tables = list(results.get(session, run.org_id, run_id).columns)
    return run, {**RunView.model_validate(run).model_dump(mode="json"), "tables": tables}


def head(session: Session, run_id: str) -> tuple[Run, Data]:
    """The run, and what the head of its pages needs."""
    run, view = run_view(session, run_id)
    return run, {"run": view, "title": title_of(session, run)}


def title_of(session: Session, run: Run) -> str:
    """What people call the scenario of the run."""
    found = scenarios.document(session, run.org_id, *run.solved)
    return str(found.get("title") or found.get("scenario") or "")


def titles(session: Session, found: Iterable[Run]) -> dict[str, str]:
    """Run to title."""
    return {run.id: title_of(session, run) for run in found}


def answer(session: Session, run: Run) -> Data:
    """What the run answered; empty while or where it has not."""
    if run.state not in (State.SUCCEEDED, State.INFEASIBLE):
        return {}
    return dict(document(session, run.org_id, run.id))


def page_number() -> int:
    """The page that is asked for; raises HttpProblem for what is none."""
    given = request.args.get("page", "1")
    if not (given.isascii() and given.isdigit()) or not 0 < int(given[:9]) < 10**7:
        raise HttpProblem("bad-request", "There is no such page.")
    return int(given)


def address(**changed: Any) -> str:
    """This page's address with some parameters changed; None takes one away."""
    kept: dict[str, Any] = {**request.args.to_dict(flat=True), **changed}
    query = urlencode({name: value for name, value in kept.items() if value not in (None, "")})
    return f"{request.path}?{query}" if query else request.path
