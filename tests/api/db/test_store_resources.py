"""What is kept for an organisation: uploads, rule sets, scenarios, messages, records, and the walls between."""

import contextlib
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import factories
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.db import InUse, NotFound, Stale, Store, Taken, delivery_turns, erasure
from api.db.column_types import now
from api.db.queue_policy import Policy
from api.db.scopes import Role
from api.db.tables import (
    audit_log,
    blobs,
    datasets,
    deliveries,
    idempotency,
    invitations,
    keys,
    organisations,
    plans,
    results,
    rulesets,
    runs,
    scenarios,
    secrets,
    webhooks,
)
from api.db.tables.idempotency import KeyReused, Request
from api.worker.upkeep import Upkeep

TABLE = {"name": "partners", "format": "csv", "partners": 1, "columns": ["partner"], "created_by": "key"}


@pytest.fixture
def org(store: Store) -> str:
    return factories.organisation(store)


def test_the_same_table_uploaded_twice_is_one_dataset(store: Store, org: str) -> None:
    with store.write() as session:
        first, new = datasets.put(session, org, content=b"partner\na\n", **TABLE)
    with store.write() as session:
        second, again = datasets.put(session, org, content=b"partner\na\n", **TABLE)
        other, changed = datasets.put(session, org, content=b"partner\nb\n", **TABLE)
    assert (new, again, changed) == (True, False, True)
    assert (first.id == second.id, first.id == other.id) == (True, False)
    with store.read() as session:
        assert datasets.content(session, org, first.id) == b"partner\na\n"


def test_a_dataset_in_use_stays_and_an_unused_one_goes_with_its_content(store: Store, org: str) -> None:
    with store.write() as session:
        used, _ = datasets.put(session, org, content=b"used", **TABLE)
        unused, _ = datasets.put(session, org, content=b"unused", **TABLE)
        files = {scenarios.ENTRY: blobs.put(session, org, b"{}"), "partners.csv": used.sha256}
        scenarios.create(session, org, name="s", title="", document={}, files=files, created_by="key")
    with pytest.raises(InUse, match="is used by scn_"), store.write() as session:
        erasure.delete_dataset(session, org, used.id)
    with store.write() as session:
        erasure.delete_dataset(session, org, unused.id)
    with store.read() as session, pytest.raises(NotFound):
        blobs.read(session, org, unused.sha256)


def test_rule_sets_are_numbered_within_their_name(store: Store, org: str) -> None:
    made = []
    for name, content in (("a", b"1"), ("a", b"2"), ("b", b"1"), ("a", b"1")):
        with store.write() as session:
            ruleset, new = rulesets.put(session, org, name=name, content=content, created_by="key")
            made.append((ruleset.name, ruleset.version, new))
    assert made == [("a", 1, True), ("a", 2, True), ("b", 1, True), ("a", 1, False)]


def test_versions_of_a_rule_set_made_at_once_are_kept_apart(store: Store, org: str) -> None:
    def put(number: int) -> int:
        with store.write() as session:
            content = f"rules: {number}".encode()
            return rulesets.put(session, org, name="a", content=content, created_by="key")[0].version

    assert sorted(at_once(put, 6)) == [1, 2, 3, 4, 5, 6]


def test_a_scenario_is_revised_only_from_the_version_that_was_read(store: Store, org: str) -> None:
    scenario_id = factories.scenario(store, org)
    with store.write() as session:
        files = {
            scenarios.ENTRY: blobs.put(session, org, b"{}"),
            "rules/a.yaml": blobs.put(session, org, b"a"),
        }
        change: dict[str, Any] = {"title": "new", "document": {"x": 1}, "files": files, "revised_by": "key"}
        assert scenarios.revise(session, org, scenario_id, expected=1, **change).version == 2
    with pytest.raises(Stale, match="at version 2"), store.write() as session:
        scenarios.revise(session, org, scenario_id, expected=1, **change)
    with store.read() as session:
        assert scenarios.document(session, org, scenario_id, 2) == {"x": 1}
        assert scenarios.contents(session, org, scenario_id, 2) == {
            "rules/a.yaml": b"a",
            "scenario.yaml": b"{}",
        }
        assert list(scenarios.files(session, org, scenario_id, 1)) == ["scenario.yaml"]


def test_a_run_stays_with_the_version_it_was_submitted_on(store: Store, org: str) -> None:
    scenario_id = factories.scenario(store, org)
    run_id = factories.submit(store, org, scenario_id)
    with store.write() as session:
        files = {scenarios.ENTRY: blobs.put(session, org, b"{}")}
        scenarios.revise(
            session, org, scenario_id, expected=None, title="", document={}, files=files, revised_by="key"
        )
    assert factories.get(store, org, run_id).scenario_version == 1
    assert factories.get(store, org, factories.submit(store, org, scenario_id)).scenario_version == 2


def test_the_name_of_a_deleted_scenario_is_free_again(store: Store, org: str) -> None:
    def create() -> str:
        with store.write() as session:
            files = {scenarios.ENTRY: blobs.put(session, org, b"{}")}
            named = {"name": "plan", "title": "", "document": {}, "created_by": "key"}
            return scenarios.create(session, org, files=files, **named).id

    first = create()
    with pytest.raises(Taken):
        create()
    with store.write() as session:
        scenarios.archive(session, org, first, expected=1)
    assert create() != first
    with store.read() as session, pytest.raises(NotFound):
        scenarios.get(session, org, first)


def test_pages_follow_each_other_whatever_is_added_meanwhile(store: Store, org: str) -> None:
    scenario_id = factories.scenario(store, org)
    submitted = [factories.submit(store, org, scenario_id) for _ in range(7)]
    seen: list[str] = []
    after = None
    while True:
        with store.read() as session:
            page = runs.listed(session, org, after=after, limit=3)
        seen += [run.id for run in page.items]
        factories.submit(store, org, scenario_id)
        if (after := page.next) is None:
            break
    assert seen == submitted[::-1]


def test_a_request_sent_twice_is_done_once(store: Store, org: str) -> None:
    scenario_id = factories.scenario(store, org)
    request = Request(org, "key_1", "POST /runs", "abc", "fingerprint")

    def ask() -> str | None:
        with store.write() as session:
            answer = idempotency.reserve(session, request)
            if answer:
                return idempotency.body_of(session, answer)
            from api.db.run_submission import submit

            run = submit(session, org, scenario_id, options={}, submitted_by="key_1")
            idempotency.remember(session, request, status=202, headers={"Location": "/x"}, body=run.id)
            return run.id

    first = ask()
    assert ask() == first
    with store.read() as session:
        assert [run.id for run in runs.listed(session, org).items] == [first]


def test_twins_that_come_at_once_are_done_once(store: Store, org: str) -> None:
    request = Request(org, "key_1", "POST /x", "abc", "fingerprint")

    def ask(number: int) -> str | None:
        with store.write() as session:
            answer = idempotency.reserve(session, request)
            if answer is None:
                idempotency.remember(session, request, status=201, headers={}, body=str(number))
                return str(number)
            return idempotency.body_of(session, answer)

    assert len(set(at_once(ask, 8))) == 1


def test_a_request_that_failed_may_be_sent_again(store: Store, org: str) -> None:
    request = Request(org, "key_1", "POST /x", "abc", "fingerprint")
    for _ in range(2):
        with contextlib.suppress(Taken), store.write() as session:
            assert idempotency.reserve(session, request) is None
            raise Taken
    with store.write() as session:
        assert idempotency.reserve(session, request) is None


def test_a_key_used_for_something_else_is_refused(store: Store, org: str) -> None:
    with store.write() as session:
        idempotency.reserve(session, Request(org, "key_1", "POST /x", "abc", "one"))
    with pytest.raises(KeyReused), store.write() as session:
        idempotency.reserve(session, Request(org, "key_1", "POST /x", "abc", "two"))
    with store.write() as session:
        assert idempotency.reserve(session, Request(org, "key_2", "POST /x", "abc", "two")) is None
        assert idempotency.reserve(session, Request(org, "key_1", "POST /y", "abc", "two")) is None


def test_old_answers_are_forgotten(store: Store, org: str) -> None:
    with store.write() as session:
        idempotency.reserve(session, Request(org, "key_1", "POST /x", "abc", "one"))
    with store.write() as session:
        assert idempotency.forget_old(session) == 0
        assert idempotency.forget_old(session, keep=timedelta(seconds=-1)) == 1


def message(store: Store, org: str) -> str:
    with store.write() as session:
        webhook = webhooks.create(session, org, url="https://a", events=[], created_by="key")
        assert deliveries.enqueue(session, org, "run.succeeded", {"id": "run_1"}) == 1
        return webhook.id


def begun(session: Session) -> tuple[deliveries.Delivery, ...]:
    """The messages that may be tried, each with a try begun."""
    found = iter(lambda: delivery_turns.begin(session), None)
    return tuple(delivery for delivery, _ in found)


def test_a_message_is_tried_again_until_it_arrives(store: Store, org: str) -> None:
    webhook_id = message(store, org)
    with store.write() as session:
        (first,) = begun(session)
        retry = {"status": 500, "error": None, "seconds": 0.1, "delivered": False, "retry_at": now()}
        assert deliveries.record(session, first, **retry)
    with store.write() as session:
        (second,) = begun(session)
        assert second.tries == 2
        done = {"status": 200, "error": None, "seconds": 0.1, "delivered": True, "retry_at": None}
        assert deliveries.record(session, second, **done)
    with store.read() as session:
        assert [one.status for one in deliveries.tries(session, org, first.id)] == [500, 200]
        assert deliveries.listed(session, org, webhook_id).items[0].state == "delivered"
        assert deliveries.waiting(session) == ()


def test_a_message_without_another_try_is_given_up_and_can_be_sent_again(store: Store, org: str) -> None:
    message(store, org)
    with store.write() as session:
        (first,) = begun(session)
        last = {"status": None, "error": "timeout", "seconds": 15.0, "delivered": False, "retry_at": None}
        deliveries.record(session, first, **last)
    with store.write() as session:
        assert begun(session) == ()
        assert deliveries.replay(session, org, first.id).state == "pending"
    with store.write() as session:
        assert len(begun(session)) == 1


def left(store: Store, org: str, webhook_id: str, policy: Policy) -> dict[str, int]:
    """State to number of the webhook's messages once the upkeep has been."""
    next(chore for chore in Upkeep(store, policy).chores if chore.name == "forget").do()
    with store.read() as session:
        return Counter(one.state for one in deliveries.listed(session, org, webhook_id).items)


def aged(store: Store, kind: Any, *columns: str) -> None:
    """Let so many days pass for all of a kind."""
    with store.write() as session:
        for each in session.scalars(select(kind)):
            for column in columns:
                moment = getattr(each, column)
                setattr(each, column, moment and moment - timedelta(days=20))


@pytest.mark.parametrize("delivered", [True, False], ids=["arrived", "given up"])
def test_messages_are_forgotten_with_their_tries_so_long_after_their_end(
    store: Store, org: str, delivered: bool
) -> None:
    webhook_id, policy = message(store, org), Policy(deliveries_kept=timedelta(days=10))
    with store.write() as session:
        (first,) = begun(session)
        end = {"status": 200, "error": None, "seconds": 0.1, "delivered": delivered, "retry_at": None}
        deliveries.record(session, first, **end)
        deliveries.enqueue(session, org, "run.succeeded", {"id": "run_2"})
    state = "delivered" if delivered else "given_up"
    assert left(store, org, webhook_id, policy) == {"pending": 1, state: 1}
    aged(store, deliveries.Delivery, "due_at")
    assert left(store, org, webhook_id, Policy()) == {"pending": 1, state: 1}
    assert left(store, org, webhook_id, policy) == {"pending": 1}
    with store.read() as session:
        assert session.scalars(select(deliveries.DeliveryTry)).all() == []


def test_what_waits_for_a_webhook_that_is_off_is_forgotten_too(store: Store, org: str) -> None:
    webhook_id, policy = message(store, org), Policy(deliveries_kept=timedelta(days=10))
    with store.write() as session:
        webhooks.disable(session, org, webhook_id, "the receiver said 410")
    assert left(store, org, webhook_id, policy) == {"pending": 1}
    aged(store, deliveries.Delivery, "due_at")
    assert left(store, org, webhook_id, policy) == {}


def test_no_more_messages_are_forgotten_at_once_than_others_can_wait_for(store: Store, org: str) -> None:
    webhook_id = message(store, org)
    with store.write() as session:
        for number in range(4):
            deliveries.enqueue(session, org, "run.succeeded", {"id": f"run_{number}"})
        webhooks.disable(session, org, webhook_id, "the receiver said 410")
    kept = timedelta(seconds=-1)
    forgotten = []
    for _ in range(3):
        with store.write() as session:
            forgotten.append(deliveries.forget_ended(session, kept=kept, most=3))
    assert forgotten == [3, 2, 0]


def test_invitations_are_forgotten_so_long_after_they_are_good_for_nothing(store: Store, org: str) -> None:
    def invite(name: str) -> invitations.Invitation:
        words = {"email": f"{name}@example.com", "name": name, "role": "viewer", "created_by": "key"}
        return invitations.create(session, org, **words)[0]

    policy = Policy(invitations_kept=timedelta(days=10))
    with store.write() as session:
        invite("accepted").accepted_at = now()
        invite("revoked").revoked_at = now()
        invite("too old").expires_at = now()
        invite("open").expires_at = now() + timedelta(days=21)

    def names() -> set[str]:
        next(chore for chore in Upkeep(store, policy).chores if chore.name == "forget").do()
        with store.read() as session:
            return {each.name for each in invitations.listed(session, org).items}

    assert names() == {"accepted", "revoked", "too old", "open"}
    aged(store, invitations.Invitation, "accepted_at", "revoked_at", "expires_at")
    assert names() == {"open"}


def test_a_sender_that_was_too_slow_records_nothing(store: Store, org: str) -> None:
    message(store, org)
    with store.write() as session:
        (slow,) = begun(session)
    with store.write() as session:
        assert begun(session) == ()
        session.execute(update(deliveries.Delivery).values(held_until=now()))
        assert len(begun(session)) == 1
    with store.write() as session:
        done = {"status": 200, "error": None, "seconds": 0.1, "delivered": True, "retry_at": None}
        assert not deliveries.record(session, slow, **done)


def test_the_end_of_a_try_is_recorded_once(store: Store, org: str) -> None:
    """The answer to the first record may be lost after its commit."""
    message(store, org)
    with store.write() as session:
        (first,) = begun(session)
    retry = {"status": 500, "error": None, "seconds": 0.1, "delivered": False, "retry_at": now()}
    for recorded in (True, False):
        with store.write() as session:
            assert deliveries.record(session, first, **retry) is recorded


def test_what_is_to_be_sent_again_while_it_is_being_sent_is_sent_again(store: Store, org: str) -> None:
    message(store, org)
    with store.write() as session:
        (first,) = begun(session)
    with store.write() as session:
        deliveries.replay(session, org, first.id)
    with store.write() as session:
        done = {"status": 200, "error": None, "seconds": 0.1, "delivered": True, "retry_at": None}
        assert not deliveries.record(session, first, **done)
        assert [again.tries for again in begun(session)] == [2]


def test_a_disabled_webhook_is_sent_nothing(store: Store, org: str) -> None:
    webhook_id = message(store, org)
    with store.write() as session:
        webhooks.disable(session, org, webhook_id, "the receiver said 410")
    with store.write() as session:
        assert begun(session) == ()
        assert deliveries.enqueue(session, org, "run.succeeded", {}) == 0


def test_a_rotated_secret_keeps_the_old_one_for_a_while(store: Store, org: str) -> None:
    webhook_id = message(store, org)
    with store.read() as session:
        (before,) = webhooks.secrets_of(session, webhooks.get(session, org, webhook_id))
    with store.write() as session:
        rotated = webhooks.rotate(session, org, webhook_id)
        new, old = webhooks.secrets_of(session, rotated)
    assert old == before != new
    assert new.startswith("whsec_")
    assert rotated.old_secret_until is not None
    assert rotated.old_secret_until > now()


def test_deeds_are_recorded_and_listed_newest_first(store: Store, org: str) -> None:
    for number in range(3):
        with store.write() as session:
            audit_log.record(session, org, actor="key_1", action="plan.approve", subject=f"plan_{number}")
    with store.read() as session:
        page = audit_log.listed(session, org, limit=2)
        assert [entry.subject for entry in page.items] == ["plan_2", "plan_1"]
        assert [entry.subject for entry in audit_log.listed(session, org, after=page.next).items] == [
            "plan_0"
        ]


def test_a_secret_is_made_once_and_stays(store: Store) -> None:
    def ask(_number: int) -> bytes:
        with store.write() as session:
            return secrets.secret(session, "cursors")

    assert len(set(at_once(ask, 4))) == 1
    assert len(ask(0)) == 32


def test_an_organisation_is_found_by_name_and_names_are_taken_once(store: Store) -> None:
    with store.write() as session:
        made = organisations.create(session, "Acme")
    with store.read() as session:
        assert organisations.find(session, "Acme").id == made.id
    with pytest.raises(Taken), store.write() as session:
        organisations.create(session, "Acme")


def one_of_everything(store: Store, org: str) -> dict[str, Callable[[Any, str], Any]]:
    """A way to each of the organisation's things, for whichever organisation asks."""
    from api.resources.keys import service as making_keys
    from api.resources.plans import service as lives

    run_id = factories.finished(store, org)
    scenario_id = factories.get(store, org, run_id).scenario_id
    with store.write() as session:
        sha256 = blobs.put(session, org, b"bytes")
        dataset, _ = datasets.put(session, org, content=b"partner\n", **TABLE)
        ruleset, _ = rulesets.put(session, org, name="a", content=b"1", created_by="key")
        webhook = webhooks.create(session, org, url="https://a", events=[], created_by="key")
        deliveries.enqueue(session, org, "run.succeeded", {})
        key = making_keys.create(session, org, name="k", role=Role.VIEWER, created_by="key").key
        plan = lives.submit(session, org, run_id=run_id, name="channel", period="Q1", actor="key")
    with store.read() as session:
        delivery_id = deliveries.listed(session, org, webhook.id).items[0].id
    return {
        "blob": lambda session, client_of: blobs.read(session, client_of, sha256),
        "dataset": lambda session, client_of: datasets.get(session, client_of, dataset.id),
        "ruleset": lambda session, client_of: rulesets.content(session, client_of, ruleset.id),
        "scenario": lambda session, client_of: scenarios.get(session, client_of, scenario_id),
        "document": lambda session, client_of: scenarios.document(session, client_of, scenario_id, 1),
        "run": lambda session, client_of: runs.get(session, client_of, run_id),
        "result": lambda session, client_of: results.get(session, client_of, run_id),
        "rows": lambda session, client_of: results.rows(session, client_of, run_id, "allocation"),
        "partner": lambda session, client_of: results.partner(session, client_of, run_id, "P00001"),
        "csv": lambda session, client_of: list(results.table_csv(session, client_of, run_id, "receipts")),
        "webhook": lambda session, client_of: webhooks.get(session, client_of, webhook.id),
        "delivery": lambda session, client_of: deliveries.get(session, client_of, delivery_id),
        "tries": lambda session, client_of: deliveries.tries(session, client_of, delivery_id),
        "key": lambda session, client_of: keys.get(session, client_of, key.id),
        "plan": lambda session, client_of: plans.get(session, client_of, plan.id),
        "history": lambda session, client_of: plans.history(session, client_of, plan.id),
    }


def test_each_thing_is_found_by_its_organisation_and_by_no_other(store: Store, org: str) -> None:
    stranger = factories.organisation(store)
    for name, way in one_of_everything(store, org).items():
        with store.read() as session:
            assert way(session, org) is not None, name
            with pytest.raises(NotFound):
                way(session, stranger)


def test_lists_hold_nothing_of_others(store: Store, org: str) -> None:
    one_of_everything(store, org)
    stranger = factories.organisation(store)
    with store.read() as session:
        for resource in (datasets, rulesets, scenarios, runs, webhooks, keys, plans, audit_log):
            assert len(resource.listed(session, org).items) == 1 or resource is audit_log
            assert resource.listed(session, stranger).items == ()


def test_the_same_content_of_two_organisations_is_kept_twice(store: Store, org: str) -> None:
    stranger = factories.organisation(store)
    with store.write() as session:
        sha256 = blobs.put(session, org, b"shared")
    with store.read() as session, pytest.raises(NotFound):
        blobs.read(session, stranger, sha256)


def at_once(call: Callable[[int], Any], count: int) -> list[Any]:
    """What the calls return that are made by that many threads at the same time."""
    found: list[Any] = []
    gate = threading.Barrier(count)

    def run(number: int) -> None:
        gate.wait()
        found.append(call(number))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
