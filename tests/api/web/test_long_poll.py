"""Places for those who wait, shared fairly, and the one look at the store that wakes them."""

import threading

from api_client import admin_of
from world import inputs

from api.app import Application
from api.db import Store
from api.db import run_lifecycle as runs
from api.web.long_poll import RunPoller, WaitSlots


def taken(slots: WaitSlots, who: str, wanted: int = 100) -> int:
    return sum(slots.take(who) for _ in range(wanted))


def test_one_tenant_alone_gets_half_and_whoever_comes_next_finds_a_place() -> None:
    slots = WaitSlots(24)
    assert [taken(slots, who) for who in "abc"] == [12, 6, 3]
    assert slots.take("d")


def test_two_who_come_together_get_a_third_each() -> None:
    slots = WaitSlots(24)
    got = {"a": 0, "b": 0}
    for _ in range(20):
        for who in got:
            got[who] += slots.take(who)
    assert got == {"a": 8, "b": 8}


def test_the_only_place_there_is_can_be_had() -> None:
    slots = WaitSlots(1)
    assert [slots.take("a"), slots.take("b")] == [True, False]
    slots.leave("a")
    assert slots.take("b")


def test_the_server_hears_how_many_wait() -> None:
    moves = list[int]()
    slots = WaitSlots(4, moves.append)
    with slots.slot("a") as got:
        assert got
    assert moves == [1, 0]


def test_who_follows_a_run_is_notified_by_what_another_process_writes(app: Application, store: Store) -> None:
    admin = admin_of(app, store)
    run = admin.post(f"/scenarios/{inputs(admin)['scenario_id']}/runs").json["id"]
    elsewhere, poller = Store(store.settings), RunPoller(store)
    with poller.following(run) as changed:
        while changed.wait(0.5):  # the first look finds it new
            changed.clear()
        with elsewhere.write() as session:
            runs.cancel(session, admin.org_id, run)
        assert changed.wait(20)
    poller.close()
    elsewhere.close()


def test_a_server_that_ends_lets_those_go_who_wait(store: Store) -> None:
    poller, found = RunPoller(store), list[object]()
    waiting = threading.Thread(target=lambda: found.append(poller.until("run_x", lambda: None, 600)))
    waiting.start()
    poller.close()
    waiting.join(20)
    assert found == [None]
    assert poller.until("run_x", lambda: None, 600) is None
