"""Reading aside: answers come back, faults come back, and what takes too much is ended and harms nobody."""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import making
import pytest
from watching import eventually, gone

from api.aside import Allowed, Aside, TooMuch
from api.inspecting import inspect_table
from api.problems import Problem
from api.store import NotFound, Store, organisations
from api.store.elsewhere import in_store
from scenarios import Finding, Place, Refused


@pytest.fixture
def aside() -> Iterator[Aside]:
    opened = Aside(readers=2, allowed=Allowed(seconds=20, memory_mb=512))
    yield opened
    opened.close()


def test_an_answer_comes_from_another_process_which_lives_on(aside: Aside) -> None:
    first = aside.call(os.getpid)
    assert first != os.getpid()
    assert aside.call(os.getpid) == first


def test_a_table_is_read_aside_as_it_is_here(aside: Aside) -> None:
    table = b"partner_id,size\nP1,10\nP2,20\n"
    there = aside.call(inspect_table, table, "csv", "partner_id", None)
    assert there == inspect_table(table, "csv", "partner_id", None)
    assert there.partners == 2


def test_findings_come_back_with_their_places(aside: Aside) -> None:
    table = b"partner_id,size\nP1,10\nP1,20\n"
    found = aside.call(inspect_table, table, "csv", "partner_id", None).findings
    assert [(finding.code, finding.place.line) for finding in found] == [("duplicate-partner", 3)]


def test_a_fault_of_the_work_comes_back_with_its_trace_and_the_reader_stays(aside: Aside) -> None:
    before = aside.call(os.getpid)
    with pytest.raises(ZeroDivisionError) as raised:
        aside.call(divmod, 1, 0)
    assert "divmod" in "".join(raised.value.__notes__) or "_done" in "".join(raised.value.__notes__)
    assert aside.call(os.getpid) == before


def test_what_takes_too_much_memory_is_ended(aside: Aside) -> None:
    with pytest.raises(TooMuch, match="memory"):
        aside.call(bytes, 2 << 30)
    assert aside.call(len, "abc") == 3


def test_what_takes_too_long_is_ended() -> None:
    aside = Aside(readers=1, allowed=Allowed(seconds=1.0, memory_mb=512))
    reader = aside.call(os.getpid)
    with pytest.raises(TooMuch, match="1 seconds"):
        aside.call(time.sleep, 60)
    assert eventually(lambda: gone(reader))
    aside.close()


def test_a_reader_that_was_killed_is_replaced(aside: Aside) -> None:
    reader = aside.call(os.getpid)
    os.kill(reader, signal.SIGKILL)
    assert eventually(lambda: gone(reader))
    assert aside.call(os.getpid) != reader


def test_work_ends_when_the_server_is_gone() -> None:
    """An alarm ends what the server, killed meanwhile, cannot end any more."""
    program = (
        "import os, threading, time; from api.aside import Aside, Allowed; aside = Aside(1, Allowed(seconds=1.0));"
        "print(aside.call(os.getpid), flush=True);"
        "threading.Thread(target=aside.call, args=(time.sleep, 600), daemon=True).start(); time.sleep(0.5);"
        "os.kill(os.getpid(), 9)"
    )
    server = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, check=False)
    assert server.returncode == -signal.SIGKILL
    assert eventually(lambda: gone(int(server.stdout)), within_s=20)


def test_no_more_readers_work_at_once_than_there_may_be(aside: Aside) -> None:
    pids: list[int] = []
    threads = [threading.Thread(target=lambda: pids.append(aside.call(os.getpid))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pids) == 12
    assert len(set(pids)) <= 2


def test_closing_leaves_no_process_behind(aside: Aside) -> None:
    reader = aside.call(os.getpid)
    aside.close()
    assert gone(reader)


def test_refusals_come_back_whole() -> None:
    problem = Problem("stale", "It is older.", headers={"Retry-After": "2"}, findings=[{"code": "a"}])
    back = pickle.loads(pickle.dumps(problem))
    assert (back.code, back.status, str(back)) == ("stale", 412, "It is older.")
    assert (back.headers, back.findings) == ({"Retry-After": "2"}, ({"code": "a"},))
    missing = pickle.loads(pickle.dumps(NotFound("run", "a")))
    assert (missing.kind, missing.identity, str(missing)) == ("run", "a", "No run 'a'.")
    finding = Finding("bad-id", Place("a.csv", 2), "no")
    assert pickle.loads(pickle.dumps(Refused((finding,)))).findings == (finding,)


def test_the_store_is_read_from_another_process_as_it_is_here(store: Store) -> None:
    aside, org = Aside(readers=1), making.organisation(store)
    try:
        assert aside.call(in_store, store.settings, organisations.get, org).id == org
    finally:
        aside.close()
