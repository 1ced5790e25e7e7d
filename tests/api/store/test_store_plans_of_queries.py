"""No statement of the service's daily work looks through a whole table that grows."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import making
import pytest
from sqlalchemy import event

from api import keys, plans, runs
from api.runs import Claim, Outcome
from api.store import Store, deliveries, events, idempotency, results, webhooks
from api.store import plans as stored_plans
from api.store import runs as stored_runs
from api.store.runs import State

GROWING = ("runs", "events", "results", "result_parts", "deliveries", "plans", "plan_steps", "blobs", "audit",
           "idempotency", "api_keys", "scenario_files", "scenario_versions")  # fmt: skip
Said = list[tuple[str, Any]]


@contextmanager
def heard(store: Store) -> Iterator[Said]:
    """The statements that are sent meanwhile, with their values."""
    said: Said = []

    def hear(_c: Any, _cursor: Any, statement: str, values: Any, _context: Any, _many: bool) -> None:
        said.append((statement, values))

    event.listen(store.engine, "before_cursor_execute", hear)
    yield said
    event.remove(store.engine, "before_cursor_execute", hear)


def scans(store: Store, said: Said) -> list[str]:
    """The statements that would look through a whole growing table."""
    found = []
    with store.engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        for statement, values in said:
            if not re.match(r"\s*(SELECT|UPDATE|DELETE)", statement) or isinstance(values, list):
                continue
            steps = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
            if any(re.search(rf"SCAN ({'|'.join(GROWING)})\b", step) for step in steps):
                found.append(f"{statement}: {steps}")
    return found


@pytest.fixture
def furnished(sqlite_store: Store, tmp_path: Path) -> tuple[Store, str, str]:
    """A store, an organisation, and its finished run."""
    org = making.organisation(sqlite_store)
    with sqlite_store.write() as session:
        webhooks.create(session, org, url="https://a", events=[], created_by="key")
    return sqlite_store, org, making.finished(sqlite_store, org, tmp_path)


def test_submitting_solving_and_sweeping(furnished: tuple[Store, str, str]) -> None:
    store, org, _ = furnished
    scenario_id = making.scenario(store, org)
    with heard(store) as said:
        run_id = making.submit(store, org, scenario_id)
        with store.write() as session:
            assert runs.waiting(session)
            run = runs.claim(session, "wkr")
            assert run is not None
        claim = Claim(run_id, 1)
        with store.write() as session:
            runs.beat(session, claim, stage="solve", share=0.5)
            runs.claims(session)
            runs.claims(session, workers=["wkr"])
            runs.expire(session)
        with store.write() as session:
            runs.lapse(session, claim, 1)
        with store.write() as session:
            runs.claim(session, "wkr")
        with store.write() as session:
            runs.finish(session, Claim(run_id, 2), Outcome(State.FAILED))
        with store.write() as session:
            deliveries.claim(session)
            deliveries.next_due(session)
    assert scans(store, said) == []


def test_asking(furnished: tuple[Store, str, str]) -> None:
    store, org, run_id = furnished
    with store.write() as session:
        token = keys.create(session, org, name="k", role=keys.Role.ADMIN, created_by="key").token
        plan = plans.submit(session, org, run_id=run_id, name="n", period="p", actor="a")
    with heard(store) as said, store.read() as session:
        keys.authenticate(session, token)
        stored_runs.get(session, org, run_id)
        stored_runs.listed(session, org, after="run_9")
        stored_runs.listed(session, org, scenario_id="scn_1")
        stored_runs.counts(session)
        events.since(session, org, run_id, 0)
        results.rows(session, org, run_id, "allocation", start=3)
        results.partner(session, org, run_id, "P00001")
        results.document(session, org, run_id)
        list(results.table_csv(session, org, run_id, "receipts"))
        stored_plans.get(session, org, plan.id)
        stored_plans.history(session, org, plan.id)
        stored_plans.listed(session, org, name="n")
    assert scans(store, said) == []


def test_writing_once(furnished: tuple[Store, str, str]) -> None:
    store, org, _ = furnished
    request = idempotency.Request(org, "key", "POST /x", "abc", "f")
    with heard(store) as said:
        for _ in range(2):
            with store.write() as session:
                idempotency.reserve(session, request)
        with store.write() as session:
            idempotency.forget_old(session)
    assert scans(store, said) == []
