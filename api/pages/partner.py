"""One partner: how its targets were made, what holds them, and what another target would cost."""

from flask import request
from pydantic import ValidationError
from sqlalchemy.orm import Session

from api.db import NotFound
from api.db.tables import plans, scenarios
from api.db.tables.runs import Run
from api.output.columns import ALLOCATION
from api.pages.number_format import typed_target
from api.pages.page import Data, page
from api.pages.partner_review import partner_review
from api.pages.pictures.line import line
from api.pages.pictures.waterfall import waterfall
from api.pages.run_page import answer, head
from api.resources.actuals.schemas import CountedQuery
from api.resources.analyses.service import document_of
from api.resources.analyses.sources import of_run
from api.resources.results.receipts import receipts
from api.resources.results.service import partner_of
from api.resources.results.targets_query import records
from api.resources.results.targets_table import targets_table
from api.web.context import caller, service
from api.web.problems import HttpProblem
from scenarios.values.rational_array import decimal_text

_ON_THE_PAGE = ("findings", "invalid", "too-long")
"""Problems with a question that the page tells beside it."""


@page("/runs/<run_id>/partners", "partner.html")
def partner(run_id: str) -> Data:
    """How the targets of one partner were made"""
    wanted = request.args.get("partner", "").strip()[:500]
    with service().store.read() as session:
        run, data = head(session, run_id)
        found = partner_of(session, run.org_id, run_id, wanted)
        totals = answer(session, run).get("totals") or {}
        version = version_of(session, run)
        plan_of = plans.published_of(session, run.org_id, run_id)
    rows: list[Data] = [dict(row) for row in found.allocation]
    receipt = [one.model_dump() for one in receipts(found)]
    described = [{**row, "receipt": one["items"]} for row, one in zip(rows, receipt, strict=True)]
    return {
        **data,
        "partner": wanted,
        "name": rows[0].get("name") if rows else "",
        "groups": _groups(run_id, wanted),
        "targets": described,
        "units": {metric: total["unit"] for metric, total in totals.items()},
        "metrics": _by_metric(run_id, wanted, described),
        "columns": columns_of(rows),
        "stands": _stands(wanted),
        "plan_of": plan_of and {"id": plan_of.id, "period": plan_of.period},
        "version": version,
        **_asked(run_id, wanted),
        **_beyond(run_id, wanted),
    }


def columns_of(rows: list[Data]) -> list[Data]:
    """Every column that the targets have, one cell for each, whatever of it stands elsewhere on the page."""
    return [
        {"label": column.label, "kind": column.kind, "cells": [row.get(column.name) for row in rows]}
        for column in ALLOCATION
        if any(row.get(column.name) is not None for row in rows)
    ]


def _stands(partner: str) -> Data | None:
    """Where the partner stands in the plan that the address names."""
    plan_id = request.args.get("plan", "").strip()[:60]
    if not plan_id:
        return None
    with service().store.read() as session:
        plan = plans.get(session, caller().org_id, plan_id)
    asked = {name: request.args[name] for name in ("as_of", "done") if request.args.get(name)}
    try:
        counted = CountedQuery.model_validate(asked)
    except ValidationError:
        raise HttpProblem("bad-request", "There is no such day.") from None
    return partner_review(plan, partner, counted)


def version_of(session: Session, run: Run) -> int | None:
    """The scenario's newest version if the run is of it, so that it can be overridden here."""
    try:
        newest = scenarios.get(session, run.org_id, run.solved[0]).version
    except NotFound:
        return None
    return newest if newest == run.scenario_version else None


def _groups(run_id: str, partner: str) -> dict[str, str]:
    """What groups the partner is in."""
    table = targets_table(run_id)
    frame = next(iter(table.metrics.values()))
    mine = frame[frame["partner"] == partner]
    return (
        {}
        if mine.empty
        else {group: str(mine.iloc[0][group]) for group in table.groups if mine.iloc[0][group]}
    )


def _by_metric(run_id: str, partner: str, targets: list[Data]) -> list[Data]:
    """Each metric with the target of the whole period and those of its parts, and their pictures."""
    table = targets_table(run_id)
    found = []
    for metric, frame in table.metrics.items():
        rows = [each for each in targets if each["metric"] == metric]
        mine = records(frame[frame["partner"] == partner])
        whole = rows[0] if len(rows) == 1 or not mine else mine[0]
        if rows:
            with_pictures = [{"target": each, "picture": _picture(each)} for each in rows]
            found.append({"metric": metric, "whole": whole, "line": line(whole), "rows": with_pictures})
    return found


def _picture(target: Data) -> Data:
    return waterfall(
        [(item["item"], float(item["amount"])) for item in target["receipt"]], float(target["target"])
    )


def _beyond(run_id: str, partner: str) -> Data:
    """What lacks to the next tier, or what its funds bring, where that is asked for; a refusal beside it."""
    if "gaps" in request.args:
        found, refused = _answered("gaps", {"partner": partner}, run_id)
        return {"gaps": found, "returns": None, "refused": refused}
    if "returns" in request.args:
        found, refused = _answered("returns", {}, run_id)
        if found is not None:
            found["by_partner"] = [each for each in found["by_partner"] if each["partner"] == partner]
        return {"gaps": None, "returns": found, "refused": refused}
    return {"gaps": None, "returns": None, "refused": None}


def _answered(analysis: str, question: Data, run_id: str) -> tuple[Data | None, Data | None]:
    """The document of an analysis of the run's scenario, or the problem with it."""
    try:
        with service().store.read() as session:
            sources = of_run(session, caller().org_id, run_id)
        return document_of(analysis, question, sources).data(), None
    except HttpProblem as problem:
        if problem.code not in _ON_THE_PAGE:
            raise
        return None, problem.document("")


def _asked(run_id: str, partner: str) -> Data:
    """The answer to `instead`, `reach` or `why`, with the question; empty where none is asked."""
    given = {name: request.args.get(name, "").strip()[:60] for name in ("metric", "instead", "reach", "why")}
    question: Data = {"partner": partner, "metric": given["metric"] or None}
    try:
        question |= {
            name: decimal_text(typed_target(request.args, name))
            for name in ("instead", "reach")
            if given[name]
        }
    except HttpProblem as problem:
        return {"asked": given, "explained": None, "problem": problem.document("")}
    if not any(given[name] for name in ("instead", "reach", "why")):
        return {"asked": given, "explained": None, "problem": None}
    explained, refused = _answered("explain", question, run_id)
    return {"asked": given, "explained": explained, "problem": refused}
