"""`python -m tests.chaos.network`: workers on machines of their own, with a slow line to the database that is cut.

Each machine is a network namespace at one end of a veth pair, whose other end is where PostgreSQL and the server are.
The delay is that of a relay in between, since not every kernel can delay packets; what TCP makes of a lost packet, a
pause until it is sent again, is a pause there. It needs root and `ip`.
"""

import argparse
import asyncio
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from api.db import Settings
from api.db.tables.runs import State
from tests.api.polling import eventually
from tests.chaos.client import Client
from tests.chaos.history import read
from tests.chaos.service import Postgres, Program, Service, new_cluster, timed

_PATIENCE_S = 300.0
PORT = 5499
_SENT_AGAIN_S = 0.2
"""The least that TCP waits for an answer before it sends a packet again."""


@dataclass(frozen=True)
class Machine:
    """A network namespace with a line to this one."""

    number: int

    @property
    def namespace(self) -> str:
        return f"cascade{self.number}"

    @property
    def near(self) -> str:
        """The device of this end."""
        return f"casc{self.number}"

    @property
    def here(self) -> str:
        """The address of this end."""
        return f"10.77.{self.number}.1"

    def connect(self) -> None:
        """Make it."""
        far, inside = f"far{self.number}", ["ip", "netns", "exec", self.namespace]
        for command in (
            ["ip", "netns", "add", self.namespace],
            ["ip", "link", "add", self.near, "type", "veth", "peer", "name", far, "netns", self.namespace],
            ["ip", "addr", "add", f"{self.here}/24", "dev", self.near],
            ["ip", "link", "set", self.near, "up"],
            [*inside, "ip", "addr", "add", f"10.77.{self.number}.2/24", "dev", far],
            [*inside, "ip", "link", "set", far, "up"],
            [*inside, "ip", "link", "set", "lo", "up"],
            [*inside, "ip", "route", "add", "default", "via", self.here],
        ):
            subprocess.run(command, check=True)

    def cut(self, cut: bool = True) -> None:
        """Lose everything on the line, without a word to either end; or carry it again."""
        subprocess.run(["ip", "link", "set", self.near, "down" if cut else "up"], check=True)

    def remove(self) -> None:
        subprocess.run(["ip", "netns", "del", self.namespace], check=False)


class Relay:
    """Carries connections from an address to PostgreSQL's, each piece late by the delay, and some by a pause more."""

    def __init__(self, here: str, there: Path, delay_s: float, loss: float) -> None:
        self._here, self._there = here, there
        self._delay_s, self._loss = delay_s, loss
        self._chance = random.Random(1)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(asyncio.start_server(self._accepted, self._here, PORT))
        self._loop.run_forever()

    async def _accepted(self, reading: asyncio.StreamReader, writing: asyncio.StreamWriter) -> None:
        try:
            far_reading, far_writing = await asyncio.open_unix_connection(self._there)
        except OSError:
            return writing.close()
        await asyncio.gather(self._carry(reading, far_writing), self._carry(far_reading, writing))
        return None

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        """What comes goes on in its order, so late at least."""
        pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        sending = asyncio.create_task(self._send(pieces, target))
        with suppress(OSError):
            while piece := await source.read(65_536):
                lost = self._chance.random() < self._loss
                await pieces.put((self._loop.time() + self._delay_s + lost * _SENT_AGAIN_S, piece))
        await pieces.put((0.0, b""))
        await sending

    async def _send(self, pieces: asyncio.Queue[tuple[float, bytes]], target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while (piece := await pieces.get())[1]:
                await asyncio.sleep(piece[0] - self._loop.time())
                target.write(piece[1])
                await target.drain()
        target.close()


class Remote(Program):
    """A worker on such a machine."""

    def __init__(self, machine: Machine, folder: Path) -> None:
        database = f"postgresql://postgres@{machine.here}:{PORT}/postgres"
        arguments = [
            "worker",
            "--slots",
            "1",
            "--home",
            str(folder / machine.namespace),
            "--database",
            database,
        ]
        super().__init__(machine.namespace, arguments, folder / f"{machine.namespace}.log")
        self.before = ["ip", "netns", "exec", machine.namespace]
        self.machine = machine


@contextmanager
def _running(machines: list[Machine], delay_s: float, loss: float) -> Iterator[tuple[Service, list[Remote]]]:
    """A server without solves, and a worker for each machine that is not started yet."""
    with ExitStack() as ending:
        where = tempfile.TemporaryDirectory(prefix="cascade-net-", ignore_cleanup_errors=True)
        folder = Path(ending.enter_context(where))
        cluster = new_cluster(folder / "pg")
        ending.callback(cluster.cleanup)
        for machine in machines:
            Relay(machine.here, folder / "pg" / ".s.PGSQL.5432", delay_s, loss).start()
        service = Service(folder, Postgres(cluster), slots=0)
        ending.callback(service.stop)
        service.start()
        remotes = [Remote(machine, folder) for machine in machines]
        for remote in remotes:
            ending.callback(remote.stop)
        yield service, remotes


def main() -> int:
    """The number of broken promises."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.network", description=__doc__)
    parser.add_argument("--delay", type=int, default=20, help="milliseconds in each direction (20)")
    parser.add_argument("--loss", type=float, default=1.0, help="percent in each direction (1)")
    parser.add_argument("--runs", type=int, default=60, help="for each number of workers (60); 0 to only cut")
    wanted = parser.parse_args()
    machines = [Machine(number) for number in (1, 2, 3)]
    with ExitStack() as ending:
        for machine in machines:
            ending.callback(machine.remove)
            machine.connect()
        line = _running(machines, wanted.delay / 1000, wanted.loss / 100)
        service, workers = ending.enter_context(line)
        client = Client(service, 1)
        client.prepare()
        for worker in workers:
            worker.start()
            _measured(client, workers, worker, wanted.runs)
        _cut(client, workers)
        service.stop()
        for worker in workers:
            worker.stop()
        history = read(Settings.at(service.home, service.database), client.answers)
        _say(f"ended: {dict(history.states)}; attempts: {dict(history.attempts)}; {dict(history.requeued)}")
        print("\n".join(history.faults))
        return len(history.faults)


def _say(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", flush=True)


def _measured(client: Client, workers: list[Remote], newest: Remote, count: int) -> None:
    number = workers.index(newest) + 1
    warm = client.submit(f"warm {number}")
    assert eventually(lambda: client.state(warm) == State.SUCCEEDED, _PATIENCE_S)
    assert eventually(lambda: newest.printed().count("a worker has started") > 0, 60)
    assert eventually(lambda: bool(newest.fork_servers()), 60)
    if not count:
        return
    ids = [client.submit(f"{number} workers, {each}") for each in range(count)]
    took = timed(lambda: all(client.state(run_id) == State.SUCCEEDED for run_id in ids), _PATIENCE_S)
    assert took
    _say(f"{number} workers: {count} runs in {took:.1f} s after the last submit")


def _cut(client: Client, workers: list[Remote]) -> None:
    """Cut the line of whoever has a run under way, and connect it again when another has ended the run."""
    ids = [client.submit(f"cut {number}") for number in range(12)]

    victim = workers[0]
    assert eventually(lambda: bool(victim.solves()), 60)
    victim.machine.cut()
    begun = time.monotonic()
    _say(f"cut: {victim.name}")
    taken = timed(lambda: any(client.ask("GET", f"/runs/{i}")[1]["attempt"] > 1 for i in ids), 60)
    _say(f"taken over and begun by another after {taken} s")
    assert eventually(lambda: all(client.state(i) == State.SUCCEEDED for i in ids), _PATIENCE_S)
    _say(f"all twelve have succeeded {time.monotonic() - begun:.1f} s after the cut")
    time.sleep(20)
    victim.machine.cut(False)
    for worker in workers[1:]:
        worker.stop()
    more = [client.submit(f"after {number}") for number in range(3)]
    back = timed(lambda: all(client.state(i) == State.SUCCEEDED for i in more), _PATIENCE_S)
    _say(f"connected again and alone, it has solved three more after {back} s")
    lines = [line for line in victim.printed().splitlines() if '"info"' not in line]
    print("\n".join(line[:260] for line in lines[-14:]))


if __name__ == "__main__":
    sys.exit(main())
