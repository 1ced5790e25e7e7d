"""Pages about runs: the list, one run, its targets, a receipt, its rules, its conflict, a comparison."""

from contextlib import suppress
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from api.http.service import caller, service
from api.names import names
from api.pages.page import Data, page
from api.problems import Problem
from api.resources.comparisons import compared, contrasted
from api.resources.receipts import receipts
from api.resources.run_views import RunView
from api.results import document, partner_of, tabled
from api.store import NotFound, results, rulesets, runs, scenarios
from api.store.runs import Run, State

_ROWS = 50


def _told(session: Session, run_id: str) -> tuple[Run, Data]:
    """The run, and what its pages tell of it; `tables` are those it has."""
    run = runs.get(session, caller().org_id, run_id)
    tables: list[str] = []
    with suppress(NotFound):
        tables = list(results.get(session, run.org_id, run_id).columns)
    return run, {**RunView.model_validate(run).model_dump(mode="json"), "tables": tables}


def _titles(session: Session, found: list[Run]) -> dict[str, str]:
    """Scenario and version to title."""
    wanted = {(run.scenario_id, run.scenario_version) for run in found}
    told = {key: scenarios.document(session, caller().org_id, *key) for key in wanted}
    return {f"{scn}/{version}": _title(said) for (scn, version), said in told.items()}


def _title(said: Data) -> str:
    return str(said.get("title") or said.get("scenario") or "")


def _answer(session: Session, run: Run) -> Data:
    """What the run answered; empty while or where it has not."""
    if run.state not in (State.SUCCEEDED, State.INFEASIBLE):
        return {}
    return dict(document(session, run.org_id, run.id))


@page("/runs", "runs.html")
def list_of_runs() -> Data:
    """All runs, newest first"""
    cursors, name = service().cursors, f"page {caller().org_id}"
    given = request.args.get("after")
    after = cursors.read(name, given) if given else None
    with service().store.read() as session:
        found = runs.listed(session, caller().org_id, after=after, limit=_ROWS)
        titles = _titles(session, list(found.items))
    told = [RunView.model_validate(run).model_dump(mode="json") for run in found.items]
    for run in told:
        run["title"] = titles[f"{run['scenario']}/{run['scenario_version']}"]
    return {"runs": told, "next": cursors.sign(name, found.next) if found.next else None}


@page("/runs/<run_id>", "run.html")
def one_run(run_id: str) -> Data:
    """One run with its summary"""
    with service().store.read() as session:
        run, told = _told(session, run_id)
        answer = _answer(session, run)
        title = _titles(session, [run])
    rules = answer.get("rules") or []
    return {
        "run": told,
        "title": next(iter(title.values())),
        "answer": answer,
        "gave_way": [rule for rule in rules if not rule.get("held", True)],
        "final": State(run.state).final,
    }


@page("/runs/<run_id>/allocation", "allocation.html")
def allocation(run_id: str) -> Data:
    """The targets of a run, page by page"""
    with service().store.read() as session:
        run, data = _table(session, run_id, "allocation")
        called = names(session, run)
    targets = [{**row, "name": called.get(row["partner"], "")} for row in data.pop("rows")]
    return {**data, "targets": targets}


@page("/runs/<run_id>/levels", "levels.html")
def managers(run_id: str) -> Data:
    """What managers above the partners are assigned, page by page"""
    with service().store.read() as session:
        _, data = _table(session, run_id, "levels")
    return data


def _table(session: Session, run_id: str, name: str) -> tuple[Run, Data]:
    """The run, and one page of a table of it."""
    number = _page_number()
    run, told = _told(session, run_id)
    total = tabled(session, run.org_id, run_id, name)
    rows = results.rows(session, run.org_id, run_id, name, start=(number - 1) * _ROWS, limit=_ROWS)
    columns = results.get(session, run.org_id, run_id).columns[name]
    return run, {
        "run": told,
        "title": next(iter(_titles(session, [run]).values())),
        "rows": list(rows),
        "page": number,
        "pages": max(1, -(-total // _ROWS)),
        "total": total,
        "phased": "period" in columns,
    }


def _page_number() -> int:
    given = request.args.get("page", "1")
    if not (given.isascii() and given.isdigit()) or not 0 < int(given[:9]) < 10**7:
        raise Problem("bad-request", "There is no such page.")
    return int(given)


@page("/runs/<run_id>/partners", "partner.html")
def partner(run_id: str) -> Data:
    """How the targets of one partner were made"""
    wanted = request.args.get("partner", "").strip()[:500]
    with service().store.read() as session:
        run, told = _told(session, run_id)
        found = partner_of(session, run.org_id, run_id, wanted)
        called = names(session, run).get(wanted, "")
        title = _titles(session, [run])
    rows: list[Data] = [dict(row) for row in found.allocation]
    receipt = [one.model_dump() for one in receipts(found)]
    return {
        "run": told,
        "title": next(iter(title.values())),
        "partner": wanted,
        "name": called,
        "targets": [{**row, "receipt": one["items"]} for row, one in zip(rows, receipt, strict=True)],
    }


@page("/runs/<run_id>/rules", "rules.html")
def effects(run_id: str) -> Data:
    """What became of every rule"""
    with service().store.read() as session:
        run, told = _told(session, run_id)
        answer: dict[str, Any] = document(session, run.org_id, run_id)
        title = _titles(session, [run])
    return {"run": told, "title": next(iter(title.values())), "rules": answer.get("rules") or []}


@page("/runs/<run_id>/conflict", "conflict.html")
def conflict(run_id: str) -> Data:
    """Why the rules cannot all hold"""
    with service().store.read() as session:
        run, told = _told(session, run_id)
        answer: dict[str, Any] = document(session, run.org_id, run_id)
        called, files = names(session, run), _file_titles(session, answer)
        title = _titles(session, [run])
    found = answer.get("conflict")
    if not found:
        raise Problem("no-result", f"{run_id} has no conflict.")
    rules = [{**rule, "file": files.get(rule["file"], rule["file"])} for rule in found["rules"]]
    touched = [{"partner": one, "name": called.get(one, "")} for one in found.get("touched") or ()]
    return {
        "run": told,
        "title": next(iter(title.values())),
        "conflict": {**found, "rules": rules, "touched": touched},
    }


def _file_titles(session: Session, answer: Data) -> dict[str, str]:
    """Names of the rule files of a run to what people call them."""
    called = {}
    for file in answer.get("inputs") or {}:
        with suppress(NotFound):
            ruleset = rulesets.get(session, caller().org_id, file.partition(".")[0])
            called[file] = f"{ruleset.name} (version {ruleset.version})"
    return called


@page("/compare", "compare.html")
def comparison() -> Data:
    """Runs side by side"""
    wanted = request.args.getlist("runs")
    run_ids = compared(wanted[0].split(",") if len(wanted) == 1 else wanted)
    found = contrasted(run_ids)
    with service().store.read() as session:
        called = names(session, runs.get(session, caller().org_id, run_ids[0]))
    for other in found["against_first"]:
        for moved in other["moves"].values():
            for move in moved["largest"]:
                move["name"] = called.get(move["partner"], "")
    return found
