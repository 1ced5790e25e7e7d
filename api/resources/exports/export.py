"""Exports: the targets of a metric as records that a CRM takes in."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Any

from flask import Response, request
from pydantic import Field
from sqlalchemy.orm import Session

from api.resources.exports.assigned import Wanted, assigned
from api.resources.exports.format import Circumstances, Format, Target
from api.resources.exports.formats import FORMATS
from api.resources.results.service import allocated, document
from api.web.attachments import CSV, CSV_OF_OURS, attachment
from api.web.context import caller, listing, service
from api.web.last_used import LastUsed
from api.web.offload import at_length, read_in_store
from api.web.pagination import PageQuery
from api.web.problems import invalid_value
from api.web.responses import answer
from api.web.schemas import Name, View, with_example
from scenarios.tables.formula_guard import guarded

OFFERS = ("application/json", CSV)
_PIECE = 5_000
"""Records of one piece of a file: a megabyte or two."""
_KEPT = 4
"""Exports kept in memory while their pages are fetched."""
_CACHE: LastUsed[list[Target]] = LastUsed(_KEPT)
FormatName = StrEnum("FormatName", {name.replace("-", "_").upper(): name for name in FORMATS})  # type: ignore[misc]

_EXAMPLE = {
    "format": "salesforce-forecasting-quota",
    "records": [
        {
            "attributes": {"type": "ForecastingQuota"},
            "QuotaOwnerId": "0055g00000A1b2cQAB",
            "ForecastingTypeId": "0Db000000000001AAA",
            "StartDate": "2027-01-01",
            "QuotaAmount": 23000,
            "CurrencyIsoCode": "USD",
        }
    ],
    "next_cursor": None,
}


class ExportView(View):
    """Records in the form of another program."""

    model_config = with_example(_EXAMPLE)

    format: str
    records: list[dict[str, Any]]
    next_cursor: str | None


class ExportQuery(PageQuery):
    """Which targets, and what the other program calls things."""

    metric: Name = Field(description="The metric whose targets are meant.")
    start: date = Field(description="The first day of the period.")
    end: date = Field(description="The last day of the period.")
    period: Name | None = Field(None, description="Which period, when the targets are phased.")
    id_column: Name | None = Field(
        None,
        description="The column of the partner table that holds the ids of the other program; the partner's id "
        "when left out. Targets of partners with one id are summed.",
    )
    assign_to: Name | None = Field(
        None,
        description="What the ids are of: user or territory, owner or team, account; the format says which.",
    )
    user_column: Name | None = Field(
        None, description="Salesforce territories: the column that holds the user beside the territory."
    )
    type_id: Name | None = Field(
        None, description="ForecastingTypeId, metricid or ObjectiveId there; the format says which."
    )
    period_type: Name | None = Field(None, description="Oracle: the PeriodType of the splits.")


def exported(source: str, run_id: str, name: str, query: ExportQuery) -> Response:
    """The export, a page of JSON or all of it as CSV; the caller's right to it is settled.

    Raises HttpProblem 422 for what the format requires and is missing, and for ids that are none there.
    """
    if query.end < query.start:
        raise invalid_value("/end", "The period ends before it starts.")
    form = FORMATS[name]
    _check_needs(form, query)
    kind = _kind(form, query)
    with service().store.read() as session:
        count = allocated(session, caller().org_id, run_id)
        asked = replace(_circumstances(session, source, run_id, query), assign_to=kind)
    records = [form.fields(target, asked) for target in _assigned(run_id, count, form, kind, query)]
    if request.accept_mimetypes.best_match(OFFERS) == CSV:
        file = attachment(_csv(records), CSV_OF_OURS, f"{source}-{name}.csv")
        return at_length(len(records), file)
    return _page(form, records, query)


def _assigned(run_id: str, count: int, form: Format, kind: str, query: ExportQuery) -> list[Target]:
    wanted = Wanted(query.metric, query.period, query.id_column, query.user_column)
    key = (run_id, form.name, kind, wanted)
    return _CACHE.get(key) or _CACHE.put(
        key, read_in_store(count, assigned, caller().org_id, run_id, form, kind, wanted)
    )


def _check_needs(form: Format, query: ExportQuery) -> None:
    """Raises HttpProblem for what the format requires and the request does not say."""
    for needed in form.needs:
        value = getattr(query, needed.parameter)
        if value is None or not needed.form.fits(value):
            missing = "is required" if value is None else f"cannot be {value!r}"
            raise invalid_value(
                f"/{needed.parameter}",
                f"{form.title} has the field {needed.field}, which {missing}: it is {needed.form.about}.",
            )


def _kind(form: Format, query: ExportQuery) -> str:
    kind = query.assign_to or next(iter(form.assignees))
    if kind not in form.assignees:
        raise invalid_value("/assign_to", f"{form.title} has {' and '.join(form.assignees)}.")
    return kind


def _page(form: Format, records: list[dict[str, Any]], query: ExportQuery) -> Response:
    """One page of records as the other program's API nests them."""
    start, stop = (first := int(query.after() or 0)), first + query.limit
    cursor = service().cursors.sign(listing(), str(stop)) if len(records) > stop else None
    nested = [form.record(fields) for fields in records[start:stop]]
    return answer(ExportView(format=form.name, records=nested, next_cursor=cursor)).response()


def _circumstances(session: Session, source: str, run_id: str, query: ExportQuery) -> Circumstances:
    described = document(session, caller().org_id, run_id)
    totals, asked = described.get("totals") or {}, described.get("scenario") or {}
    if query.metric not in totals:
        raise invalid_value("/metric", f"There are {', '.join(totals)}.")
    if asked.get("periods") and query.period not in asked["periods"]:
        raise invalid_value("/period", f"The targets are phased over {', '.join(asked['periods'])}.")
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


def _csv(records: list[dict[str, Any]]) -> Iterator[bytes]:
    """All records as a flat table, in pieces: a file has no next page."""
    names = list(records[0]) if records else []
    yield _line(names)
    for start in range(0, len(records), _PIECE):
        piece = records[start : start + _PIECE]
        yield b"".join(_line([_cell(value) for value in record.values()]) for record in piece)


def _line(cells: list[Any]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets a quote before it."""
    return guarded(value) if isinstance(value, str) else value


__all__ = ["ExportQuery", "ExportView", "Format", "exported"]
