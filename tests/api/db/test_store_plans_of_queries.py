"""No statement of the service's daily work looks through a whole table that grows."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import factories
import pytest
from sqlalchemy import event

from api.db import Store, delivery_turns
from api.db import run_lifecycle as runs
from api.db.run_lifecycle import Claim, Outcome
from api.db.tables import deliveries, idempotency, results, run_events, webhooks
from api.db.tables import plans as stored_plans
from api.db.tables import runs as stored_runs
from api.db.tables.runs import State
from api.resources.keys import service as keys
from api.resources.plans import service as plans

GROWING = ("runs", "events", "results", "result_parts", "deliveries", "delivery_tries", "plans", "plan_steps", "blobs",
           "audit", "idempotency", "api_keys", "scenario_files", "scenario_versions")  # fmt: skip
Statements = list[tuple[str, Any]]


@contextmanager
def received(store: Store) -> Iterator[Statements]:
    """The statements that are sent meanwhile, with their values."""
    message: Statements = []

    def collect(_c: Any, _cursor: Any, statement: str, values: Any, _context: Any, _many: bool) -> None:
        message.append((statement, values))

    event.listen(store.engine, "before_cursor_execute", collect)
    yield message
    event.remove(store.engine, "before_cursor_execute", collect)


def scans(store: Store, message: Statements) -> list[str]:
    """The statements that would look through a whole growing table."""
    found = []
    with store.engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        for statement, values in message:
            if not re.match(r"\s*(SELECT|UPDATE|DELETE)", statement) or isinstance(values, list):
                continue
            steps = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
            if any(re.search(rf"SCAN ({'|'.join(GROWING)})\b", step) for step in steps):
                found.append(f"{statement}: {steps}")
    return found


@pytest.fixture
def furnished(sqlite_store: Store) -> tuple[Store, str, str]:
    """A store, an organisation, and its finished run."""
    org = factories.organisation(sqlite_store)
    with sqlite_store.write() as session:
        webhooks.create(session, org, url="https://a", events=[], created_by="key")
    return sqlite_store, org, factories.finished(sqlite_store, org)


def test_submitting_solving_and_sweeping(furnished: tuple[Store, str, str]) -> None:
    store, org, _ = furnished
    scenario_id = factories.scenario(store, org)
    with received(store) as message:
        run_id = factories.submit(store, org, scenario_id)
        with store.write() as session:
            assert runs.waiting(session)
            run = runs.claim(session, "wkr")
            assert run is not None
        claim = Claim(run_id, 1)
        with store.write() as session:
            runs.report(session, claim, stage="solve", share=0.5)
            runs.claims(session)
            runs.expire(session)
        with store.write() as session:
            runs.lapse(session, claim)
        with store.write() as session:
            runs.claim(session, "wkr")
        with store.write() as session:
            runs.finish(session, Claim(run_id, 2), Outcome(State.FAILED))
        with store.write() as session:
            assert len(deliveries.waiting(session)) == 1
            assert delivery_turns.begin(session)
    assert scans(store, message) == []


def test_asking(furnished: tuple[Store, str, str]) -> None:
    store, org, run_id = furnished
    with store.write() as session:
        token = keys.create(session, org, name="k", role=keys.Role.ADMIN, created_by="key").token
        plan = plans.submit(session, org, run_id=run_id, name="n", period="p", actor="a")
    with received(store) as message, store.read() as session:
        keys.authenticate(session, token)
        stored_runs.get(session, org, run_id)
        stored_runs.listed(session, org, after="run_9")
        stored_runs.listed(session, org, scenario_id="scn_1")
        stored_runs.counts(session)
        run_events.since(session, org, run_id, 0)
        results.rows(session, org, run_id, "allocation", start=3)
        results.partner(session, org, run_id, "P00001")
        results.document(session, org, run_id)
        list(results.table_csv(session, org, run_id, "receipts"))
        stored_plans.get(session, org, plan.id)
        stored_plans.history(session, org, plan.id)
        stored_plans.listed(session, org, name="n")
    assert scans(store, message) == []


def test_writing_once(furnished: tuple[Store, str, str]) -> None:
    store, org, _ = furnished
    request = idempotency.Request(org, "key", "POST /x", "abc", "f")
    with received(store) as message:
        for _ in range(2):
            with store.write() as session:
                idempotency.reserve(session, request)
        with store.write() as session:
            idempotency.forget_old(session)
            deliveries.forget_ended(session, kept=timedelta(days=30))
    assert scans(store, message) == []
