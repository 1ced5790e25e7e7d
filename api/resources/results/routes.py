"""The result of a run as a whole."""

from flask import Response
from pydantic import RootModel

from api.db.scopes import Scope
from api.db.tables import results
from api.resources.analyses.schemas import AnalysisView
from api.resources.results.service import of_run
from api.resources.runs.schemas import RunPath
from api.web.context import caller, service
from api.web.etags import etag, unchanged
from api.web.routing import Routes
from api.web.schemas import View, with_example

_EXAMPLE = {"state": "succeeded", "termination": "optimal", "totals": {}, "rules": []}


class ResultView(View):
    """result.json of the run, as the command line writes it; see the reference page on outputs."""

    model_config = with_example(_EXAMPLE, extra="allow")

    state: str


class ResultOrDocument(RootModel[ResultView | AnalysisView]):
    """result.json; of an analysis its document."""

    model_config = with_example(_EXAMPLE)


routes = Routes("results", "The result of a run as a whole.")


@routes.get(
    "/runs/<run_id>/result",
    scope=Scope.RUNS_READ,
    answers={200: ResultOrDocument, 304: None},
    problems=("no-result",),
)
def get_result(path: RunPath) -> Response:
    """Fetch the result of a run: totals, rules, conflict, spread, audit, certificate, times

    Of an analysis its document.
    It is result.json: `rules` says of each rule whether it held, is binding, or was missed by how much;
    `conflict` says why the rules cannot all hold.
    """
    org_id, run_id = caller().org_id, path.run_id
    with service().store.read() as session:
        content = of_run(session, org_id, run_id, lambda: results.any_document_bytes(session, org_id, run_id))
    tag = etag(run_id)
    return unchanged(tag) or Response(content, headers={"ETag": tag}, content_type="application/json")
