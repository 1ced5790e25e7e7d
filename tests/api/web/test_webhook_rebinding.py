"""DNS rebinding: a name that leads outwards when it is looked at and inwards when it is used gains nothing."""

import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from api_client import admin_of
from test_webhooks import cancelled_run, log

from api.app import create_app
from api.db import Store
from api.resources.webhooks import Deliverer, Forbidden, Guard
from api.resources.webhooks.client import Reply, send
from api.resources.webhooks.delivery import DeliverySettings
from api.resources.webhooks.url_guard import Destination
from api.web.config import Config

OUTWARDS = "93.184.215.14"


class Resolver:
    """A name server of the test's own: each question gets the next answer, the last one again and again."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, _port: int) -> list[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def listening(address: str, port: int = 0) -> Iterator[tuple[int, list[str]]]:
    """A web server there: its port, and the hosts it was asked for."""
    hosts: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hosts.append(self.headers["Host"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer((address, port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1], hosts
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_name_is_resolved_once_and_the_connection_goes_there() -> None:
    """The second answer would be the server that must not be reached."""
    resolver = Resolver(["127.0.0.1"], ["127.0.0.2"])
    with listening("127.0.0.1") as (port, outer), listening("127.0.0.2", port) as (_, inner):
        to = Guard(private=True, resolve=resolver).check(f"http://rebinding.example.com:{port}/hook")
        assert send(to, {}, b"{}").delivered
    assert (outer, inner) == ([f"rebinding.example.com:{port}"], [])
    assert resolver.asked == ["rebinding.example.com"]


def test_a_name_that_turns_inwards_after_the_check_gets_no_message(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outwards when the webhook is made; inwards when its first message is due."""
    monkeypatch.setattr(Guard.__init__, "__kwdefaults__", {"private": False, "resolve": Resolver([OUTWARDS])})
    admin = admin_of(create_app(Config(), store), store)
    hook = admin.post("/webhooks", {"url": "https://rebinding.example.com/hook"})
    assert hook.status_code == 201
    cancelled_run(admin)
    sent: list[Destination] = []

    def sending(to: Destination, *_: object) -> Reply:
        sent.append(to)
        return Reply(200, None, 0.0)

    guard = Guard(resolve=Resolver(["127.0.0.1"]))
    deliverer = Deliverer(store, guard, DeliverySettings(sending=sending))
    while deliverer.deliver_next():
        pass
    assert sent == []
    (message,) = log(admin, hook.json["id"])
    assert "not on the public internet" in str(message["log"])


@pytest.mark.parametrize(
    "inner", ["10.0.0.1", "::1", "64:ff9b::a00:1", "64:ff9b:1::a00:1", "::ffff:10.0.0.1", "192.88.99.1"]
)
def test_one_inward_answer_among_outward_ones_is_enough(inner: str) -> None:
    with pytest.raises(Forbidden):
        Guard(resolve=Resolver([OUTWARDS, inner])).check("https://mixed.example.com/")


def test_what_names_no_address_is_refused() -> None:
    def lost(_host: str, _port: int) -> list[str]:
        raise socket.gaierror("no such name")

    with pytest.raises(Forbidden, match="cannot be resolved"):
        Guard(resolve=lost).check("https://nowhere.example.com/")
