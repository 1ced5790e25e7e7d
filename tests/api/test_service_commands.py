"""The operator's commands: keys, backup, restore, worker."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import factories
import pytest
from click.testing import CliRunner, Result
from polling import eventually
from small import PARTNERS, RULES, SCENARIO

from api.cli.main import cascade
from api.db import Settings, Store, home_url
from api.db.scopes import Role, Scope
from api.db.tables import blobs, deliveries, organisations, results, scenarios, webhooks
from api.resources.keys import service as keys


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cascade, arguments)


@pytest.fixture
def place(tmp_path: Path) -> str:
    return str(tmp_path / "home")


def opened(place: str) -> Store:
    return Store.open(Settings(home_url(Path(place))))


def test_a_key_is_made_printed_and_good(place: str) -> None:
    made = run("keys", "create", "--home", place, "--name", "PRM", "--scope", "plans:read", "--machine")
    assert made.exit_code == 0, made.output
    store = opened(place)
    with store.read() as session:
        caller = keys.authenticate(session, made.output.strip())
    store.close()
    assert caller is not None
    assert (caller.role, caller.scopes, caller.machine) == (Role.VIEWER, {Scope.PLANS_READ}, True)


def test_keys_are_listed_without_their_secrets_and_revoked(place: str) -> None:
    token = run("keys", "create", "--home", place, "--name", "boss", "--role", "admin").output.strip()
    prefix, _, secret = token.partition(".")
    listed = run("keys", "list", "--home", place).output
    assert prefix in listed
    assert secret not in listed
    revoked = run("keys", "revoke", listed.split()[0], "--home", place)
    assert revoked.exit_code == 0
    assert "revoked" in run("keys", "list", "--home", place).output


def test_a_scope_the_role_has_not_is_a_usage_error(place: str) -> None:
    for scope in ("keys:write", "everything"):
        refused = run("keys", "create", "--home", place, "--name", "x", "--scope", scope)
        assert refused.exit_code == 2
        assert scope in refused.output


def test_revoking_what_is_not_there_says_so(place: str) -> None:
    missing = run("keys", "revoke", "key_x", "--home", place)
    assert missing.exit_code == 4
    assert "no key 'key_x'" in missing.output


def test_a_backup_is_made_and_brought_back(place: str, tmp_path: Path) -> None:
    store = opened(place)
    with store.write() as session:
        organisations.create(session, "Acme")
    store.close()
    file = str(tmp_path / "backup.sqlite3")
    assert run("backup", file, "--home", place).exit_code == 0
    again = run("backup", file, "--home", place)
    assert (again.exit_code, "is there already" in again.output) == (4, True)
    refused = run("restore", file, "--home", place)
    assert (refused.exit_code, "--replace" in refused.output) == (4, True)
    assert run("restore", file, "--home", place, "--replace").exit_code == 0
    store = opened(place)
    with store.read() as session:
        assert organisations.find(session, "Acme").name == "Acme"
    store.close()


def test_a_backup_of_nothing_makes_no_database(place: str, tmp_path: Path) -> None:
    missing = run("backup", str(tmp_path / "b"), "--home", place)
    assert missing.exit_code == 4
    assert "There is no database" in missing.output
    assert not Path(place).exists()


def test_a_damaged_database_ends_the_command_with_a_hint(place: str) -> None:
    opened(place).close()
    (Path(place) / "cascade.sqlite3").write_bytes(b"garbage" * 100)
    refused = run("keys", "list", "--home", place)
    assert refused.exit_code == 4
    assert "cascade restore" in refused.output


def test_a_worker_solves_what_waits_and_leaves_on_sigterm(place: str) -> None:
    """The real solver, through the real command."""
    store = opened(place)
    org = factories.organisation(store)
    run_id = factories.submit(store, org, _small(store, org))
    with subprocess.Popen(
        [sys.executable, "-m", "api.cli.main", "worker", "--home", place], env={**os.environ}
    ) as worker:
        ended = factories.ended(store, org, run_id, within_s=120)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0
    assert (ended.state, ended.termination, ended.strikes) == ("succeeded", "optimal", 0)
    with store.read() as session:
        rows = results.rows(session, org, run_id, "allocation", limit=1000)
        found: dict[str, Any] = results.document(session, org, run_id)
    assert len(rows) == results_of(found)
    assert not list((Path(place) / "jobs").iterdir())
    store.close()


def test_a_worker_sends_what_webhooks_are_reported(place: str) -> None:
    """No one listens there, so what is seen is the try."""
    store = opened(place)
    org = factories.organisation(store)
    with store.write() as session:
        webhook = webhooks.create(session, org, url="http://127.0.0.1:9/", events=[], created_by="key")
        deliveries.enqueue(session, org, "run.succeeded", {"id": "run"})

    def tried() -> bool:
        with store.read() as session:
            return any(sent.tries for sent in deliveries.listed(session, org, webhook.id).items)

    command = [sys.executable, "-m", "api.cli.main", "worker", "--home", place, "--private-webhooks"]
    with subprocess.Popen(command) as worker:
        assert eventually(tried, within_s=60)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0
    store.close()


def results_of(document: dict[str, Any]) -> int:
    return int(document["scenario"]["partners"]) * len(document["totals"])


def _small(store: Store, org: str) -> str:
    texts = {"scenario.yaml": SCENARIO, "partners.csv": PARTNERS, "rules.yaml": RULES}
    with store.write() as session:
        files = {name: blobs.put(session, org, text.encode()) for name, text in texts.items()}
        named = {"name": "small", "title": "", "document": {}, "created_by": "key"}
        return scenarios.create(session, org, files=files, **named).id
