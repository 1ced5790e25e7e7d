"""The workbook of a run, the same book that the command line writes."""

from flask import Response

from api.db.tables import results, runs, scenarios
from api.output.workbook.stored import workbook_of
from api.resources.results.service import allocated
from api.resources.scenarios.uploads import laid_out
from api.web.attachments import XLSX, attachment
from api.web.context import caller, service
from api.web.etags import etag, unchanged
from api.web.offload import read_within_limits, weight_of_rows
from api.web.problems import HttpProblem
from scenarios import Refused


def workbook(run_id: str) -> Response:
    """The workbook to save, with a place for overrides; the caller's right to the run is settled.

    Raises NotFound, HttpProblem 406 for more rows than a workbook may have here, 409 for a run without targets.
    """
    org_id, limit = caller().org_id, service().config.limits.xlsx_rows
    with service().store.read() as session:
        rows = allocated(session, org_id, run_id)
        if rows > limit:
            raise HttpProblem("not-acceptable", f"{rows:,} rows are too many for XLSX; fetch text/csv.")
        tag = etag(f"{run_id}.xlsx")
        same = unchanged(tag)
        if same is not None:
            return same
        run = runs.get(session, org_id, run_id)
        files = scenarios.contents(session, org_id, *run.solved)
        result = results.document_bytes(session, org_id, run_id)
        names = results.get(session, org_id, run_id).columns
        tables = {name: b"".join(results.table_csv(session, org_id, run_id, name)) for name in names}
    with laid_out(files) as (folder, heaviness):
        try:
            content = read_within_limits(
                heaviness + weight_of_rows(rows), workbook_of, folder, result, tables
            )
        except Refused:
            raise HttpProblem("no-result", "This version finds mistakes in what was solved then.") from None
    response = attachment(content, XLSX, f"{run_id}-allocation.xlsx")
    response.headers["ETag"] = tag
    return response
