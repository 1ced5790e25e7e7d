"""Runs: submitting a scenario to be solved, one or many, following a run, cancelling it, erasing it."""

from flask import Response, request
from sqlalchemy.orm import Session

from api.db import run_lifecycle as life
from api.db.scopes import Scope
from api.db.tables import audit_log, keys, run_events, runs
from api.db.tables.runs import Run, State
from api.resources.keys.service import valid
from api.resources.runs.schemas import (
    LogQuery,
    LogView,
    Resuming,
    RunIn,
    RunList,
    RunPath,
    RunsIn,
    RunsQuery,
    RunView,
    ScenarioRunPath,
    SubmittedRuns,
    Submitting,
)
from api.resources.runs.service import submit
from api.resources.runs.stream import streamed
from api.web.context import caller, service
from api.web.etags import etag, unchanged
from api.web.idempotency import once
from api.web.long_poll import preferred_wait
from api.web.pagination import listed
from api.web.responses import NOTHING, Answer, answer
from api.web.routing import PREFIX, Routes, media
from api.web.schemas import Once

routes = Routes("runs", "One solve of one version of a scenario, in a process of its own.")


@routes.post(
    "/scenarios/<scenario_id>/runs",
    scope=Scope.RUNS_WRITE,
    answers={202: RunView, 200: RunView},
    problems=("idempotency-key-required", "queue-full", "findings"),
)
def submit_run(path: ScenarioRunPath, header: Submitting, body: RunIn) -> Response:  # noqa: ARG001
    """Submit a scenario to be solved

    Answers 202 with the run and its Location; with `Prefer: wait=10` it answers 200 with the finished run
    when it is done in time. Rules that cannot all hold are an answer too: the run is then `infeasible` and has a
    conflict.
    What a solve would find wrong is asked of `POST /analyses`: `check`.
    """
    who = caller()

    def effect(session: Session) -> Answer:
        run = submit(session, path.scenario_id, body.options, priority=body.priority)
        headers = {"Location": f"{PREFIX}/runs/{run.id}", "Retry-After": "2", "ETag": etag(run.revision)}
        return answer(RunView.model_validate(run), 202, headers)

    response = once(effect, demanded=True)
    seconds = preferred_wait(service().config.limits.wait_s)
    if not seconds or "Idempotency-Replayed" in response.headers:
        return response
    return _waited(who.org_id, response, seconds)


def _waited(org_id: str, response: Response, seconds: int) -> Response:
    """The finished run if it is finished in time, else the answer that there was."""
    run_id = response.headers["Location"].rpartition("/")[2]

    def finished() -> Run | None:
        with service().store.read() as session:
            run = runs.get_any(session, org_id, run_id)
        return run if State(run.state).final else None

    with service().wait_slots.slot(caller().org_id) as room:
        run = service().run_poller.until(run_id, finished, seconds) if room else None
    if run is None:
        return response
    headers = {"Location": response.headers["Location"], "Preference-Applied": f"wait={seconds}"}
    return answer(RunView.model_validate(run), 200, {**headers, "ETag": etag(run.revision)}).response()


@routes.post(
    "/runs",
    scope=Scope.RUNS_WRITE,
    answers={202: SubmittedRuns},
    problems=("idempotency-key-required", "queue-full", "not-found"),
)
def submit_runs(header: Once, body: RunsIn) -> Response:  # noqa: ARG001
    """Submit up to 100 scenarios at once

    All of them or none: an id that is not found, or a full queue, refuses the whole request.
    """

    def effect(session: Session) -> Answer:
        made = [submit(session, each, body.options, priority=body.priority) for each in body.scenarios]
        return answer(SubmittedRuns(items=list(map(RunView.model_validate, made))), 202, {"Retry-After": "2"})

    return once(effect, demanded=True)


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
    with service().store.read_latest() as session:
        run = runs.get_any(session, caller().org_id, path.run_id)
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
        audit_log.record(session, who.org_id, actor=who.key_id, action="run.cancel", subject=run.id)
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
        audit_log.record(session, who.org_id, actor=who.key_id, action="run.delete", subject=path.run_id)
    return NOTHING.response()


@routes.get("/runs/<run_id>/log", scope=Scope.RUNS_READ, answers={200: LogView})
def get_run_log(path: RunPath, query: LogQuery) -> Response:
    """Read what the solve said"""
    with service().store.read() as session:
        runs.get_any(session, caller().org_id, path.run_id)
        found = run_events.since(session, caller().org_id, path.run_id, query.after, kind="log")
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
    who = caller()
    return streamed(
        path.run_id,
        _last_seen(header.last_event_id),
        lambda session: valid(keys.get(session, who.org_id, who.key_id)),
    )


def _last_seen(given: str | None) -> int:
    given = given or request.args.get("last_event_id")
    return int(given) if given and given.isascii() and given.isdigit() and len(given) < 10 else 0
