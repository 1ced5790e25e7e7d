"""Messages of several organisations: each gets its turn, whatever the others have waiting or under way."""

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import factories
import pytest
from polling import eventually
from sqlalchemy import select

from api.db import Store, StoreBusy, StoreUnavailable, delivery_turns
from api.db.column_types import now
from api.db.queue_policy import Policy
from api.db.tables import deliveries, webhooks
from api.db.tables.deliveries import Delivery, DeliveryTry
from api.db.tables.webhooks import Webhook
from api.resources.webhooks import Deliverer, Guard
from api.resources.webhooks.client import Reply
from api.resources.webhooks.delivery import DeliverySettings
from api.worker.worker import Worker, WorkerSettings

POLICY = Policy(org_messages_limit=4, webhook_messages_limit=2)


def organisation(store: Store, name: str, hooks: int, messages: int) -> str:
    """One with so many webhooks, and so many messages to each."""
    org = factories.organisation(store, name)
    with store.write() as session:
        for number in range(hooks):
            url = f"http://{name}-{number}.example.com/"
            webhooks.create(session, org, url=url, events=[], created_by="k")
        for number in range(messages):
            deliveries.enqueue(session, org, "run.succeeded", {"id": f"run_{number}"})
    return org


def host(webhook: Webhook) -> str:
    return webhook.url.removeprefix("http://").partition(".")[0]


def begun(store: Store, policy: Policy = POLICY) -> tuple[str, Delivery] | None:
    """The next message: whose it is, and itself."""
    with store.write() as session:
        found = delivery_turns.begin(session, policy)
        return (host(found[1]), found[0]) if found else None


def ended(store: Store, delivery: Delivery) -> None:
    done = {"status": 200, "error": None, "seconds": 0.1, "delivered": True, "retry_at": None}
    with store.write() as session:
        assert deliveries.record(session, delivery, **done)


def served(store: Store, messages: int) -> list[str]:
    """Whose messages are sent, one after the other."""
    order = []
    for _ in range(messages):
        found = begun(store)
        assert found
        order.append(found[0])
        ended(store, found[1])
    return order


def taken(store: Store) -> list[tuple[str, Delivery]]:
    """All that may be under way at once."""
    return list(iter(lambda: begun(store), None))


def test_a_long_queue_of_one_delays_no_other(store: Store) -> None:
    for name, messages in (("a", 20), ("b", 2), ("c", 3)):
        organisation(store, name, 1, messages)
    order = ["a-0", "b-0", "c-0", "a-0", "b-0", "c-0", "a-0", "c-0", "a-0", "a-0"]
    assert served(store, len(order)) == order


def test_the_webhooks_of_one_organisation_take_turns_too(store: Store) -> None:
    organisation(store, "a", 1, 20)
    with store.write() as session:
        org = session.query(Webhook).one().org_id
        webhooks.create(session, org, url="http://a-1.example.com/", events=[], created_by="k")
        deliveries.enqueue(session, org, "run.succeeded", {"id": "run_last"})
    assert served(store, 4) == ["a-0", "a-1", "a-0", "a-0"]


def test_an_organisation_with_several_webhooks_has_no_more_turns_than_one_with_one(store: Store) -> None:
    organisation(store, "a", 3, 3)
    organisation(store, "b", 1, 3)
    assert [name[0] for name in served(store, 6)] == list("ababab")


def test_within_a_webhook_the_message_that_is_due_longest_goes_first(store: Store) -> None:
    organisation(store, "a", 1, 2)
    with store.write() as session:
        first, second = session.query(Delivery).order_by(Delivery.id)
        second.due_at -= timedelta(seconds=10)
    order = []
    for _ in range(2):
        found = begun(store)
        assert found
        order.append(found[1].id)
        ended(store, found[1])
    assert order == [second.id, first.id]


def test_who_has_the_fewest_under_way_goes_first(store: Store) -> None:
    organisation(store, "a", 3, 5)
    assert len([begun(store) for _ in range(3)]) == 3
    organisation(store, "b", 3, 5)
    assert [found[0][0] for found in (begun(store) for _ in range(4)) if found] == list("bbba")


def test_so_many_of_an_organisation_and_of_a_webhook_are_under_way_at_most(store: Store) -> None:
    organisation(store, "a", 1, 9)
    organisation(store, "b", 3, 9)
    found = taken(store)
    assert Counter(name[0] for name, _ in found) == {"a": 2, "b": 4}
    assert max(Counter(name for name, _ in found).values()) == 2
    assert begun(store) is None
    name, delivery = found[0]
    ended(store, delivery)
    assert [again for again, _ in taken(store)] == [name]


def test_what_its_sender_lost_counts_no_more_when_it_is_due_again(store: Store) -> None:
    organisation(store, "a", 1, 1)
    (lost,) = taken(store)
    assert begun(store) is None
    with store.write() as session:
        session.query(Delivery).update({"held_until": now()})
    found = begun(store)
    assert found
    assert (found[1].id, found[1].tries) == (lost[1].id, 2)


def test_what_is_due_later_or_goes_to_a_webhook_that_is_off_has_no_turn(store: Store) -> None:
    organisation(store, "a", 1, 1)
    off = organisation(store, "b", 1, 1)
    with store.write() as session:
        webhooks.disable(session, off, webhooks.listed(session, off).items[0].id, "410")
        session.query(Delivery).filter(Delivery.org_id != off).update(
            {"due_at": now() + timedelta(minutes=1)}
        )
    assert begun(store) is None


class Slow:
    """Receivers that do not answer before they are let; those of `quick` answer at once."""

    def __init__(self, quick: str) -> None:
        self.quick = quick
        self.arrived = threading.Event()
        self.let = threading.Event()
        self.called: list[str] = []

    def __call__(self, to: object, *_: object) -> Reply:
        name = str(to)
        self.called.append(name)
        if name == self.quick:
            self.arrived.set()
        else:
            self.let.wait(60)
        return Reply(200, None, 0.0)


class NamedGuard(Guard):
    """Lets everything pass, by its name."""

    def check(self, url: str) -> str:  # type: ignore[override]
        return url.removeprefix("http://").partition(".")[0]


@pytest.fixture
def slow(store: Store, home: Path) -> Iterator[Slow]:
    """A worker at work, and its receivers."""
    receivers = Slow("b-0")
    messages = Deliverer(store, NamedGuard(), DeliverySettings(sending=receivers), policy=POLICY)
    worker = Worker(store, WorkerSettings(home, slots=0, messages_at_once=6), messages)
    worker.start()
    yield receivers
    receivers.let.set()
    worker.stop(0)


def test_slow_receivers_of_one_delay_no_other(store: Store, slow: Slow) -> None:
    """The receivers of one hold the senders that they may have, and more messages wait for them."""
    organisation(store, "a", 4, 10)
    assert eventually(lambda: len(slow.called) == 4)
    organisation(store, "b", 1, 1)
    assert slow.arrived.wait(20)
    assert not slow.let.is_set()
    slow.let.set()
    assert eventually(lambda: len(slow.called) == 41, 30)
    assert Counter(slow.called) == {"a-0": 10, "a-1": 10, "a-2": 10, "a-3": 10, "b-0": 1}


def test_what_was_under_way_when_the_process_died_is_sent_at_the_next_start(
    sqlite_store: Store, home: Path
) -> None:
    organisation(sqlite_store, "b", 1, 1)
    assert len(taken(sqlite_store)) == 1
    receivers = Slow("b-0")
    messages = Deliverer(sqlite_store, NamedGuard(), DeliverySettings(sending=receivers))
    worker = Worker(sqlite_store, WorkerSettings(home, slots=0), messages)
    worker.start()
    assert receivers.arrived.wait(20)
    worker.stop(0)


def broken(store: Store, what: str) -> DeliverySettings:
    """Something that goes wrong with the messages to `a-0` before they are sent, and with no others."""
    if what == "its secret":
        with store.write() as session:
            session.query(Webhook).filter(Webhook.url.contains("//a-0.")).one().secret = "not sealed"

    def sending(to: object, *_: object) -> Reply:
        if to == "a-0":
            raise RuntimeError
        return Reply(200, None, 0.0)

    return DeliverySettings(sending=sending)


@pytest.mark.parametrize("what", ["its secret", "the sending"])
def test_a_message_that_cannot_be_sent_keeps_no_other_from_being_sent(store: Store, what: str) -> None:
    for name in "ab":
        organisation(store, name, 1, 1)
    messages = Deliverer(store, NamedGuard(), broken(store, what), policy=POLICY)
    assert [messages.deliver_next() for _ in range(3)] == [True, True, False]
    with store.read() as session:
        found = {one.org_id: (one.state, one.tries) for one in session.query(Delivery)}
        (error,) = session.scalars(select(DeliveryTry.error).where(DeliveryTry.error.is_not(None)))
    assert sorted(found.values()) == [("delivered", 1), ("pending", 1)]
    assert error.endswith("it could not be sent from here.")


@pytest.mark.parametrize("gone", [False, True], ids=["delivered", "gone"])
def test_a_message_that_arrived_is_not_sent_again_when_that_could_not_be_written_at_once(
    store: Store, monkeypatch: pytest.MonkeyPatch, gone: bool
) -> None:
    organisation(store, "a", 1, 1)
    faults = [StoreBusy("busy"), StoreUnavailable("away")]
    record = deliveries.record

    def busy_at_first(*arguments: Any, **fields: Any) -> bool:
        if faults:
            raise faults.pop()
        return record(*arguments, **fields)

    monkeypatch.setattr(deliveries, "record", busy_at_first)
    sent: list[object] = []

    def sending(to: object, *_: object) -> Reply:
        sent.append(to)
        return Reply(410 if gone else 200, None, 0.0)

    messages = Deliverer(store, NamedGuard(), DeliverySettings(sending=sending), policy=POLICY)
    assert messages.deliver_next()
    with store.read() as session:
        (found,) = session.query(Delivery)
        (hook,) = session.query(Webhook)
    assert (sent, found.tries, found.held_until) == (["a-0"], 1, None)
    assert (found.state, hook.disabled_reason is not None) == ("given_up" if gone else "delivered", gone)
