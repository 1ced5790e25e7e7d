"""The cascade: from the company down to each partner, one group after the other."""

from flask import request

from api.pages.page import Data, page
from api.pages.run_page import head
from api.pages.targets import query_of
from api.resources.results.targets_query import grouped, records, selected, totals
from api.resources.results.targets_table import targets_table
from api.web.context import service

_LEVELS = ("region", "tier")
"""The way down where the scenario names none."""
_PARTNERS = 100


@page("/runs/<run_id>/cascade", "cascade.html")
def cascade(run_id: str) -> Data:
    """The company's target, its regions, their tiers, their partners"""
    with service().store.read() as session:
        _, data = head(session, run_id)
    table = targets_table(run_id)
    query = query_of(table)
    way = [level for level in request.args.get("by", "").split(",") if level in table.groups]
    way = way or [level for level in _LEVELS if level in table.groups] or list(table.groups[:2])
    rows = selected(table, query)
    below = next((level for level in way if level not in query.where), None)
    partners = None if below else records(rows.sort_values("target", ascending=False).head(_PARTNERS))
    return {
        **data,
        "metrics": list(table.metrics),
        "unit": table.units[query.metric],
        "missing": table.missing.get(query.metric, "zero"),
        "query": {**vars(query), "where": dict(query.where)},
        "way": way,
        "levels": list(table.groups),
        "path": [(level, query.where[level]) for level in way if level in query.where],
        "below": below,
        "groups": grouped(rows, below) if below else [],
        "partners": partners,
        "totals": totals(rows),
    }
