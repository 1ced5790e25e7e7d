"""The tables of a result, in pages of JSON or as CSV in one piece."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask import Response

from api.db.tables import results
from api.resources.results.service import of_run, tabled
from api.web.attachments import CSV_OF_OURS, attachment
from api.web.context import caller, service
from api.web.etags import etag, unchanged
from api.web.offload import at_length
from api.web.pagination import PageQuery, page_answer


def page_of(
    run_id: str, name: str, query: PageQuery, shape: Callable[[Mapping[str, str]], dict[str, Any]]
) -> Response:
    """One page of the table, each row in its shape; the caller's right to the run is settled."""
    org_id, start = caller().org_id, int(query.after() or 0)
    tag = etag(f"{run_id}.{name}.{start}.{query.limit}")
    with service().store.read_latest() as session:
        rows = of_run(
            session,
            org_id,
            run_id,
            lambda: results.rows(session, org_id, run_id, name, start=start, limit=query.limit + 1),
        )
        if not rows:
            tabled(session, org_id, run_id, name)
    after = str(start + query.limit) if len(rows) > query.limit else None
    return unchanged(tag) or page_answer([shape(row) for row in rows[: query.limit]], after, ETag=tag)


def csv_of(run_id: str, name: str) -> Response:
    """The whole table as the solve wrote it; the caller's right to the run is settled."""
    org_id, store = caller().org_id, service().store
    with store.read() as session:
        rows = tabled(session, org_id, run_id, name)

    def pieces() -> Iterator[bytes]:
        with store.read() as session:
            yield from results.table_csv(session, org_id, run_id, name)

    return at_length(rows, attachment(pieces(), CSV_OF_OURS, f"{run_id}-{name}.csv"))
