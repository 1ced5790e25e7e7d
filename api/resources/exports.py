"""Exports: the targets of a metric as records that a CRM takes in."""

import csv
import io
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from flask import Response, request
from pydantic import Field
from sqlalchemy.orm import Session

from api.exports.formats import FORMATS
from api.exports.target import Circumstances, Format, Target
from api.http.answers import answer
from api.http.paging import PageQuery
from api.http.routes import Routes
from api.http.service import caller, listing, service
from api.http.shapes import Name, View, shown
from api.keys import Scope
from api.problems import Problem
from api.resources.files import CSV
from api.resources.run_views import RunPath
from api.results import allocated, document, of_run
from api.store import results

OFFERS = ("application/json", CSV)
_FORMULA = frozenset("=+-@\t\r＝＋－＠")
FormatName = StrEnum("FormatName", {name.replace("-", "_").upper(): name for name in FORMATS})  # type: ignore[misc]

_EXAMPLE = {
    "format": "salesforce-forecasting-quota",
    "records": [
        {
            "attributes": {"type": "ForecastingQuota"},
            "QuotaOwnerId": "0055g00000A1b2c",
            "StartDate": "2027-01-01",
            "QuotaAmount": 23000,
            "CurrencyIsoCode": "USD",
        }
    ],
    "next_cursor": None,
}


class ExportView(View):
    """Records in the form of another program."""

    model_config = shown(_EXAMPLE)

    format: str
    records: list[dict[str, Any]]
    next_cursor: str | None


class FormatItem(View):
    """A form there is."""

    name: str
    title: str
    source: str
    """Where the other program documents the fields."""


class FormatsView(View):
    """The forms there are."""

    model_config = shown(
        {"items": [{"name": f.name, "title": f.title, "source": f.source} for f in FORMATS.values()]}
    )

    items: list[FormatItem]


class ExportQuery(PageQuery):
    """Which targets, and what the other program calls things."""

    metric: Name = Field(description="The metric whose targets are meant.")
    start: date = Field(description="The first day of the period.")
    end: date = Field(description="The last day of the period.")
    period: Name | None = Field(None, description="Which period, when the targets are phased.")
    type_id: Name | None = Field(
        None, description="ForecastingTypeId, metricid or ObjectiveId there; the format says which."
    )
    period_type: Name = Field("Quarter", description="Oracle: the PeriodType of the splits.")


class ExportPath(RunPath):
    """Which form of which run."""

    format: FormatName


routes = Routes("exports", "Targets as records that a CRM takes in.")


@routes.get("/exports", scope=Scope.PLANS_READ, answers={200: FormatsView})
def list_formats() -> Response:
    """List the forms in which targets can be exported"""
    items = [FormatItem.model_validate(form) for form in FORMATS.values()]
    return answer(FormatsView(items=items)).response()


@routes.get(
    "/runs/<run_id>/exports/<format>",
    scope=Scope.RUNS_READ,
    answers={200: ExportView},
    problems=("no-result", "bad-cursor"),
    offers=OFFERS,
)
def export_run(path: ExportPath, query: ExportQuery) -> Response:
    """Export the targets of a run to a CRM

    The partner ids of the table must be the ids of the other program. A page is made of `limit` rows of the
    allocation, those of other metrics left out; with `Accept: text/csv` a page is a flat table.
    """
    return exported(path.run_id, path.run_id, path.format, query)


def exported(source: str, run_id: str, name: str, query: ExportQuery) -> Response:
    """The page of the export; the caller's right to it is settled."""
    if query.end < query.start:
        raise Problem("invalid", "/end: The period ends before it starts.")
    org_id, start = caller().org_id, int(query.after() or 0)
    with service().store.read() as session:
        asked = _circumstances(session, source, run_id, query)
        rows = of_run(
            session,
            org_id,
            run_id,
            lambda: results.rows(session, org_id, run_id, "allocation", start=start, limit=query.limit + 1),
        )
    more = len(rows) > query.limit
    cursor = service().cursors.sign(listing(), str(start + query.limit)) if more else None
    form = FORMATS[name]
    records = [form.fields(target, asked) for target in _targets(rows[: query.limit], query)]
    if request.accept_mimetypes.best_match(OFFERS) == CSV:
        return _csv(records, cursor)
    nested = [form.record(fields) for fields in records]
    return answer(ExportView(format=name, records=nested, next_cursor=cursor)).response()


def _circumstances(session: Session, source: str, run_id: str, query: ExportQuery) -> Circumstances:
    allocated(session, caller().org_id, run_id)
    told = document(session, caller().org_id, run_id)
    totals, asked = told.get("totals") or {}, told.get("scenario") or {}
    if query.metric not in totals:
        raise Problem("invalid", f"/metric: There are {', '.join(totals)}.")
    if asked.get("periods") and query.period not in asked["periods"]:
        raise Problem("invalid", f"/period: The targets are phased over {', '.join(asked['periods'])}.")
    return Circumstances(
        source=source,
        title=asked.get("title") or asked.get("name") or source,
        metric=query.metric,
        unit=totals[query.metric].get("unit") or "",
        period=query.period or asked.get("period") or "",
        start=query.start,
        end=query.end,
        type_id=query.type_id,
        period_type=query.period_type,
    )


def _targets(rows: Iterable[dict[str, str]], query: ExportQuery) -> list[Target]:
    return [
        Target(row["partner"], Decimal(row["target"]))
        for row in rows
        if row["metric"] == query.metric and row.get("period") in (query.period, None)
    ]


def _csv(records: list[dict[str, Any]], cursor: str | None) -> Response:
    text = io.StringIO()
    if records:
        writer = csv.DictWriter(text, list(records[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _cell(value) for name, value in record.items()} for record in records)
    headers = {"Next-Cursor": cursor} if cursor else {}
    return Response(text.getvalue(), headers=headers, content_type=CSV)


def _cell(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets a quote before it."""
    return f"'{value}" if isinstance(value, str) and value[:1] in _FORMULA else value


__all__ = ["ExportPath", "ExportQuery", "ExportView", "Format", "exported", "routes"]
