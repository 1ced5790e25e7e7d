"""Levels: what each manager above the partners is assigned, where the scenario has a cascade."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from api.db.scopes import Scope
from api.resources.results.table_pages import csv_of, page_of
from api.resources.runs.schemas import RunPath
from api.web.attachments import CSV
from api.web.pagination import Listed, PageQuery
from api.web.routing import Routes
from api.web.schemas import View, with_example

_OFFERS = ("application/json", CSV)

_EXAMPLE: dict[str, object] = {
    "level": "region",
    "path": "EMEA / Northern Europe",
    "partners": 64,
    "metric": "revenue",
    "period": None,
    "baseline": "9811203.55",
    "fair_share": "10792324",
    "floor": "10105539.66",
    "cap": None,
    "base": "10790000",
    "assigned": "11060000",
    "growth": "0.099763",
    "stretch": "-0.000215",
}


class LevelView(View):
    """One number of one manager. Amounts are decimal strings in the metric's unit; null where there is none."""

    model_config = with_example(_EXAMPLE)

    level: str
    path: str
    """From the level below the company down, ` / ` between; empty for the company."""
    partners: int
    """Below."""
    metric: str
    period: str | None = None
    """Null for all periods together."""
    baseline: str | None = None
    fair_share: str | None = None
    floor: str | None = None
    cap: str | None = None
    base: str
    """The sum of the targets below."""
    assigned: str
    """The same with what managers are assigned beyond it."""
    growth: str | None = None
    """base / baseline - 1."""
    stretch: str | None = None
    """base / fair share - 1."""


class LevelList(Listed[LevelView]):
    """A manager, then all below it."""

    model_config = with_example({"items": [_EXAMPLE], "next_cursor": None})


routes = Routes("levels", "What managers above the partners are assigned.")


@routes.get(
    "/runs/<run_id>/levels",
    scope=Scope.RUNS_READ,
    answers={200: LevelList, 304: None},
    problems=("no-result", "bad-cursor"),
    offers=_OFFERS,
)
def get_levels(path: RunPath, query: PageQuery) -> Response:
    """Fetch what managers are assigned

    For a scenario with a cascade: a row for each manager, metric and period. JSON in pages, or all of it as CSV.
    """
    if "Accept" in request.headers and request.accept_mimetypes.best_match(_OFFERS) == CSV:
        return csv_of(path.run_id, "levels")
    return page_of(path.run_id, "levels", query, _level)


def _level(row: Mapping[str, str]) -> dict[str, Any]:
    cells: dict[str, Any] = {name: row.get(name) or None for name in LevelView.model_fields}
    return cells | {"path": row["path"], "partners": int(row["partners"])}
