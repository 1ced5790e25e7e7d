"""Logs: one JSON object a line, no secret in any of them, nothing that a caller sends can break a line."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from api_client import admin_of
from world import inputs

from api.app import create_app
from api.db import Store
from api.web.config import Config
from api.web.logs import JsonFormatter, log_to, redact


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged."""
    reported = io.StringIO()
    before = {name: logging.getLogger(name).level for name in ("cascade", "waitress", "api")}
    handler = log_to(reported)
    yield reported
    for name, level in before.items():
        logging.getLogger(name).removeHandler(handler)
        logging.getLogger(name).setLevel(level)
        logging.getLogger(name).propagate = True


def test_no_secret_gets_into_the_log(store: Store, lines: io.StringIO) -> None:
    app = create_app(Config(private_webhooks=True), store)
    admin = admin_of(app, store)
    inputs(admin)
    new = admin.post("/api-keys", {"name": "a", "role": "viewer"}).json["key"]
    hook = admin.post("/webhooks", {"url": "http://user.example.com/"}).json
    admin.get(f"/runs?api_key={admin.token}")
    admin.get(f"/runs/{admin.token}")
    app.test_client().get("/api/v1/runs", headers={"Authorization": f"Bearer {new}x"})
    reported = lines.getvalue()
    for secret in (
        admin.token,
        new,
        admin.token.partition(".")[2],
        new.partition(".")[2],
        hook.get("secret"),
    ):
        assert secret is None or secret not in reported
    assert admin.key_id in reported


def test_every_line_is_an_object_that_names_the_request(store: Store, lines: io.StringIO) -> None:
    app = create_app(Config(), store)
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    app.test_client().get("/livez", headers={"X-Request-Id": "mine", "traceparent": trace})
    reported = json.loads(lines.getvalue())
    assert (reported["request_id"], reported["route"], reported["status"]) == ("mine", "/livez", 200)
    assert reported["trace_id"] == "0af7651916cd43dd8448eb211c80319c"


def test_nothing_that_is_sent_begins_a_line_of_its_own(store: Store, lines: io.StringIO) -> None:
    app = create_app(Config(), store)
    client = app.test_client()
    client.get('/a%0a{"level":"error"}%0d%0ab', headers={"X-Request-Id": "a b"})
    client.get("/%E2%80%A8")
    reported = lines.getvalue().splitlines()
    assert [json.loads(line)["status"] for line in reported] == [404, 404]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("key gcabcdefghjkmn.AAAAAAAAAAAAAAAAAAAAAAAAA here", "key gcabcdefghjkmn[redacted] here"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_[redacted]"),
        ("postgresql://cascade:hunter2@db/x", "postgresql://cascade:[redacted]@db/x"),
        ("GET /invitation?token=kQ3f_x-9 200", "GET /invitation?token=[redacted] 200"),
        ("nothing.special gc.x", "nothing.special gc.x"),
    ],
)
def test_secrets_are_removed(text: str, kept: str) -> None:
    assert redact(text) == kept


def test_a_fault_is_reported_with_its_trace_on_one_line() -> None:
    try:
        raise ValueError("no")
    except ValueError:
        import sys

        record = logging.LogRecord("cascade", logging.ERROR, "", 0, "broken", None, sys.exc_info())
    line = JsonFormatter().format(record)
    assert "\n" not in line
    assert "ValueError: no" in json.loads(line)["exception"]
