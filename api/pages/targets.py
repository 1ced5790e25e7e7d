"""The targets of a run: filtered, searched, sorted, counted and summed, a page at a time; the address holds it all."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Response, make_response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from api.db.scopes import Scope
from api.db.tables import runs
from api.db.tables.runs import State
from api.pages.filters import whole
from api.pages.page import Data, blueprint, page
from api.pages.pictures.scatter import MOST_DOTS, Point, density, scatter
from api.pages.run_page import address, head, page_number
from api.pages.visitor import enter
from api.resources.results.targets_query import (
    LIMITS,
    SORTS,
    TargetsQuery,
    as_csv,
    facets,
    records,
    selected,
    totals,
)
from api.resources.results.targets_table import TargetsTable, targets_table
from api.web.attachments import CSV_OF_OURS, attachment
from api.web.context import caller, service
from api.web.problems import HttpProblem

if TYPE_CHECKING:
    import pandas as pd

ROWS = 50
"""Targets on one page."""


@page("/targets", "targets_none.html")
def newest_targets() -> Data | AnyResponse:
    """The targets of the newest run that has some"""
    with service().store.read() as session:
        found = runs.listed(session, caller().org_id, states=(State.SUCCEEDED,), limit=1).items
    return redirect(f"/runs/{found[0].id}/targets", 303) if found else {}


@page("/runs/<run_id>/targets", "targets.html")
def targets(run_id: str) -> Data:
    """The targets of a run, page by page"""
    with service().store.read() as session:
        _, data = head(session, run_id)
    table = targets_table(run_id)
    query = query_of(table)
    rows = selected(table, query)
    number, pages = page_number(), max(1, -(-len(rows) // ROWS))
    return {
        **data,
        "metrics": list(table.metrics),
        "unit": table.units[query.metric],
        "missing": table.missing.get(query.metric, "zero"),
        "groups": [group for group in table.groups if group in ("tier", "region")] or list(table.groups[:2]),
        "periods": table.periods,
        "has_name": "name" in rows.columns,
        "query": {**vars(query), "where": dict(query.where)},
        "facets": [vars(facet) for facet in facets(table, query)],
        "limits": LIMITS,
        "rows": records(rows.iloc[(number - 1) * ROWS : number * ROWS]),
        "page": number,
        "pages": pages,
        "total": len(rows),
        "of": len(table.metrics[query.metric]),
        "totals": totals(rows),
    }


@blueprint.get("/runs/<run_id>/targets.csv")
def filtered_targets(run_id: str) -> Response:
    """The targets that the page shows, all pages of them, to save"""
    away = enter(Scope.RUNS_READ)
    if away is not None:
        return make_response(away)
    table = targets_table(run_id)
    query = query_of(table)
    return attachment(as_csv(selected(table, query)), CSV_OF_OURS, f"{run_id}-{query.metric}.csv")


@page("/runs/<run_id>/picture", "picture.html")
def picture(run_id: str) -> Data:
    """The targets that are asked for against what partners did before"""
    with service().store.read() as session:
        _, data = head(session, run_id)
    table = targets_table(run_id)
    query = query_of(table)
    rows = selected(table, query)
    return {
        **data,
        "metrics": list(table.metrics),
        "query": {**vars(query), "where": dict(query.where)},
        "unit": table.units[query.metric],
        "picture": _picture(run_id, rows, table.units[query.metric]),
        "total": len(rows),
    }


def _picture(run_id: str, rows: pd.DataFrame, unit: str) -> Data:
    """Each partner's target against what it did before."""
    x_title, y_title, before = f"before, {unit}", f"target, {unit}", rows["baseline"].fillna(0)
    if len(rows) > MOST_DOTS:
        return density(before.to_numpy(dtype=float), rows["target"].to_numpy(dtype=float), x_title, y_title)
    names = rows["name"] if "name" in rows.columns else rows["partner"]
    points = [
        Point(was, target, f"{name}: {whole(was)} → {whole(target)}", partner_path(run_id, partner), at)
        for partner, name, was, target, at in zip(
            rows["partner"], names, before, rows["target"], rows["at"], strict=True
        )
    ]
    return scatter(points, x_title, y_title)


def partner_path(run_id: str, partner: str) -> str:
    """The page of a partner."""
    return f"/runs/{run_id}/partners?partner={quote(partner, safe='')}"


def query_of(table: TargetsTable) -> TargetsQuery:
    """What the address asks for; raises HttpProblem for a metric or an order that there is not."""
    given = request.args
    metric = given.get("metric") or next(iter(table.metrics))
    sort = given.get("sort") or "partner"
    if metric not in table.metrics or sort not in (*SORTS, *table.groups, *table.periods):
        raise HttpProblem("not-found", "There is no such metric or column.")
    return TargetsQuery(
        metric=metric,
        search=given.get("q", "").strip()[:200],
        where={group: given[group] for group in table.groups if given.get(group)},
        at=given.get("at", "") if given.get("at") in LIMITS else "",
        rule=given.get("rule", "")[:500],
        sort=sort,
        descending=given.get("dir") == "down",
    )


@blueprint.app_context_processor
def _address() -> dict[str, object]:
    return {"at": address}
