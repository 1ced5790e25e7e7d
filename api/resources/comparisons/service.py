"""Runs side by side, by the comparison that the command line makes."""

from sqlalchemy.orm import Session

from api.analysis.compare.document import CompareDocument, CompareRequest
from api.analysis.compare.frames import FinishedRun, finished_run
from api.analysis.compare.run import Source, compare
from api.analysis.compare.summary import MetricSummary, summary
from api.analysis.request import Context
from api.db.tables import results
from api.resources.results.service import of_run

TABLE = "allocation"


def compare_stored(session: Session, org_id: str, run_ids: list[str], most: int | None) -> CompareDocument:
    """The comparison, sides called by their runs' ids; raises NotFound, and HttpProblem 409 for a run without a result.

    A run whose rules conflict is a side without targets. Which change moved what is not looked for.
    """
    sources = [Source(run_id, kept=_finished(session, org_id, run_id)) for run_id in run_ids]
    return compare(sources, CompareRequest(why=False, most=most), Context())


def moved_between(
    session: Session, org_id: str, before: str, after: str, *, most: int | None = None
) -> dict[str, MetricSummary]:
    """By metric what moved between the targets of two runs, the largest moves of each or all; raises NotFound."""
    tables = (b"".join(results.table_csv(session, org_id, run_id, TABLE)) for run_id in (before, after))
    totals = results.document(session, org_id, after).get("totals") or {}
    units = {metric: str(total["unit"]) for metric, total in totals.items()}
    return summary(*tables, units=units, most=most)


def rows(session: Session, org_id: str, run_id: str) -> int:
    """How many rows of targets the run has; raises NotFound, and HttpProblem 409 for a run without a result."""
    known = of_run(session, org_id, run_id, lambda: results.get(session, org_id, run_id))
    return int(known.rows.get(TABLE, 0))


def _finished(session: Session, org_id: str, run_id: str) -> FinishedRun:
    result = results.document_bytes(session, org_id, run_id)
    has_targets = TABLE in results.get(session, org_id, run_id).columns
    table = b"".join(results.table_csv(session, org_id, run_id, TABLE)) if has_targets else None
    return finished_run(result, table)
