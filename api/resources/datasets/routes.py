"""Datasets: partner tables, uploaded in any format that is read or as JSON, and kept as they came."""

from datetime import datetime
from typing import Annotated

from flask import Response, request
from pydantic import Field
from sqlalchemy.orm import Session

from api.db import erasure
from api.db.scopes import Scope
from api.db.tables import audit_log, datasets
from api.resources.scenarios.draft import finding_documents
from api.resources.scenarios.uploads import read_table
from api.web.attachments import CSV, TABLES, attachment
from api.web.context import caller, service
from api.web.etags import etag, unchanged
from api.web.idempotency import once
from api.web.json_table import Cell, csv_of_rows
from api.web.pagination import Listed, PageQuery, listed
from api.web.problems import HttpProblem, invalid_value
from api.web.request import JSON, require_type
from api.web.responses import NOTHING, Answer, answer
from api.web.routing import PREFIX, Body, Routes
from api.web.schemas import FindingView, Name, Once, Parameters, RequestBody, View, with_example
from api.web.validation import invalid

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

    model_config = with_example(_EXAMPLE)

    id: str
    name: str
    format: str
    """The ending of its file: csv, tsv, txt, csv.gz, xlsx, xls, xlsb, ods, parquet or feather."""
    sha256: str
    size: int
    """Bytes as uploaded."""
    partners: int
    columns: list[str]
    created_by: str
    created_at: datetime
    warnings: list[FindingView] = Field(default_factory=list)
    """What was assumed to read it, and doubts that do not stand in the way; reported when it is uploaded."""


class DatasetList(Listed[DatasetView]):
    """Partner tables, newest first."""

    model_config = with_example({"items": [_EXAMPLE], "next_cursor": None})


class DatasetPath(Parameters):
    """Which dataset."""

    dataset_id: str


class UploadQuery(Parameters):
    """What a table is called, and how it is read."""

    name: Name | None = Field(None, description="What to call it; for JSON it stands in the body.")
    partner_id: Name = Field("partner_id", description="The column that identifies a partner.")
    sheet: Annotated[str, Field(max_length=100)] | None = Field(None, description="The sheet of a workbook.")


class TableIn(RequestBody):
    """A partner table as JSON."""

    model_config = with_example(
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


_KINDS = {kind.lower(): form for kind, form in TABLES.items()}
"""The same as requests have them: media types are compared in small letters."""

routes = Routes("datasets", "Partner tables, as they were uploaded.")

_UPLOAD = Body(
    TableIn,
    {
        **{kind: {"schema": {"type": "string", "format": "binary"}} for kind in TABLES},
        CSV: {"schema": {"type": "string"}, "example": "partner_id,tier,revenue_fy2026\nP1,Gold,120000.50\n"},
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
    """Upload a partner table

    As text (CSV, tab-separated, any separator; `application/gzip` for packed text), a workbook (.xlsx, .xls,
    .xlsb, .ods), Parquet or Feather with its name in the query, or as JSON. The same content under the same
    name is the same dataset: 200 instead of 201. Amounts in JSON are best given as strings. `warnings` say what
    was assumed to read it: separators, decimal comma, encoding, the sheet.
    """
    kind = require_type(request, *_KINDS, JSON)
    name, content = _as_csv() if kind == JSON else (query.name, request.get_data())
    if not name:
        raise invalid_value("/name", "Give the table a name: ?name=…")
    form = _KINDS.get(kind, "csv")
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
        doubts = list(map(FindingView.model_validate, finding_documents(table.findings)))
        view = DatasetView.model_validate(dataset).model_copy(update={"warnings": doubts})
        return answer(view, 201 if is_new else 200, headers)

    return once(effect)


def _as_csv() -> tuple[str, bytes]:
    """The name and the table that came as JSON, as CSV."""
    from pydantic import ValidationError

    try:
        asked = TableIn.model_validate(request.get_json())
    except ValidationError as error:
        invalid(error)
    return asked.name, csv_of_rows(asked.partners)


def _media_type(form: str) -> str:
    """The media type of a format; text packed is text packed, however its columns are separated."""
    kind = next((kind for kind, ending in TABLES.items() if ending == form), None)
    return kind or ("application/gzip" if form.endswith("gz") else "text/plain")


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


@routes.get(
    "/datasets/<dataset_id>",
    scope=Scope.RUNS_READ,
    answers={200: DatasetView, 304: None},
    offers=(JSON, *TABLES),
)
def get_dataset(path: DatasetPath) -> Response:
    """Read what is known of a partner table, or fetch the table as it was uploaded

    With `Accept` set to the media type that it was uploaded as, the answer is the file itself.
    """
    org_id = caller().org_id
    with service().store.read() as session:
        dataset = datasets.get(session, org_id, path.dataset_id)
        kind = _media_type(dataset.format)
        best = request.accept_mimetypes.best_match((JSON, kind)) if "Accept" in request.headers else JSON
        if best == kind:
            content = datasets.content(session, org_id, path.dataset_id)
            return attachment(content, kind, f"{dataset.id}.{dataset.format}")
    if best is None:
        raise HttpProblem("not-acceptable", f"This can be had as {JSON}, {kind}.")
    tag = etag(dataset.sha256)
    return unchanged(tag) or answer(DatasetView.model_validate(dataset)).response(ETag=tag)


@routes.change(
    "delete", "/datasets/<dataset_id>", scope=Scope.INPUTS_WRITE, answers={204: None}, problems=("in-use",)
)
def delete_dataset(path: DatasetPath) -> Response:
    """Forget a partner table that no scenario is built on"""
    who = caller()
    with service().store.write() as session:
        erasure.delete_dataset(session, who.org_id, path.dataset_id)
        audit_log.record(
            session, who.org_id, actor=who.key_id, action="dataset.delete", subject=path.dataset_id
        )
    return NOTHING.response()
