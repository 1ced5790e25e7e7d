"""Runs: submitting a scenario to be solved, one or many, following a run, cancelling it, erasing it."""

from functools import partial

from flask import Response, request
from sqlalchemy.orm import Session

from api import runs as life
from api.composing import told
from api.events import stream
from api.http.answers import NOTHING, Answer, answer
from api.http.etags import etag, unchanged
from api.http.idempotency import once
from api.http.paging import listed
from api.http.routes import PREFIX, Routes, media
from api.http.service import caller, service
from api.http.shapes import FindingView, Once
from api.http.waiting import preferred_wait
from api.keys import Scope
from api.problems import retry_after
from api.resources.handed_in import doubts_of, read_document
from api.resources.run_views import (
    BatchIn,
    BatchPath,
    BatchView,
    DryRunView,
    FinishedOrChecked,
    LogQuery,
    LogView,
    Resuming,
    RunIn,
    RunList,
    RunOptions,
    RunPath,
    RunsQuery,
    RunView,
    ScenarioRunPath,
    SubmitQuery,
    Submitting,
)
from api.store import audit, events, runs, scenarios
from api.store.runs import Run, State

routes = Routes("runs", "One solve of one version of a scenario, in a process of its own.")


@routes.post(
    "/scenarios/<scenario_id>/runs",
    scope=Scope.RUNS_WRITE,
    answers={202: RunView, 200: FinishedOrChecked},
    problems=("idempotency-key-required", "queue-full", "findings"),
)
def submit_run(path: ScenarioRunPath, query: SubmitQuery, header: Submitting, body: RunIn) -> Response:  # noqa: ARG001
    """Submit a scenario to be solved

    Answers 202 with the run and its Location; with `Prefer: wait=10` it answers 200 with the finished run
    when it is done in time. Rules that cannot all hold are an answer too: the run is then `infeasible` and has a
    conflict.
    With `?dry_run=true` nothing is solved: 200 with the findings.
    """
    if query.dry_run:
        return _dry_run(path.scenario_id)
    who = caller()

    def effect(session: Session) -> Answer:
        run = _submitted(session, path.scenario_id, body.options, body.priority)
        headers = {"Location": f"{PREFIX}/runs/{run.id}", "Retry-After": "2", "ETag": etag(run.revision)}
        return answer(RunView.model_validate(run), 202, headers)

    response = once(effect, demanded=True)
    seconds = preferred_wait(service().config.limits.wait_s)
    if not seconds or "Idempotency-Replayed" in response.headers:
        return response
    return _waited(who.org_id, response, seconds)


def _submitted(
    session: Session, scenario_id: str, options: RunOptions, priority: int, batch_id: str | None = None
) -> Run:
    limits, who = service().config.limits, caller()
    effective = {
        "time_limit_s": min(options.time_limit_s or limits.time_limit_s, limits.time_limit_s),
        "memory_limit_mb": min(options.memory_limit_mb or limits.memory_limit_mb, limits.memory_limit_mb),
    }
    return life.submit(
        session,
        who.org_id,
        scenario_id,
        options=effective,
        submitted_by=who.key_id,
        priority=priority,
        batch_id=batch_id,
        policy=service().config.policy,
    )


def _waited(org_id: str, response: Response, seconds: int) -> Response:
    """The finished run if it is finished in time, else the answer that there was."""
    run_id = response.headers["Location"].rpartition("/")[2]

    def look() -> Run | None:
        with service().store.read() as session:
            run = runs.get(session, org_id, run_id)
        return run if State(run.state).final else None

    places = service().places
    with places.place(caller().key_id) as room:
        run = places.until(service().store.bell, run_id, look, seconds) if room else None
    if run is None:
        return response
    headers = {"Location": response.headers["Location"], "Preference-Applied": f"wait={seconds}"}
    return answer(RunView.model_validate(run), 200, {**headers, "ETag": etag(run.revision)}).response()


def _dry_run(scenario_id: str) -> Response:
    org_id = caller().org_id
    with service().store.read() as session:
        scenario = scenarios.get(session, org_id, scenario_id)
        files = scenarios.contents(session, org_id, scenario_id, scenario.version)
    doubts = doubts_of(files, read_document(files[scenarios.ENTRY], pointed=False))
    view = DryRunView(dry_run=True, findings=list(map(FindingView.model_validate, told(doubts))))
    return answer(view).response()


@routes.post(
    "/runs:batch",
    scope=Scope.RUNS_WRITE,
    answers={202: BatchView},
    problems=("idempotency-key-required", "queue-full", "not-found"),
)
def submit_batch(header: Once, body: BatchIn) -> Response:  # noqa: ARG001
    """Submit up to 100 scenarios at once

    All of them or none: an id that is not found, or a full queue, refuses the whole batch.
    """
    who = caller()

    def effect(session: Session) -> Answer:
        batch = life.new_batch(session, who.org_id, created_by=who.key_id)
        made = [
            _submitted(session, scenario, body.options, body.priority, batch.id)
            for scenario in body.scenarios
        ]
        view = BatchView(id=batch.id, runs=[RunView.model_validate(run) for run in made])
        return answer(view, 202, {"Location": f"{PREFIX}/batches/{batch.id}", "Retry-After": "2"})

    return once(effect, demanded=True)


@routes.get("/batches/<batch_id>", scope=Scope.RUNS_READ, answers={200: BatchView})
def get_batch(path: BatchPath) -> Response:
    """Read the runs that were submitted together"""
    with service().store.read() as session:
        batch = runs.batch(session, caller().org_id, path.batch_id)
        page = runs.listed(session, caller().org_id, batch_id=batch.id, limit=100)
    view = BatchView(id=batch.id, runs=[RunView.model_validate(run) for run in reversed(page.items)])
    return answer(view).response()


@routes.get("/runs", scope=Scope.RUNS_READ, answers={200: RunList}, problems=("bad-cursor",))
def list_runs(query: RunsQuery) -> Response:
    """List runs"""
    with service().store.read() as session:
        page = runs.listed(
            session,
            caller().org_id,
            scenario_id=query.scenario,
            states=(query.state,) if query.state else (),
            after=query.after(),
            limit=query.limit,
        )
    return listed(page, RunView.model_validate)


@routes.get("/runs/<run_id>", scope=Scope.RUNS_READ, answers={200: RunView, 304: None})
def get_run(path: RunPath) -> Response:
    """Read where a run stands

    Small, with an ETag: ask again with If-None-Match and get 304 while nothing has changed.
    """
    with service().store.look() as session:
        run = runs.get(session, caller().org_id, path.run_id)
    tag = etag(run.revision)
    return unchanged(tag) or answer(RunView.model_validate(run)).response(ETag=tag)


@routes.post(
    "/runs/<run_id>/cancel", scope=Scope.RUNS_WRITE, answers={202: RunView}, problems=("run-finished",)
)
def cancel_run(path: RunPath, header: Once) -> Response:  # noqa: ARG001
    """Cancel a run

    As often as you like; 409 when it has ended in another way.
    """
    who = caller()

    def effect(session: Session) -> Answer:
        run = life.cancel(session, who.org_id, path.run_id)
        audit.record(session, who.org_id, actor=who.key_id, action="run.cancel", subject=run.id)
        return answer(RunView.model_validate(run), 202, {"ETag": etag(run.revision)})

    return once(effect)


@routes.change(
    "delete",
    "/runs/<run_id>",
    scope=Scope.RUNS_WRITE,
    answers={204: None},
    problems=("run-not-finished", "in-use"),
)
def delete_run(path: RunPath) -> Response:
    """Erase a finished run with its result, unless a plan is built on it"""
    who = caller()
    with service().store.write() as session:
        life.remove(session, who.org_id, path.run_id)
        audit.record(session, who.org_id, actor=who.key_id, action="run.delete", subject=path.run_id)
    return NOTHING.response()


@routes.get("/runs/<run_id>/log", scope=Scope.RUNS_READ, answers={200: LogView})
def get_run_log(path: RunPath, query: LogQuery) -> Response:
    """Read what the solve said"""
    with service().store.read() as session:
        runs.get(session, caller().org_id, path.run_id)
        found = events.since(session, caller().org_id, path.run_id, query.after, kind="log")
    entries = [{"sequence": e.sequence, "at": e.at.isoformat(), "lines": e.data["lines"]} for e in found]
    return answer(
        LogView(entries=entries, next_after=max([query.after, *(e.sequence for e in found)]))
    ).response()


@routes.get(
    "/runs/<run_id>/events",
    scope=Scope.RUNS_READ,
    answers={200: media("Server-sent events.", "text/event-stream")},
    offers=("text/event-stream",),
)
def get_run_events(path: RunPath, header: Resuming) -> Response:
    """Follow a run as it goes

    Server-sent events, resumed after `Last-Event-ID`. The stream ends with an event `end` when the run is
    over, or after some seconds, to be taken up again.
    """
    with service().store.read() as session:
        runs.get(session, caller().org_id, path.run_id)
    after = _last_seen(header.last_event_id)
    who = caller()
    if not service().places.take(who.key_id):
        raise retry_after("busy", "Too many are waiting already; poll the run instead.", 2)
    response = Response(stream(service(), who.org_id, path.run_id, after), content_type="text/event-stream")
    response.call_on_close(partial(service().places.leave, who.key_id))
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _last_seen(given: str | None) -> int:
    given = given or request.args.get("last_event_id")
    return int(given) if given and given.isascii() and given.isdigit() and len(given) < 10 else 0
