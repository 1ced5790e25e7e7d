"""Records: all that it takes to solve a run again, anywhere, to the byte."""

from flask import Response

from api.http.etags import etag, unchanged
from api.http.looking import look
from api.http.routes import Routes, media
from api.http.service import caller, service
from api.keys import Scope
from api.problems import Problem
from api.records.later import record_of
from api.resources.files import ZIP, attachment
from api.resources.handed_in import laid_out
from api.resources.run_views import RunPath
from api.results import of_run
from api.store import results, runs, scenarios
from scenarios import Refused

routes = Routes("records", "Runs to be solved again.")


@routes.get(
    "/runs/<run_id>/record",
    scope=Scope.RUNS_READ,
    answers={200: media("A record for `cascade replay`.", ZIP), 304: None},
    problems=("no-result", "body-too-large"),
    offers=(ZIP,),
)
def get_record(path: RunPath) -> Response:
    """Fetch the record of a run

    Its input, what it was told, its answer and its targets: `cascade replay` solves it again and says whether
    the same comes out.
    """
    return record_to_save(path.run_id)


def record_to_save(run_id: str) -> Response:
    """The record as a file; the caller's right to the run is settled."""
    org_id = caller().org_id
    with service().store.read() as session:
        result = of_run(session, org_id, run_id, lambda: results.document_bytes(session, org_id, run_id))
        run = runs.get(session, org_id, run_id)
        files = scenarios.contents(session, org_id, run.scenario_id, run.scenario_version)
        solved = "allocation" in results.get(session, org_id, run_id).columns
        table = b"".join(results.table_csv(session, org_id, run_id, "allocation")) if solved else None
    same = unchanged(etag(run_id))
    if same is not None:
        return same
    with laid_out(files) as (folder, heaviness):
        try:
            record = look(heaviness + len(table or b""), record_of, folder, result, table)
        except Refused:
            raise Problem("no-result", "This version finds mistakes in what was solved then.") from None
    response = attachment(record, ZIP, f"{run_id}-record.zip")
    response.headers["ETag"] = etag(run_id)
    return response
