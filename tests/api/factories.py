"""Builders for the tests of the service: organisations, scenarios, runs, results, in one line each."""

import itertools
import json
from pathlib import Path
from typing import Any

from sqlalchemy import text

from api.db import METADATA, Store, run_submission
from api.db import run_lifecycle as runs
from api.db.run_lifecycle import Claim, Outcome
from api.db.tables import blobs, organisations, scenarios
from api.db.tables import runs as stored
from api.db.tables.runs import Run, State
from api.output import bundling
from api.processes.launcher import Launch

FAKE = Launch("fake_solver:solve", warm=False, environment={"PYTHONPATH": str(Path(__file__).parent)})
_NUMBERS = itertools.count()


def nothing(store: Store) -> None:
    """Empty every table."""
    with store.write() as session:
        for table in reversed(METADATA.sorted_tables):
            session.execute(table.delete())
        if store.backend == "postgresql":
            for name in ("jobs", "workers", "periodic_defers"):
                session.execute(text(f"DELETE FROM procrastinate_{name}"))


def organisation(store: Store, name: str | None = None, **fields: Any) -> str:
    """A new organisation's id; one person may do everything in it, unless `four_eyes` says otherwise."""
    with store.write() as session:
        named = name or f"org {next(_NUMBERS)}"
        return organisations.create(session, named, **{"four_eyes": False, **fields}).id


def scenario(store: Store, org_id: str, *do: str, **behaviour: Any) -> str:
    """A new scenario's id; the fake solver does with it what is said here."""
    text = json.dumps({"do": list(do), **behaviour})
    with store.write() as session:
        files = {scenarios.ENTRY: blobs.put(session, org_id, text.encode())}
        named = {"name": f"scenario {next(_NUMBERS)}", "title": "", "document": {}, "created_by": "key_t"}
        return scenarios.create(session, org_id, files=files, **named).id


def run(store: Store, org_id: str, *do: str, options: dict[str, Any] | None = None, **behaviour: Any) -> str:
    """A queued run's id."""
    return submit(store, org_id, scenario(store, org_id, *do, **behaviour), options=options)


def submit(store: Store, org_id: str, scenario_id: str, *, options: dict[str, Any] | None = None) -> str:
    """A queued run of the scenario."""
    with store.write() as session:
        return run_submission.submit(
            session, org_id, scenario_id, options=options or {}, submitted_by="key_t"
        ).id


def claimed(store: Store, worker_id: str = "wkr_t") -> Claim:
    """The next run, claimed."""
    with store.write() as session:
        run = runs.claim(session, worker_id)
        assert run is not None
        return Claim(run.id, run.attempt)


def finished(store: Store, org_id: str, partners: int = 3, seed: int = 0) -> str:
    """A succeeded run's id, with the fake solver's allocation."""
    import fake_solver

    run_id = run(store, org_id)
    result = json.dumps(fake_solver.RESULT).encode()
    packed = bundling.pack(result, fake_solver.tables(partners, seed))
    claim = claimed(store)
    assert claim.run_id == run_id
    with store.write() as session:
        assert runs.finish(session, claim, Outcome(State.SUCCEEDED, termination="optimal"), packed)
    return run_id


def get(store: Store, org_id: str, run_id: str) -> Run:
    with store.read() as session:
        return stored.get(session, org_id, run_id)


def ended(store: Store, org_id: str, run_id: str, within_s: float = 30.0) -> Run:
    """The run once it is over."""
    import time

    until = time.monotonic() + within_s
    with store.notifier.listen(run_id) as received:
        while time.monotonic() < until:
            received.clear()
            found = get(store, org_id, run_id)
            if State(found.state).final:
                return found
            received.wait(0.2)
    raise AssertionError(f"{run_id} is still {found.state} after {within_s} s")
