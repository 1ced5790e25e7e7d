"""Messages: signed as Standard Webhooks says, never sent inwards, tried again until they arrive."""

import http.server
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import factories
import pytest
from api_client import ApiClient
from world import inputs, made

from api.db import Store
from api.db.tables import deliveries, webhooks
from api.resources.webhooks import Deliverer, Forbidden, Guard, signatures, verify
from api.resources.webhooks.client import Pinned, Reply, send
from api.resources.webhooks.delivery import SCHEDULE, DeliverySettings
from api.resources.webhooks.url_guard import Destination
from api.worker.worker import Worker, WorkerSettings

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_a_signature_is_that_of_the_published_example() -> None:
    """The example of the Standard Webhooks reference libraries."""
    signature = signatures([SECRET], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def signed(body: bytes, at: int, *secrets: str) -> dict[str, str]:
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(at),
        "webhook-signature": signatures(secrets or [SECRET], "msg_1", at, body),
    }


def test_a_receiver_believes_fresh_and_true_messages_only() -> None:
    body = b'{"type":"run.succeeded"}'
    assert verify(SECRET, signed(body, 1000), body, now=1200)
    assert not verify(SECRET, signed(body, 1000), body, now=1301)
    assert not verify(SECRET, signed(body, 1000), body, now=699)
    assert not verify(SECRET, signed(body, 1000), body + b" ", now=1000)
    assert not verify(SECRET, {**signed(body, 1000), "webhook-id": "msg_2"}, body, now=1000)
    assert not verify(SECRET, {**signed(body, 1000), "webhook-signature": "v1,AAAA"}, body, now=1000)
    assert not verify(SECRET, {}, body, now=1000)


def test_while_a_secret_changes_both_are_good() -> None:
    body, other = b"{}", "whsec_" + "A" * 32
    headers = signed(body, 1000, other, SECRET)
    assert verify(SECRET, headers, body, now=1000)
    assert verify(other, headers, body, now=1000)


INWARDS = [
    "http://example.com/",
    "https://127.0.0.1/",
    "https://localhost/",
    "https://[::1]/",
    "https://169.254.169.254/latest/meta-data/",
    "https://10.0.0.1/",
    "https://192.168.1.1/",
    "https://172.16.0.1/",
    "https://100.64.0.1/",
    "https://0.0.0.0/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:a00:1]/",
    "https://[::ffff:93.184.215.14]/",
    "https://[::127.0.0.1]/",
    "https://[::93.184.215.14]/",
    "https://[::ffff:0:7f00:1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b::5db8:d70e]/",
    "https://[64:ff9b:1::7f00:1]/",
    "https://[64:ff9b:1:ffff::5db8:d70e]/",
    "https://[2001:0:5db8:d70e::1]/",
    "https://[2002:7f00:1::]/",
    "https://[2002:5db8:d70e::1]/",
    "https://192.88.99.1/",
    "https://93.184.215.14:22/",
    "https://93.184.215.14:80/",
    "https://93.184.215.14:6379/",
    "https://[fe80::1]/",
    "https://[fc00::1]/",
    "https://[ff02::1]/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "ftp://example.com/",
    "https://user:password@example.com/",
    "https:///nothing",
    "https://exa mple.com/",
    "https://example.com:99999/",
    "javascript:alert(1)",
    "//example.com/",
    "",
    "https://ⓔxample.com/",
]


@pytest.mark.parametrize("url", INWARDS)
def test_no_message_goes_inwards(url: str) -> None:
    with pytest.raises(Forbidden):
        Guard().check(url)


@pytest.mark.parametrize("url", INWARDS)
def test_no_webhook_may_lead_inwards(store: Store, url: str) -> None:
    from api_client import admin_of

    from api.app import create_app
    from api.web.config import Config

    admin = admin_of(create_app(Config(), store), store)
    assert admin.post("/webhooks", {"url": url}).status_code == 422


def test_a_name_is_held_to_the_address_that_was_looked_at() -> None:
    """A name that leads outwards when it is looked at and inwards when it is used gains nothing."""
    answers = iter([["93.184.215.14"], ["127.0.0.1"]])
    guard = Guard(resolve=lambda _host, _port: next(answers))
    assert guard.check("https://rebinding.example.com/x?y=1") == Destination(
        "rebinding.example.com", 443, "93.184.215.14", "/x?y=1", True
    )
    with pytest.raises(Forbidden):
        guard.check("https://rebinding.example.com/x")


def test_one_inward_address_among_several_is_enough_to_refuse() -> None:
    guard = Guard(resolve=lambda _host, _port: ["93.184.215.14", "10.0.0.1"])
    with pytest.raises(Forbidden):
        guard.check("https://mixed.example.com/")


@dataclass
class Receiver:
    """A web server that answers as it is asked to, and keeps what it gets."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    answering: threading.Event = field(default_factory=threading.Event)
    """It answers as soon as this is set."""
    port: int = 0
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?a=1"


@contextmanager
def receiving(receiver: Receiver) -> Iterator[Receiver]:
    receiver.answering.set()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            receiver.answering.wait(60)
            self.send_response(receiver.status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def there(port: int, *, https: bool = False) -> Destination:
    return Destination("127.0.0.1", port, "127.0.0.1", "/", https)


def wanting(admin: ApiClient, url: str, *events: str) -> dict[str, str]:
    answer = admin.post("/webhooks", {"url": url, "events": list(events)})
    assert answer.status_code == 201
    return {"id": answer.json["id"], "secret": answer.json["secret"]}


def delivered(store: Store, **settings: object) -> int:
    """Deliver until nothing is due any more."""
    deliverer = Deliverer(store, Guard(private=True), DeliverySettings(**settings))  # type: ignore[arg-type]
    sent = 0
    while deliverer.deliver_next():
        sent += 1
    return sent


def log(admin: ApiClient, hook: str) -> list[dict[str, object]]:
    items = admin.get(f"/webhooks/{hook}/deliveries").json["items"]
    return [admin.get(f"/deliveries/{item['id']}").json for item in items]


def cancelled_run(admin: ApiClient, name: str = "small") -> str:
    run = made(admin.post(f"/scenarios/{inputs(admin, name)['scenario_id']}/runs"), 202)
    admin.post(f"/runs/{run}/cancel")
    return run


def test_a_message_arrives_signed_and_thin(admin: ApiClient, store: Store) -> None:
    with receiving(Receiver()) as receiver:
        hook = wanting(admin, receiver.url, "run.cancelled")
        run = cancelled_run(admin)
        delivered(store)
        headers, body = receiver.got[-1]
    assert verify(hook["secret"], headers, body, now=time.time())
    reported = json.loads(body)
    assert (reported["type"], reported["data"], len(body) < 20_000) == ("run.cancelled", {"id": run}, True)
    assert [(d["state"], d["tries"], d["log"][0]["status"]) for d in log(admin, hook["id"])] == [
        ("delivered", 1, 200)
    ]


def test_only_what_is_wanted_is_sent(admin: ApiClient, store: Store) -> None:
    with receiving(Receiver()) as receiver:
        hook = wanting(admin, receiver.url, "plan.published")
        cancelled_run(admin)
        delivered(store)
    assert receiver.got == []
    assert log(admin, hook["id"]) == []


def test_a_receiver_that_is_down_is_tried_again_later(admin: ApiClient, store: Store) -> None:
    with socket.socket() as unserved:
        unserved.bind(("127.0.0.1", 0))
        hook = wanting(admin, f"http://127.0.0.1:{unserved.getsockname()[1]}/")
        cancelled_run(admin)
        delivered(store)
    (first,) = log(admin, hook["id"])
    assert (first["state"], first["tries"]) == ("pending", 1)
    assert "ConnectionRefused" in str(first["log"])


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 500, 503])
def test_everything_but_success_is_tried_again_and_no_redirect_followed(
    admin: ApiClient, store: Store, status: int
) -> None:
    with receiving(Receiver(status, {"Location": "/elsewhere"})) as receiver:
        hook = wanting(admin, receiver.url)
        cancelled_run(admin)
        delivered(store, schedule=(0.0, 0.0))
        assert len(receiver.got) == 3
    (message,) = log(admin, hook["id"])
    assert (message["state"], message["tries"]) == ("given_up", 3)
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1


def test_who_says_gone_is_left_alone(admin: ApiClient, store: Store) -> None:
    with receiving(Receiver(410)) as receiver:
        hook = wanting(admin, receiver.url)
        cancelled_run(admin)
        delivered(store, schedule=(0.0,))
        cancelled_run(admin, "second")
        delivered(store)
        assert len(receiver.got) == 1
    reported = admin.get(f"/webhooks/{hook['id']}").json
    assert (reported["enabled"], reported["disabled_reason"]) == (False, "The receiver answered 410 Gone.")
    on = admin.ask("PATCH", f"/webhooks/{hook['id']}", json={"enabled": True}, headers={"If-Match": "*"})
    assert on.json["enabled"] is True


def test_a_slow_receiver_is_given_up_in_time() -> None:
    with receiving(Receiver()) as receiver:
        receiver.answering.clear()
        reply = send(there(receiver.port), {}, b"{}", timeout=0.2)
        receiver.answering.set()
    assert (reply.status, reply.delivered) == (None, False)


def test_a_receiver_that_never_comes_to_an_end_is_given_up() -> None:
    """It says again and again that it will answer, so that no single read takes long."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                while True:
                    connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        reply = send(there(server.getsockname()[1]), {}, b"{}", timeout=0.2)
        thread.join()
    assert (reply.status, reply.delivered) == (None, False)


@pytest.mark.parametrize("https", [False, True], ids=["http", "https"])
def test_a_connection_that_comes_up_after_the_deadline_is_not_used(https: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        connection = Pinned(there(server.getsockname()[1], https=https), 60)
        connection.end()
        with pytest.raises(TimeoutError, match="too long to connect"):
            connection.request("POST", "/", b"{}")
        connection.close()
        accepted, _ = server.accept()
        with accepted:
            assert accepted.recv(1) == b""


def test_a_message_is_sent_again_on_request(admin: ApiClient, store: Store) -> None:
    with receiving(Receiver()) as receiver:
        hook = wanting(admin, receiver.url)
        cancelled_run(admin)
        delivered(store)
        message = log(admin, hook["id"])[0]["id"]
        assert admin.post(f"/deliveries/{message}/replay").status_code == 202
        delivered(store)
        assert [headers["webhook-id"] for headers, _ in receiver.got] == [message, message]


def test_a_changed_secret_signs_besides_the_old_one(admin: ApiClient, store: Store) -> None:
    with receiving(Receiver()) as receiver:
        hook = wanting(admin, receiver.url)
        new = admin.post(f"/webhooks/{hook['id']}/rotate").json["secret"]
        cancelled_run(admin)
        delivered(store)
        headers, body = receiver.got[0]
    assert new != hook["secret"]
    assert all(verify(secret, headers, body, now=time.time()) for secret in (new, hook["secret"]))


def test_the_schedule_is_the_published_one() -> None:
    assert SCHEDULE == (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)


def test_messages_are_delivered_as_they_come_without_being_asked(
    admin: ApiClient, store: Store, home: Path
) -> None:
    sent = threading.Event()

    def sending(*_: object) -> Reply:
        sent.set()
        return Reply(200, None, 0.0)

    messages = Deliverer(store, Guard(private=True), DeliverySettings(sending=sending))
    worker = Worker(store, WorkerSettings(home, slots=0), messages)
    worker.start()
    wanting(admin, "http://127.0.0.1:9/")
    cancelled_run(admin)
    assert sent.wait(10)
    worker.stop()


def test_two_threads_send_no_message_twice(admin: ApiClient, store: Store) -> None:
    both, sent = threading.Barrier(2), list[str]()

    def sending(_to: object, headers: dict[str, str], _body: bytes) -> Reply:
        sent.append(headers["webhook-id"])
        both.wait(60)
        return Reply(200, None, 0.0)

    messages = Deliverer(store, Guard(private=True), DeliverySettings(sending=sending))
    wanting(admin, "http://127.0.0.1:9/")
    cancelled_run(admin)
    cancelled_run(admin, "second")
    threads = [threading.Thread(target=messages.deliver_next) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(sent)) == len(sent) == 2


def test_a_deleted_webhook_takes_its_messages_along(admin: ApiClient, store: Store) -> None:
    hook = wanting(admin, "http://127.0.0.1:9/")
    cancelled_run(admin)
    message = log(admin, hook["id"])[0]["id"]
    assert admin.ask("DELETE", f"/webhooks/{hook['id']}", headers={"If-Match": '"1"'}).status_code == 204
    assert admin.get(f"/deliveries/{message}").status_code == 404
    with store.read() as session:
        assert not deliveries.waiting(session) or webhooks.listed(session, admin.org_id).items == ()
    assert factories.organisation(store)
