"""Records: all that it takes to solve a run again, anywhere, to the byte."""

from flask import Response

from api.analysis.replay.from_run import record_of
from api.db.scopes import Scope
from api.db.tables import results, runs, scenarios
from api.resources.results.service import of_run
from api.resources.runs.schemas import RunPath
from api.resources.scenarios.uploads import laid_out
from api.web.attachments import ZIP, attachment
from api.web.context import caller, service
from api.web.etags import etag, unchanged
from api.web.offload import read_within_limits
from api.web.problems import HttpProblem
from api.web.routing import Routes, media
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

    Its input, its options, its answer and its targets: `cascade replay` solves it again and says whether
    the same comes out.
    """
    return record_to_save(path.run_id)


def record_to_save(run_id: str) -> Response:
    """The record as a file; the caller's right to the run is settled."""
    record = record_bytes(run_id)
    same = unchanged(etag(run_id))
    if same is not None:
        return same
    response = attachment(record, ZIP, f"{run_id}-record.zip")
    response.headers["ETag"] = etag(run_id)
    return response


def record_bytes(run_id: str) -> bytes:
    """The record of a run of the caller's; raises NotFound, and HttpProblem where there is none."""
    org_id = caller().org_id
    with service().store.read() as session:
        result = of_run(session, org_id, run_id, lambda: results.document_bytes(session, org_id, run_id))
        run = runs.get(session, org_id, run_id)
        files = scenarios.contents(session, org_id, *run.solved)
        solved = "allocation" in results.get(session, org_id, run_id).columns
        table = b"".join(results.table_csv(session, org_id, run_id, "allocation")) if solved else None
    with laid_out(files) as (folder, weight):
        try:
            return read_within_limits(weight + len(table or b""), record_of, folder, result, table)
        except Refused:
            raise HttpProblem("no-result", "This version finds mistakes in what was solved then.") from None
