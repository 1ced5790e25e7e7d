"""What managers above the partners are assigned, where the scenario has a cascade of its own."""

from api.db.tables import results
from api.pages.page import Data, page
from api.pages.run_page import head, page_number
from api.resources.results.service import tabled
from api.web.context import service

_ROWS = 50


@page("/runs/<run_id>/levels", "levels.html")
def managers(run_id: str) -> Data:
    """What managers above the partners are assigned, page by page"""
    number = page_number()
    with service().store.read() as session:
        run, data = head(session, run_id)
        total = tabled(session, run.org_id, run_id, "levels")
        rows = results.rows(session, run.org_id, run_id, "levels", start=(number - 1) * _ROWS, limit=_ROWS)
        columns = results.get(session, run.org_id, run_id).columns["levels"]
    return {
        **data,
        "rows": list(rows),
        "page": number,
        "pages": max(1, -(-total // _ROWS)),
        "total": total,
        "phased": "period" in columns,
    }
