"""New plan: a table is brought, looked at, and becomes a scenario that is solved; no step needs ids or files of rules."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from flask import Response, make_response, redirect, request
from sqlalchemy.orm import Session

from api.db.errors import Taken
from api.db.scopes import Scope
from api.db.tables import datasets, scenarios
from api.db.tables.datasets import Dataset
from api.pages.filters import as_typed
from api.pages.number_format import typed
from api.pages.page import Data, blueprint, html, page
from api.pages.visitor import check_form, enter
from api.pages.what_if import slug
from api.resources.datasets.preview import ROLES, Preview, preview
from api.resources.runs.schemas import RunOptions
from api.resources.runs.service import submit
from api.resources.scenarios.draft import Draft
from api.resources.scenarios.inputs import Brought, brought_by
from api.resources.scenarios.service import checked, create
from api.resources.scenarios.starting import EXAMPLE, LIBRARIES, PARTS, SIMPLE, Start, fitted, title_of
from api.resources.scenarios.uploads import read_draft
from api.web.context import caller, service
from api.web.offload import read_within_limits, weight
from api.web.problems import HttpProblem
from api.web.typed import plain
from scenarios.tables.read_table import ending_of

_DEFAULTS = {"unit": "USD", "round_to": "1000", "growth": "8%", "rules": "simple", "period": "FY2027",
             "growth_min": "3%", "growth_max": "40%", "share_max": "25%"}  # fmt: skip
"""What the form says before anybody has filled it in."""
_NUMBERS = {"total": "The company target", "growth": "The growth", "round_to": "What targets are whole of",
            "growth_min": "The least growth", "growth_max": "The most growth", "share_max": "The largest share"}  # fmt: skip
"""Fields that numbers are typed in, and what messages call them."""


@page("/new", "new.html", scope=Scope.INPUTS_WRITE)
def new_plan() -> Data:
    """Bring a table, or begin with the example"""
    with service().store.read() as session:
        known = datasets.listed(session, caller().org_id, limit=5).items
    return {"known": [{"id": each.id, "name": each.name, "partners": each.partners} for each in known]}


@blueprint.post("/new")
def bring_table() -> Response:
    """Keep the table that was uploaded, and look at it"""
    away = enter(Scope.INPUTS_WRITE)
    if away is not None:
        return make_response(away)
    check_form()
    file = request.files.get("table")
    if file is None or not file.filename:
        return html("new.html", {"known": [], "problem": "Choose a file first."}, 422)
    name, content = PurePosixPath(file.filename.replace("\\", "/")).name, file.stream.read()
    ending = ending_of(name)
    found = _preview(content, name, None)
    if ending is None and not found.findings:
        found = Preview(0, (), (), ({"severity": "error", "message": f"{name} cannot be kept as it is", "file": name,
                                      "remedy": "Save it as .xlsx or CSV.", "line": None, "cell": None},))  # fmt: skip
    if ending is None or not found.columns:
        return html("new.html", {"known": [], "preview": vars(found), "file": name}, 422)
    with service().store.write() as session:
        dataset, _ = datasets.put(
            session, caller().org_id, name=name[: -len(ending)][:200] or "partners", format=ending[1:], content=content,
            partners=found.partners, columns=list(found.columns), created_by=caller().key_id,
        )  # fmt: skip
        session.flush()
        target = f"/new/{dataset.id}"
    return make_response(redirect(target, 303))


def _preview(
    content: bytes, file: str, id_column: str | None, more: Sequence[Mapping[str, Any]] = ()
) -> Preview:
    form = file.rpartition(".")[2].lower()
    return read_within_limits(weight(form, len(content)), preview, content, file, id_column, more)


@blueprint.post("/new/example")
def begin_with_example() -> Response:
    """Solve the example that ships; the second time the one that is there already"""
    away = enter(Scope.INPUTS_WRITE)
    if away is not None:
        return make_response(away)
    check_form()
    files = {
        path.name: path.read_bytes() for path in sorted(EXAMPLE.iterdir()) if path.suffix in (".yaml", ".csv")
    }
    entry = files.pop("scenario.yaml")
    beside = {name: content for name, content in files.items() if name in ("partners.csv", "rules.yaml")}
    draft = read_draft(entry, files=beside)
    with service().store.read() as session:
        same = scenarios.listed(session, caller().org_id, name=str(draft.document["scenario"]), limit=1).items
    return make_response(redirect(_solved(same[0].id) if same else _created(draft), 303))


def _created(draft: Draft) -> str:
    """The page of the run of a new scenario."""
    resolved, _ = checked(draft)
    with service().store.write() as session:
        scenario = create(session, resolved, brought_by(draft))
        session.flush()
        return f"/runs/{_submitted(session, scenario.id)}"


def _solved(scenario_id: str) -> str:
    with service().store.write() as session:
        return f"/runs/{_submitted(session, scenario_id)}"


def _submitted(session: Session, scenario_id: str) -> str:
    """The id of a new run of the scenario."""
    run = submit(session, scenario_id, RunOptions())
    session.flush()
    return run.id


@page("/new/<dataset_id>", "new_plan.html", scope=Scope.INPUTS_WRITE)
def choose(dataset_id: str) -> Data:
    """The table, and what to make of it"""
    return _form(dataset_id, request.args)


def _form(
    dataset_id: str,
    given: Mapping[str, str],
    problem: HttpProblem | None = None,
    left_out: Mapping[str, str] | None = None,
) -> Data:
    dataset, content = _dataset(dataset_id)
    file = f"{dataset.name}.{dataset.format}"
    flaws = (
        [each for each in problem.findings if str(each["file"]).endswith(f".{dataset.format}")]
        if problem
        else []
    )
    found = _preview(content, file, given.get("id") or None, flaws)
    chosen = {role: given[role] if role in given else found.proposed.get(role, "") for role in ROLES}
    defaults = {field: as_typed(text) if field in _NUMBERS else text for field, text in _DEFAULTS.items()}
    values = {**defaults, "title": f"Plan for {dataset.name}", **given}
    if "total" in given or "growth" in given:
        values["growth"] = given.get("growth", "")
    return {
        "dataset": {"id": dataset.id, "name": dataset.name},
        "preview": vars(found),
        "roles": [
            {"role": role, "about": about, "chosen": chosen[role]} for role, (_, about) in ROLES.items()
        ],
        "values": values,
        "libraries": [
            {"name": name, "title": title_of(name), "metric": metric} for name, metric in LIBRARIES.items()
        ],
        "problem": problem.document("") if problem else None,
        "left_out": dict(left_out or {}),
    }


def _dataset(dataset_id: str) -> tuple[Dataset, bytes]:
    with service().store.read() as session:
        return datasets.get(session, caller().org_id, dataset_id), datasets.content(
            session, caller().org_id, dataset_id
        )


@blueprint.post("/new/<dataset_id>")
def begin(dataset_id: str) -> Response:
    """Make the scenario and solve it; rules that do not fit the table are named first"""
    away = enter(Scope.INPUTS_WRITE)
    if away is not None:
        return make_response(away)
    check_form()
    given = {name: value.strip()[:200] for name, value in request.form.items() if name != "csrf_token"}
    try:
        target, left_out = _begun(dataset_id, given)
    except HttpProblem as problem:
        if problem.code not in ("findings", "invalid"):
            raise
        return html("new_plan.html", _form(dataset_id, given, problem=problem), problem.status)
    except Taken:
        taken = HttpProblem(
            "invalid", f"There is a scenario called {given['title']!r} already. Choose another title."
        )
        return html("new_plan.html", _form(dataset_id, given, problem=taken), 422)
    if target is None:
        return html("new_plan.html", _form(dataset_id, given, left_out=left_out), 422)
    return make_response(redirect(target, 303))


def _begun(dataset_id: str, given: Mapping[str, str]) -> tuple[str | None, dict[str, str]]:
    """The page of the run; None with the rules that do not fit, until they are agreed to be left out."""
    for field, what in (
        ("baseline", "what partners did before"),
        ("id", "what tells partners apart"),
        ("title", "a title"),
    ):
        if not given.get(field):
            raise HttpProblem("invalid", f"Choose {what}.")
    if bool(given.get("total")) == bool(given.get("growth")):
        raise HttpProblem("invalid", "Say the company target as an amount or as a growth, one of the two.")
    dataset, content = _dataset(dataset_id)
    amounts = {field: plain(typed(given, field, what)) for field, what in _NUMBERS.items()}
    agreed = [rule for rule in given.get("left_out", "").split("|") if rule]
    start = Start(
        title=given["title"],
        period=given.get("period", ""),
        dataset_id=dataset_id,
        columns={role: given[role] for role in ROLES if given.get(role)},
        unit=given.get("unit") or "USD",
        round_to=amounts["round_to"] or "1",
        total=amounts["total"],
        growth=amounts["growth"],
        rules=given.get("rules", "none"),
        numbers={field: amounts[field] for field in SIMPLE},
        missing=given.get("missing", ""),
        numeric=_preview(content, f"{dataset.name}.{dataset.format}", given["id"]).numeric,
        left_out=agreed,
        parts=PARTS.get(given.get("parts", ""), ()),
        begins=given.get("begins", ""),
    )
    resolved, left_out = fitted(start, slug(start.title))
    if not left_out.keys() <= set(agreed):
        return None, left_out
    with service().store.write() as session:
        scenario = create(session, resolved, Brought({}, {}))
        session.flush()
        return f"/runs/{_submitted(session, scenario.id)}", left_out
