"""Work in other processes: answers come back, faults come back, and what takes too much is ended and harms no one."""

import operator
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import factories
import pytest
from polling import eventually, gone

from api.analysis.answer import Question, answer
from api.db import NotFound, Store
from api.db.other_process import in_store
from api.db.tables import organisations
from api.processes.checks import inspect_table
from api.processes.pool import READ, Capacity, Pool, Turns
from api.processes.warmup import write_scenario
from api.processes.work_process import Allowed, Template, TooMuch, WorkProcess
from api.resources.analyses.warm import answer_little, read_little
from api.web.problems import HttpProblem
from scenarios import Finding, Place, Refused


@pytest.fixture
def pool() -> Iterator[Pool]:
    opened = Pool({READ: Capacity(2, Allowed(seconds=20, memory_mb=512))})
    yield opened
    opened.close()


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    """A pipe that whoever opens one end of waits at for the other."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def test_an_answer_comes_from_another_process_which_lives_on(pool: Pool) -> None:
    first = pool.call(READ, "a key", os.getpid)
    assert first != os.getpid()
    assert pool.call(READ, "a key", os.getpid) == first


def test_a_key_gets_the_process_that_it_had_last(pool: Pool, fifo: Path) -> None:
    wait = f"open({str(fifo)!r}).close()"
    both = [threading.Thread(target=pool.call, args=(READ, key, exec, wait)) for key in ("one", "other")]
    for thread in both:
        thread.start()
    assert eventually(lambda: len(pool._busy) == 2)
    with fifo.open("w"):
        for thread in both:
            thread.join()
    found = {key: pool.call(READ, key, os.getpid) for key in ("one", "other")}
    assert len(set(found.values())) == 2
    assert {key: pool.call(READ, key, os.getpid) for key in reversed(found)} == found


def test_a_table_is_read_there_as_it_is_here(pool: Pool) -> None:
    table = b"partner_id,size\nP1,10\nP2,20\n"
    there = pool.call(READ, "a key", inspect_table, table, "csv", "partner_id", None)
    assert there == inspect_table(table, "csv", "partner_id", None)
    assert there.partners == 2


def test_findings_come_back_with_their_places(pool: Pool) -> None:
    table = b"partner_id,size\nP1,10\nP1,20\n"
    found = pool.call(READ, "a key", inspect_table, table, "csv", "partner_id", None).findings
    assert [(finding.code, finding.place.line) for finding in found] == [("duplicate-partner", 3)]


def test_a_fault_of_the_work_comes_back_with_its_trace_and_the_reader_stays(pool: Pool) -> None:
    before = pool.call(READ, "a key", os.getpid)
    with pytest.raises(ZeroDivisionError) as raised:
        pool.call(READ, "a key", divmod, 1, 0)
    assert "_done" in "".join(raised.value.__notes__)
    assert pool.call(READ, "a key", os.getpid) == before


def test_what_takes_too_much_memory_is_ended(pool: Pool) -> None:
    with pytest.raises(TooMuch, match="memory"):
        pool.call(READ, "a key", bytes, 2 << 30)
    assert pool.call(READ, "a key", len, "abc") == 3


def test_what_takes_too_long_is_ended() -> None:
    pool = Pool({READ: Capacity(1, Allowed(seconds=1.0, memory_mb=512))})
    reader = pool.call(READ, "a key", os.getpid)
    with pytest.raises(TooMuch, match="1 seconds"):
        pool.call(READ, "a key", time.sleep, 60)
    assert eventually(lambda: gone(reader))
    pool.close()


def test_a_reader_that_was_killed_is_replaced(pool: Pool) -> None:
    reader = pool.call(READ, "a key", os.getpid)
    os.kill(reader, signal.SIGKILL)
    assert eventually(lambda: gone(reader))
    assert pool.call(READ, "a key", os.getpid) != reader


def test_work_ends_when_the_server_is_gone(fifo: Path) -> None:
    """An alarm ends what the server, killed meanwhile, cannot end any more."""
    program = (
        "import os, sys, threading; from api.processes.pool import Capacity, Pool;"
        "from api.processes.work_process import Allowed;"
        "pool = Pool({'read': Capacity(1, Allowed(seconds=1.0))});"
        "print(pool.call('read', 'a', os.getpid), flush=True);"
        "work = f'import time; open({sys.argv[1]!r}, \"w\").close(); time.sleep(600)';"
        "threading.Thread(target=pool.call, args=('read', 'a', exec, work), daemon=True).start();"
        "open(sys.argv[1]).close();"  # once the work has opened it, too
        "os.kill(os.getpid(), 9)"
    )
    command = [sys.executable, "-c", program, str(fifo)]
    server = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    assert server.returncode == -signal.SIGKILL
    assert eventually(lambda: gone(int(server.stdout)), within_s=20)


def test_no_more_readers_work_at_once_than_there_may_be(pool: Pool) -> None:
    pids: list[int] = []
    threads = [
        threading.Thread(target=lambda: pids.append(pool.call(READ, "a key", os.getpid))) for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pids) == 12
    assert len(set(pids)) <= 2


def test_closing_leaves_no_process_behind(pool: Pool) -> None:
    reader = pool.call(READ, "a key", os.getpid)
    pool.close()
    assert gone(reader)


def test_refusals_come_back_whole() -> None:
    problem = HttpProblem("stale", "It is older.", headers={"Retry-After": "2"}, findings=[{"code": "a"}])
    back = pickle.loads(pickle.dumps(problem))
    assert (back.code, back.status, str(back)) == ("stale", 412, "It is older.")
    assert (back.headers, back.findings) == ({"Retry-After": "2"}, ({"code": "a"},))
    missing = pickle.loads(pickle.dumps(NotFound("run", "a")))
    assert (missing.kind, missing.identity, str(missing)) == ("run", "a", "No run 'a'.")
    finding = Finding("bad-id", Place("a.csv", 2), "no")
    assert pickle.loads(pickle.dumps(Refused((finding,)))).findings == (finding,)


def test_the_store_is_read_from_another_process_as_it_is_here(store: Store) -> None:
    pool, org = Pool({READ: Capacity(1)}), factories.organisation(store)
    try:
        assert pool.call(READ, "a key", in_store, store.settings, organisations.get, org).id == org
    finally:
        pool.close()


def test_the_next_turn_is_of_the_key_that_has_the_fewest() -> None:
    """One key has both turns and waits for two more; another comes last, and is served before them."""
    turns, order = Turns(2), list[str]()
    held = [turns.turn("greedy") for _ in range(2)]
    for turn in held:
        turn.__enter__()

    def wait(key: str) -> None:
        with turns.turn(key):
            order.append(key)

    threads = [threading.Thread(target=wait, args=(key,)) for key in ("greedy", "greedy", "modest")]
    for number, thread in enumerate(threads, 1):
        thread.start()
        assert eventually(lambda number=number: len(turns._waiting) == number)
    held[0].__exit__(None, None, None)
    for thread in threads:
        thread.join()
    held[1].__exit__(None, None, None)
    assert order == ["modest", "greedy", "greedy"]


def test_work_that_was_sent_stays_where_it_was_sent(pool: Pool) -> None:
    """A function with a large value is sent once; after a fault it is sent again."""
    work = partial(operator.getitem, {"a": bytes(1 << 22)})
    for _ in range(2):
        assert len(pool.call(READ, "a key", work, "a")) == 1 << 22
    with pytest.raises(KeyError):
        pool.call(READ, "a key", work, "b")
    assert len(pool.call(READ, "a key", work, "a")) == 1 << 22


def test_a_closed_pool_does_no_more(pool: Pool) -> None:
    """Who is at work when it is closed gets an exception at once."""
    faults: list[BaseException] = []

    def work() -> None:
        try:
            pool.call(READ, "a key", time.sleep, 600)
        except TooMuch as fault:
            faults.append(fault)

    thread = threading.Thread(target=work)
    thread.start()
    assert eventually(lambda: len(pool._busy) == 1)
    pool.close()
    thread.join(20)
    assert len(faults) == 1
    with pytest.raises(TooMuch, match="closed"):
        pool.call(READ, "a key", os.getpid)


def test_who_has_nothing_under_way_need_not_wait_for_others_to_end() -> None:
    turns, entered = Turns(2, 4), threading.Semaphore(0)
    ending = threading.Event()

    def work(key: str) -> None:
        with turns.turn(key):
            entered.release()
            ending.wait(20)

    noisy = [threading.Thread(target=work, args=("noisy",)) for _ in range(5)]
    for thread in noisy:
        thread.start()
    assert [entered.acquire(timeout=20) for _ in range(2)] == [True, True]
    assert not entered.acquire(timeout=0.1)
    quiet = threading.Thread(target=work, args=("quiet",))
    quiet.start()
    assert entered.acquire(timeout=20)
    ending.set()
    for thread in (*noisy, quiet):
        thread.join(20)


def test_processes_are_forked_off_one_that_has_imported_what_they_need() -> None:
    """The first thing that each is asked finds it all there."""
    before = dict(os.environ)
    pool = Pool({READ: Capacity(2)}, Template("api.resources.analyses.warm"))
    first, other = (pool.call(READ, "a key", _imported) for _ in range(2))
    assert first == other
    assert {"scipy", "pyarrow", "api.analysis.answer"} <= first
    reader = pool.call(READ, "a key", os.getpid)
    os.kill(reader, signal.SIGKILL)
    assert eventually(lambda: gone(reader))
    assert pool.call(READ, "a key", os.getpid) != reader
    assert dict(os.environ) == before
    pool.close()


def test_temporary_files_may_lie_deep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No socket has so long a path: processes start without a template there, and the environment stays as it is."""
    before = dict(os.environ)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / ("deep" * 40)))
    pool = Pool({READ: Capacity(1)}, Template("api.resources.analyses.warm"))
    pool.prepare()
    assert pool.call(READ, "a key", os.getppid) == os.getpid()
    assert dict(os.environ) == before
    pool.close()


def _imported() -> set[str]:
    return {"scipy", "pyarrow", "api.analysis.answer"} & set(sys.modules)


def test_what_takes_too_long_answers_no_one(fifo: Path) -> None:
    """Its late answer would else be that to the next question, the next one's to that after it, and so on."""
    process = WorkProcess(Allowed(seconds=1))
    with pytest.raises(TooMuch):
        process.ask(exec, (f"open({str(fifo)!r}).close()",), {})
    assert not process.alive()
    process.kill()


def test_what_is_done_ahead_answers() -> None:
    read_little()
    with TemporaryDirectory() as name:
        write_scenario(Path(name))
        answered = answer(Path(name), Question("lint", {}, scenarios=("scenario.yaml",)))
    assert (answered.mistakes, bool(answered.text)) == ((), True)
    answer_little()
