"""What managers above the partners are assigned, where the scenario has a cascade of its own."""

from collections.abc import Mapping

from flask import request
from sqlalchemy.orm import Session

from api.db.tables import results
from api.db.tables.runs import Run
from api.pages.page import Data, page
from api.pages.run_page import head, page_number
from api.resources.results.service import tabled
from api.web.context import service
from api.web.problems import HttpProblem

_ROWS = 50


@page("/runs/<run_id>/levels", "levels.html")
def managers(run_id: str) -> Data:
    """What managers above the partners are assigned, of the whole or of a part such as a quarter, page by page"""
    number, asked = page_number(), request.args.get("period", "")
    with service().store.read() as session:
        run, data = head(session, run_id)
        rows, periods = _rows(session, run)
    if asked and asked not in periods:
        raise HttpProblem("not-found", "The run has no such part of its period.")
    found = [row for row in rows if row.get("period", "") == asked]
    return {
        **data,
        "rows": found[(number - 1) * _ROWS : number * _ROWS],
        "page": number,
        "pages": max(1, -(-len(found) // _ROWS)),
        "total": len(found),
        "periods": periods,
        "period": asked,
    }


def _rows(session: Session, run: Run) -> tuple[list[Mapping[str, str]], list[str]]:
    """Every row of the table of levels, and the parts of the period that they name."""
    total = tabled(session, run.org_id, run.id, "levels")
    rows: list[Mapping[str, str]] = list(
        results.rows(session, run.org_id, run.id, "levels", start=0, limit=total)
    )
    return rows, [period for period in dict.fromkeys(row.get("period", "") for row in rows) if period]
