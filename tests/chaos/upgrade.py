"""`python -m tests.chaos.upgrade COMMIT`: this version takes the place of an earlier one while runs are under way.

The earlier server is killed with solves running; its worker, if it has one, is not, and meets the newer schema.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import sqlalchemy as sa

from api.db import Settings
from api.db.tables.runs import State
from tests.api.polling import eventually
from tests.chaos.client import Client
from tests.chaos.history import read
from tests.chaos.receiver import receiving
from tests.chaos.service import Program, Service, running, timed

_REST_S = 300.0
_KEPT = (
    "organisations", "api_keys", "users", "sessions", "webhooks", "plans", "plan_steps", "datasets", "rulesets",
    "scenarios", "scenario_versions", "blobs", "secrets", "audit", "results", "result_parts",
)  # fmt: skip
"""Tables whose rows an upgrade takes along as they are, column by column."""
_MOVES = {"last_used_at", "seen_at", "used_at"}
"""Columns that change by themselves."""
Rows = dict[str, list[dict[str, Any]]]


def main() -> int:
    """The number of upgrades in which a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.upgrade", description=__doc__)
    parser.add_argument("commit", help="of the earlier version")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--seconds", type=float, default=20.0, help="of submits before the upgrade (20)")
    wanted = parser.parse_args()
    databases = ["sqlite", "postgresql"] if wanted.database == "both" else [wanted.database]
    broken = 0
    with checked_out(wanted.commit) as code:
        for database in databases:
            faults = upgrade(database, code, seconds=wanted.seconds)
            _say(f"{database}: {len(faults)} broken promises")
            print("".join(f"  {fault}\n" for fault in faults), end="", flush=True)
            broken += bool(faults)
    return broken


def upgrade(database: str, code: Path, *, seconds: float) -> list[str]:
    """The promises that one upgrade from the code to this version broke."""
    with running(database, code) as service, receiving() as received:
        client = Client(service, 1)
        client.prepare()
        browser = _logged_in(service)
        _prepare(client, received.address)
        client.start()
        time.sleep(seconds)
        sweep = _sweep(client)
        assert eventually(lambda: bool(service.solves()), 30)
        before = _replaced(service, client)
        faults = _changed(before, _rows(service))
        faults += [] if _is_in(service, browser) else ["the session in the browser is gone"]
        _meet_the_newer_schema(service, code)
        time.sleep(5)
        client.stop()
        ids = [*client.answers.accepted.values(), sweep]
        faults += [] if eventually(lambda: _ended(client, ids), _REST_S) else ["not everything has ended"]
        _say(f"the sweep has {client.state(sweep)}")
        arrived = eventually(lambda: all(received.runs[run_id] for run_id in ids[:-1]), 60)
        faults += [] if arrived else ["a run has ended without a message"]
        _say(f"{len(received.runs)} messages arrived, {received.doubled} more than once")
        service.stop()
        history = read(Settings.at(service.home, service.database), client.answers)
        _say(f"ended: {dict(history.states)}; attempts: {dict(history.attempts)}; {dict(history.requeued)}")
        return [*faults, *received.contradictions(), *history.faults]


def _replaced(service: Service, client: Client) -> Rows:
    """The rows there were when the server of the earlier version was killed and this one took its place."""
    service.server.kill()
    before = _rows(service)
    _say(f"{len(client.answers.accepted)} runs accepted by the earlier version, at schema {_schema(service)}")
    service.server.code = None
    service.server.start()
    ready = timed(lambda: client.ask("GET", "/runs?limit=1")[0] == 200, 90)
    _say(f"the new server answers after {ready or -1:.1f} s, at schema {_schema(service)}")
    return before


def _meet_the_newer_schema(service: Service, code: Path) -> None:
    """What becomes of a worker of the earlier version, and of programs that are started anew."""
    for worker in service.programs[1:]:
        time.sleep(10)
        _say(f"the worker of the earlier version {'goes on' if worker.alive() else 'has ended'}")
        worker.kill()
        worker.code = None
        worker.start()
    where = ["--home", str(service.home), *(["--database", service.database] if service.database else [])]
    stale = Program("stale worker", ["worker", *where], service.home.with_name("stale.log"), code)
    stale.start()
    assert eventually(lambda: not stale.alive(), 60)
    _say(f"the earlier version, started anew: {stale.printed().strip().splitlines()[-1]}")


def _say(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", flush=True)


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """The files of the commit, in a worktree that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="cascade-earlier-") as folder:
        code = Path(folder) / "code"
        subprocess.run(["git", "worktree", "add", "-q", "--detach", code, commit], check=True)
        try:
            yield code
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", code], check=True)


def _prepare(client: Client, address: str) -> None:
    """A second key, a webhook and a plan."""
    client.posted("/api-keys", {"name": "portal", "role": "viewer"})
    client.posted("/webhooks", {"url": address, "events": ["run.succeeded"]})
    run_id = client.submit("plan")
    assert eventually(lambda: client.state(run_id) == State.SUCCEEDED, 90)
    client.posted("/plans", {"run": run_id, "period": "FY2027"})


def _sweep(client: Client) -> str:
    """The id of a sweep of 151 points that begins now."""
    values = "no one leaps.growth_max=30%:60%:0.2%"
    question = {"analysis": "sweep", "scenarios": [client.scenario], "parameters": [values]}
    return str(client.posted("/analyses", question, prefer="respond-async")["id"])


def _ended(client: Client, ids: list[str]) -> bool:
    states = [client.state(run_id) for run_id in ids]
    return all(state is not None and State(state).final for state in states)


def _logged_in(service: Service) -> OpenerDirector:
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    login = f"http://127.0.0.1:{service.port}/login"
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.open(login).read().decode())
    assert token
    form = {"csrf_token": token[1], "key": service.key, "next": "/"}
    browser.open(login, urlencode(form).encode()).close()
    assert _is_in(service, browser)
    return browser


def _is_in(service: Service, browser: OpenerDirector) -> bool:
    with browser.open(f"http://127.0.0.1:{service.port}/plans") as answer:
        return "/login" not in answer.url


@contextmanager
def _connected(service: Service) -> Iterator[sa.Connection]:
    url = sa.make_url(Settings.at(service.home, service.database).url)
    engine = sa.create_engine(url.set(drivername="postgresql+psycopg") if service.postgres else url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def _schema(service: Service) -> str:
    with _connected(service) as connection:
        return str(connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one())


def _rows(service: Service) -> Rows:
    with _connected(service) as connection:
        found = sa.MetaData()
        found.reflect(connection)
        return {
            name: [dict(row) for row in connection.execute(sa.select(found.tables[name])).mappings()]
            for name in _KEPT
        }


def _changed(before: Rows, after: Rows) -> list[str]:
    """Rows that are gone, or whose columns that were there before say something else."""
    gone = []
    for name, rows in before.items():
        columns = sorted(set(rows[0]) - _MOVES) if rows else []
        kept = {repr([row.get(column) for column in columns]) for row in after[name]}
        lost = [row for row in rows if repr([row[column] for column in columns]) not in kept]
        gone += [f"{name}: gone or changed: {str(row)[:200]}" for row in lost]
    _say("rows kept: " + ", ".join(f"{len(rows)} {name}" for name, rows in before.items()))
    return gone


if __name__ == "__main__":
    sys.exit(main())
