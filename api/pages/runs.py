"""The list of runs, newest first."""

from flask import request

from api.db.tables import runs
from api.db.tables.runs import State
from api.pages.page import Data, page
from api.pages.run_page import titles
from api.resources.runs.schemas import RunView
from api.web.context import caller, service

_ROWS = 50


@page("/runs", "runs.html")
def list_of_runs() -> Data:
    """All runs, newest first"""
    cursors, name = service().cursors, f"page {caller().org_id}"
    given, state = request.args.get("after"), request.args.get("state", "")
    after = cursors.read(name, given) if given else None
    states = (state,) if state in set(State) else ()
    with service().store.read() as session:
        found = runs.listed(session, caller().org_id, states=states, after=after, limit=_ROWS)
        called = titles(session, found.items)
    views = [
        {**RunView.model_validate(run).model_dump(mode="json"), "title": called[run.id]}
        for run in found.items
    ]
    return {
        "runs": views,
        "state": state,
        "states": [str(each) for each in State],
        "next": cursors.sign(name, found.next) if found.next else None,
        "most": service().config.limits.compared_runs,
    }
