"""Editing the rules of a scenario: findings at the line, saved only when there are no mistakes."""

from flask import Response, make_response, redirect, request

from api.db import Stale
from api.db.scopes import Scope
from api.db.tables import scenarios
from api.pages.page import Data, blueprint, html, page
from api.pages.run_page import head
from api.pages.visitor import check_form, enter, form_version
from api.resources.runs.schemas import RunOptions
from api.resources.runs.service import submit
from api.resources.scenarios.rule_files import findings_of, rule_files, save
from api.web.context import service
from api.web.problems import HttpProblem


@page("/runs/<run_id>/rules/edit", "rule_editor.html", scope=Scope.INPUTS_WRITE)
def editor(run_id: str) -> Data:
    """The rules as text"""
    return _page(run_id, request.args.get("file"), None)


def _page(run_id: str, wanted: str | None, text: str | None) -> Data:
    with service().store.read() as session:
        run, data = head(session, run_id)
        version = scenarios.get(session, run.org_id, run.solved[0]).version
        texts = rule_files(session, run.org_id, run.solved[0], version)
        contents = scenarios.contents(session, run.org_id, run.solved[0], version)
    file = wanted if wanted in texts else next(iter(texts), None)
    if file is None:
        return {**data, "files": [], "file": None, "version": version, "text": "", "findings": []}
    now = text if text is not None else texts[file]
    found = findings_of({**contents, file: now.encode()}) if text is not None else []
    return {**data, "files": list(texts), "file": file, "version": version, "text": now, "findings": found,
            "checked": text is not None}  # fmt: skip


@blueprint.post("/runs/<run_id>/rules/edit")
def check_or_save(run_id: str) -> Response:
    """Findings in what was typed; with `save`, and without mistakes, a new version that is solved"""
    away = enter(Scope.INPUTS_WRITE)
    if away is not None:
        return make_response(away)
    check_form()
    text = request.form.get("text", "").replace("\r\n", "\n")
    data = _page(run_id, request.form.get("file"), text)
    mistakes = any(each["severity"] == "error" for each in data["findings"])
    if "save" not in request.form or mistakes:
        return html("rule_editor.html", data, 422 if mistakes and "save" in request.form else 200)
    if data["file"] is None:
        raise HttpProblem("not-found", "The scenario has no rule file of its own.")
    try:
        run_id = _saved(data["run"]["scenario"], data["file"], text)
    except Stale:
        # Read again: the version that is now the newest, so that saving once more is a decision.
        newest = {**_page(run_id, data["file"], text), "saved_meanwhile": True}
        return html("rule_editor.html", newest, 412)
    return make_response(redirect(f"/runs/{run_id}", 303))


def _saved(scenario_id: str, file: str, text: str) -> str:
    """The run of a new version with the text. Raises Stale where the version that was opened is not the newest."""
    with service().store.write() as session:
        save(session, scenario_id, file, text.encode(), expected=form_version())
        session.flush()
        new = submit(session, scenario_id, RunOptions())
        session.flush()
        return new.id
