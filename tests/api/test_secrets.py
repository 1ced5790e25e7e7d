"""Secrets at rest: encrypted with a key outside the database, changed by command; a stolen backup is not a login."""

import contextlib
import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import factories
import pytest
from click.testing import CliRunner
from flask.sessions import SecureCookieSessionInterface

from api.app import create_app
from api.cli.main import cascade
from api.db import Settings, Store, home_url
from api.db.backup import backup, restore
from api.db.errors import SecretsLocked
from api.db.keyring import KEY_FILE, KEYS, Keyring, generate
from api.db.sealed import check, readable, reset, rotate
from api.db.tables import idempotency, secrets, webhooks
from api.web.config import Config


@pytest.fixture(autouse=True)
def _no_key_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEYS, raising=False)
    monkeypatch.delenv(KEY_FILE, raising=False)


def furnished(store: Store) -> dict[str, str]:
    """One secret of each kind, in clear."""
    org = factories.organisation(store)
    request = idempotency.Request(org, "key_1", "POST /x", "k", "f")
    with store.write() as session:
        signing = secrets.secret(session, "sessions")
        hook = webhooks.create(session, org, url="https://example.com/", events=[], created_by="key_1")
        webhooks.rotate(session, org, hook.id)
        idempotency.reserve(session, request)
        idempotency.remember(session, request, status=201, headers={}, body='{"key": "gcabc.SECRET"}')
        new, old = webhooks.secrets_of(session, hook)
    return {"signing": signing.hex(), "new": new, "old": old, "body": "gcabc.SECRET"}


def contents(file: Path) -> bytes:
    """Every value of every table of a SQLite file, one after the other."""
    with contextlib.closing(sqlite3.connect(file)) as plain:
        names = [row[0] for row in plain.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [row for name in names for row in plain.execute(f'SELECT * FROM "{name}"')]
    return b"\n".join(
        value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row
    )


def test_no_secret_is_in_a_backup(store: Store, tmp_path: Path) -> None:
    clear = furnished(store)
    backup(store, tmp_path / "backup.sqlite3")
    kept = contents(tmp_path / "backup.sqlite3")
    assert bytes.fromhex(clear["signing"]) not in kept
    for name in ("new", "old", "body"):
        assert clear[name].encode() not in kept, name
    keys = store.keyring.keys()
    assert len(keys) == 1
    assert keys[0].encode() not in kept


def test_a_stolen_backup_is_not_a_login(sqlite_store: Store, tmp_path: Path) -> None:
    """Whoever has the file has no key of the cookies: signing with what is in it opens nothing."""
    furnished(sqlite_store)
    app = create_app(Config(), sqlite_store)
    backup(sqlite_store, tmp_path / "stolen.sqlite3")
    with contextlib.closing(sqlite3.connect(tmp_path / "stolen.sqlite3")) as stolen:
        ((sealed,),) = stolen.execute("SELECT value FROM secrets WHERE name = 'sessions'")
        ((org, key),) = stolen.execute("SELECT id, 'key_x' FROM organisations LIMIT 1")
    for guess in (sealed, sealed[:32], b""):
        forged = create_like(app, guess).dumps({"org": org, "key": key, "token": "t"})
        client = app.test_client()
        client.set_cookie("cascade", forged)
        assert client.get("/runs").status_code == 303
    elsewhere = Store(Settings(f"sqlite:///{tmp_path / 'stolen.sqlite3'}"))
    with pytest.raises(SecretsLocked, match=r"cascade\.key"):
        create_app(Config(), elsewhere)
    elsewhere.close()
    app.extensions["cascade"].close()


def create_like(app: Any, key: bytes) -> Any:
    """The signer of cookies that a server with this key would have."""

    class Like:
        secret_key = key or b"x"
        config = app.config

    return SecureCookieSessionInterface().get_signing_serializer(Like())  # type: ignore[arg-type]


def test_the_key_is_beside_the_database_for_its_owner_only(sqlite_store: Store) -> None:
    furnished(sqlite_store)
    file = sqlite_store.keyring.file
    assert file is not None
    assert sqlite_store.settings.path is not None
    assert file == sqlite_store.settings.path.with_name("cascade.key")
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o640)
    with pytest.raises(SecretsLocked, match="chmod 600"):
        check(sqlite_store)


def test_a_rotation_keeps_every_secret_and_may_drop_the_old_key(store: Store) -> None:
    clear = furnished(store)
    (first,) = store.keyring.keys()
    assert rotate(store) == 4
    assert store.keyring.keys()[1:] == (first,)
    rotate(store, drop_old=True)
    assert len(store.keyring.keys()) == 1
    assert store.keyring.keys() != (first,)
    with store.read() as session:
        assert secrets.secret(session, "sessions").hex() == clear["signing"]
        (hook,) = session.query(webhooks.Webhook).all()
        assert webhooks.secrets_of(session, hook) == (clear["new"], clear["old"])
        (answer,) = session.query(idempotency.Answer).all()
        assert json.loads(idempotency.body_of(session, answer)) == {"key": clear["body"]}


def test_a_rotation_that_failed_is_run_again_without_losing_a_key(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    clear = furnished(store)

    def fails(*_: object) -> int:
        raise OSError("No space left on device")

    for _ in range(3):
        with monkeypatch.context() as broken:
            broken.setattr("api.db.sealed._encrypt_anew", fails)
            with pytest.raises(OSError, match="No space"):
                rotate(store, drop_old=True)
        check(store)
    assert rotate(store, drop_old=True) == 4
    assert len(store.keyring.keys()) == 1
    with store.read() as session:
        assert secrets.secret(session, "sessions").hex() == clear["signing"]


def test_keys_of_the_environment_are_rotated_in_their_order(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = generate(), generate()
    monkeypatch.setenv(KEYS, old)
    furnished(store)
    monkeypatch.setenv(KEYS, f"{new},{old}")
    rotate(store)
    monkeypatch.setenv(KEYS, new)
    check(store)
    monkeypatch.setenv(KEYS, old)
    assert "another key" in str(readable(store))


def test_a_key_may_be_in_a_file_that_the_environment_names(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(KEY_FILE, str(tmp_path / "key"))
    with pytest.raises(SecretsLocked, match="There is no file"):
        furnished(store)
    (tmp_path / "key").write_text(generate() + "\n")
    furnished(store)
    check(store)


@pytest.mark.parametrize(
    "bad", ["x", "a" * 44, "ü" * 44, generate()[:-2]], ids=["short", "weak", "letters", "cut"]
)
def test_what_is_no_key_is_refused_with_what_to_do(
    store: Store, monkeypatch: pytest.MonkeyPatch, bad: str
) -> None:
    monkeypatch.setenv(KEYS, bad)
    with pytest.raises(SecretsLocked, match="cascade secrets generate"):
        furnished(store)


def test_two_processes_make_one_key(tmp_path: Path) -> None:
    one, other = Keyring(tmp_path / "key"), Keyring(tmp_path / "key")
    one.put([generate()], new=True)
    other.put([generate()], new=True)
    assert other.unseal(one.seal(b"x")) == b"x"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["key"]


def test_without_the_key_new_secrets_are_made_on_request(sqlite_store: Store) -> None:
    clear = furnished(sqlite_store)
    file = sqlite_store.keyring.file
    assert file is not None
    os.remove(file)
    assert "is not here" in str(readable(sqlite_store))
    assert reset(sqlite_store) == 1
    check(sqlite_store)
    with sqlite_store.write() as session:
        assert secrets.secret(session, "sessions").hex() != clear["signing"]


def test_restoring_on_another_machine_says_what_is_needed(sqlite_store: Store, tmp_path: Path) -> None:
    furnished(sqlite_store)
    file, home = tmp_path / "backup.sqlite3", tmp_path / "elsewhere"
    backup(sqlite_store, file)
    result = CliRunner().invoke(cascade, ["restore", str(file), "--home", str(home)])
    assert result.exit_code == 0
    assert "cascade.key" in result.stderr
    assert "CASCADE_SECRET_KEY" in result.stderr
    key = sqlite_store.keyring.file
    assert key is not None
    (home / "cascade.key").write_bytes(key.read_bytes())
    (home / "cascade.key").chmod(0o600)
    again = ["restore", str(file), "--home", str(home), "--replace"]
    assert CliRunner().invoke(cascade, again).stderr == ""


def test_an_older_backup_is_encrypted_when_it_comes_back(tmp_path: Path) -> None:
    from contextlib import nullcontext

    from api.db import migrate
    from api.db.database import _engine

    old = Settings(f"sqlite:///{tmp_path / 'old.sqlite3'}")
    engine = _engine(old)
    migrate.bring_up(engine, nullcontext(), "0005")
    engine.dispose()
    with contextlib.closing(sqlite3.connect(tmp_path / "old.sqlite3")) as plain:
        plain.execute("INSERT INTO secrets VALUES ('sessions', ?)", [b"in clear, thirty-two bytes long."])
        plain.commit()
    place = Settings(home_url(tmp_path / "new"))
    restore(tmp_path / "old.sqlite3", place)
    store = Store.open(place)
    with store.read() as session:
        assert secrets.secret(session, "sessions") == b"in clear, thirty-two bytes long."
    assert b"in clear" not in contents(tmp_path / "new" / "cascade.sqlite3")
    store.close()


def test_the_commands_generate_and_rotate(sqlite_store: Store) -> None:
    furnished(sqlite_store)
    assert sqlite_store.settings.path is not None
    home = str(sqlite_store.settings.path.parent)
    assert len(CliRunner().invoke(cascade, ["secrets", "generate"]).output.strip()) == 44
    done = CliRunner().invoke(cascade, ["secrets", "rotate", "--home", home])
    assert done.output == "4 secrets are encrypted with the newest key.\n"
    assert CliRunner().invoke(cascade, ["secrets", "reset", "--home", home], input="n\n").exit_code == 1
    assert CliRunner().invoke(cascade, ["secrets", "reset", "--home", home, "--yes"]).exit_code == 0
