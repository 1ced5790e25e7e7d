"""Datasets: partner tables, handed in as CSV, XLSX, Parquet or JSON, and kept as they came."""

import csv
import io
from datetime import datetime
from typing import Annotated

from flask import Response, request
from pydantic import Field
from sqlalchemy.orm import Session

from api.http.answers import NOTHING, Answer, answer
from api.http.etags import etag, unchanged
from api.http.idempotency import once
from api.http.paging import Listed, PageQuery, listed
from api.http.reading import JSON, require_type
from api.http.refusing import invalid
from api.http.routes import PREFIX, Body, Routes, media
from api.http.service import caller, service
from api.http.shapes import Asked, Name, Once, Parameters, View, shown
from api.keys import Scope
from api.problems import Problem
from api.resources.files import CSV, PARQUET, XLSX, attachment
from api.resources.handed_in import read_table
from api.store import audit, datasets

FORMATS = {CSV: "csv", XLSX: "xlsx", PARQUET: "parquet"}

_EXAMPLE = {
    "id": "ds_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "name": "partners FY2027",
    "format": "csv",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "size": 18211,
    "partners": 240,
    "columns": ["partner_id", "tier", "region", "revenue_fy2026"],
    "created_by": "key_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "created_at": "2026-10-01T08:00:00Z",
}


class DatasetView(View):
    """A partner table."""

    model_config = shown(_EXAMPLE)

    id: str
    name: str
    format: str
    """csv, xlsx or parquet."""
    sha256: str
    size: int
    """Bytes as handed in."""
    partners: int
    columns: list[str]
    created_by: str
    created_at: datetime


class DatasetList(Listed[DatasetView]):
    """Partner tables, newest first."""

    model_config = shown({"items": [_EXAMPLE], "next_cursor": None})


class DatasetPath(Parameters):
    """Which dataset."""

    dataset_id: str


class UploadQuery(Parameters):
    """What a table is called, and how it is read."""

    name: Name | None = Field(None, description="What to call it; for JSON it stands in the body.")
    partner_id: Name = Field("partner_id", description="The column that identifies a partner.")
    sheet: Annotated[str, Field(max_length=100)] | None = Field(None, description="The sheet of a workbook.")


Cell = str | int | float | bool | None


class TableIn(Asked):
    """A partner table as JSON."""

    model_config = shown(
        {
            "name": "partners FY2027",
            "partners": [
                {"partner_id": "P1", "tier": "Gold", "revenue_fy2026": "120000.50"},
                {"partner_id": "P2", "tier": "Silver", "revenue_fy2026": 80000},
            ],
        }
    )

    name: Name
    partners: Annotated[list[dict[str, Cell]], Field(min_length=1, max_length=100_000)]
    """One object per partner; a member that is missing or null is an empty cell."""


routes = Routes("datasets", "Partner tables, as they were handed in.")

_UPLOAD = Body(
    TableIn,
    {
        CSV: {"schema": {"type": "string"}, "example": "partner_id,tier,revenue_fy2026\nP1,Gold,120000.50\n"},
        XLSX: {"schema": {"type": "string", "format": "binary"}},
        PARQUET: {"schema": {"type": "string", "format": "binary"}},
    },
)


@routes.post(
    "/datasets",
    scope=Scope.INPUTS_WRITE,
    answers={201: DatasetView, 200: DatasetView},
    problems=("findings",),
    body=_UPLOAD,
)
def create_dataset(query: UploadQuery, header: Once) -> Response:  # noqa: ARG001
    """Hand in a partner table

    As `text/csv`, XLSX or Parquet with its name in the query, or as JSON. The same content under the same
    name is the same dataset: 200 instead of 201. Amounts in JSON are best given as strings.
    """
    kind = require_type(request, CSV, XLSX, PARQUET, JSON)
    name, content = _as_csv() if kind == JSON else (query.name, request.get_data())
    if not name:
        raise Problem("invalid", "/name: Give the table a name: ?name=…")
    form = FORMATS.get(kind, "csv")
    table = read_table(content, form, query.partner_id, query.sheet)
    who = caller()

    def effect(session: Session) -> Answer:
        dataset, is_new = datasets.put(
            session,
            who.org_id,
            name=name,
            format=form,
            content=content,
            partners=table.partners,
            columns=table.columns,
            created_by=who.key_id,
        )
        headers = {"Location": f"{PREFIX}/datasets/{dataset.id}", "ETag": etag(dataset.sha256)}
        return answer(DatasetView.model_validate(dataset), 201 if is_new else 200, headers)

    return once(effect)


def _as_csv() -> tuple[str, bytes]:
    """The name and the table that came as JSON, as CSV; columns in the order in which they are met."""
    from pydantic import ValidationError

    try:
        asked = TableIn.model_validate(request.get_json())
    except ValidationError as error:
        invalid(error)
    columns = list(dict.fromkeys(column for partner in asked.partners for column in partner))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(partner.get(column)) for column in columns] for partner in asked.partners)
    return asked.name, text.getvalue().encode()


def _cell(value: Cell) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return "" if value is None else str(value)


@routes.get("/datasets", scope=Scope.RUNS_READ, answers={200: DatasetList}, problems=("bad-cursor",))
def list_datasets(query: PageQuery) -> Response:
    """List partner tables"""
    with service().store.read() as session:
        page = datasets.listed(session, caller().org_id, after=query.after(), limit=query.limit)
    return listed(page, DatasetView.model_validate)


@routes.get("/datasets/<dataset_id>", scope=Scope.RUNS_READ, answers={200: DatasetView, 304: None})
def get_dataset(path: DatasetPath) -> Response:
    """Read what is known of a partner table"""
    with service().store.read() as session:
        dataset = datasets.get(session, caller().org_id, path.dataset_id)
    tag = etag(dataset.sha256)
    return unchanged(tag) or answer(DatasetView.model_validate(dataset)).response(ETag=tag)


@routes.get(
    "/datasets/<dataset_id>/content",
    scope=Scope.RUNS_READ,
    answers={200: media("The file as it was handed in.", CSV, XLSX, PARQUET)},
    offers=(CSV, XLSX, PARQUET),
)
def get_dataset_content(path: DatasetPath) -> Response:
    """Fetch a partner table as it was handed in"""
    with service().store.read() as session:
        dataset = datasets.get(session, caller().org_id, path.dataset_id)
        content = datasets.content(session, caller().org_id, path.dataset_id)
    kind = next(kind for kind, form in FORMATS.items() if form == dataset.format)
    return attachment(content, kind, f"{dataset.id}.{dataset.format}")


@routes.change(
    "delete", "/datasets/<dataset_id>", scope=Scope.INPUTS_WRITE, answers={204: None}, problems=("in-use",)
)
def delete_dataset(path: DatasetPath) -> Response:
    """Forget a partner table that no scenario is built on"""
    who = caller()
    with service().store.write() as session:
        datasets.delete(session, who.org_id, path.dataset_id)
        audit.record(session, who.org_id, actor=who.key_id, action="dataset.delete", subject=path.dataset_id)
    return NOTHING.response()
