"""What the store holds after the chaos, held against what the client was reported: nothing lost, nothing doubled."""

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import select

from api.db import Settings, Store, sqlite
from api.db.tables.result_parts import Result
from api.db.tables.run_events import Event
from api.db.tables.runs import Run, State
from tests.chaos.client import Answers


@dataclass
class History:
    """What was found."""

    faults: list[str] = field(default_factory=list)
    """Each a broken promise."""
    states: Counter[str] = field(default_factory=Counter)
    attempts: Counter[int] = field(default_factory=Counter)
    requeued: Counter[str] = field(default_factory=Counter)

    def check(self, holds: bool, fault: str) -> None:
        if not holds:
            self.faults.append(fault)


def read(settings: Settings, reported: Answers) -> History:
    """Read the store of a service that is at rest."""
    history = History(faults=list(reported.contradictions))
    store = Store.open(settings)
    with store.read() as session:
        runs = {run.id: run for run in session.scalars(select(Run).where(Run.analysis.is_(None)))}
        results = {result.run_id: result for result in session.scalars(select(Result))}
        events: dict[str, list[Event]] = {run_id: [] for run_id in runs}
        for event in session.scalars(select(Event).order_by(Event.run_id, Event.sequence)):
            events.setdefault(event.run_id, []).append(event)
    store.close()
    for key, run_id in reported.accepted.items():
        history.check(run_id in runs, f"{key}: the accepted {run_id} is lost")
    history.check(
        len(runs) <= len(reported.accepted),
        f"{len(runs)} runs were made of {len(reported.accepted)} requests",
    )
    for run_id, run in runs.items():
        _check_run(history, run, events[run_id], results.get(run_id))
    if settings.path:
        sqlite.check_pages(settings.path)
    return history


def read_analyses(settings: Settings, reported: Answers) -> History:
    """The same of analyses that became runs: each once and ended, with an answer, and no part of it under way."""
    history = History(faults=list(reported.contradictions))
    store = Store.open(settings)
    with store.read() as session:
        runs = list(session.scalars(select(Run).where(Run.analysis.is_not(None))))
        results = set(session.scalars(select(Result.run_id)))
    store.close()
    wholes = {run.id for run in runs if run.parent_id is None}
    accepted = set(reported.accepted.values())
    history.check(wholes == accepted, f"analyses lost or doubled: {sorted(wholes ^ accepted)}")
    for run in runs:
        history.states[run.state] += run.parent_id is None
        history.attempts[run.attempt] += 1
        history.check(State(run.state).final, f"{run.id} ({run.analysis}, part {run.part}) has not ended")
        answered = run.state != State.SUCCEEDED or run.parent_id is not None or run.id in results
        history.check(answered, f"{run.id} ({run.analysis}) has no answer")
    return history


def _check_run(history: History, run: Run, events: list[Event], result: Result | None) -> None:
    history.states[run.state] += 1
    history.attempts[run.attempt] += 1
    history.requeued.update(str(event.data["reason"]) for event in events if event.kind == "requeued")
    kinds = [event.kind for event in events]
    ends = [kind for kind in kinds if kind in set(State) and State(kind).final]
    begun = [event.data["attempt"] for event in events if event.kind == "started"]
    reported = f"{run.id} ({run.state}): {kinds}"
    history.check(ends == [run.state], f"it has not ended just once: {reported}")
    history.check(kinds[-1:] == ends, f"something happened after its end: {reported}")
    history.check(
        [e.sequence for e in events] == list(range(1, run.revision + 1)), f"events are missing: {reported}"
    )
    history.check(begun == list(range(1, run.attempt + 1)), f"its attempts are not in order: {reported}")
    if run.state == State.SUCCEEDED:
        whole = result is not None and result.attempt == run.attempt and result.rows["allocation"] > 0
        history.check(whole, f"it has no result of its last attempt: {reported}")
    else:
        given_up = run.state == State.FAILED and run.reason in ("crashed", "lost") and run.strikes >= 3
        history.check(
            given_up, f"it ended for no good reason ({run.reason}, {run.strikes} strikes): {reported}"
        )
        history.check(result is None, f"it has a result: {reported}")
