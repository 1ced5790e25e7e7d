"""Traces: a collector that listens gets a span of each request and of each run; without one nothing is imported."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import factories
import pytest
from click.testing import CliRunner
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from api.app import create_app
from api.cli.main import cascade
from api.db import Store
from api.processes import tracing
from api.web.config import Config
from api.worker.worker import Worker, WorkerSettings

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


class Collector:
    """What arrived, and the provider that sends it."""

    def __init__(self) -> None:
        self.spans: list[Any] = []
        self.provider: Any = None

    def sent(self) -> dict[str, dict[str, Any]]:
        """Name of each span to its attributes, once all are there."""
        assert self.provider.force_flush()
        return {span.name: {each.key: _value(each.value) for each in span.attributes} for span in self.spans}


def _value(value: Any) -> Any:
    return getattr(value, value.WhichOneof("value"))


@pytest.fixture
def collector() -> Iterator[Collector]:
    found = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            request = ExportTraceServiceRequest.FromString(
                self.rfile.read(int(self.headers["Content-Length"]))
            )
            found.spans += [
                span for each in request.resource_spans for scope in each.scope_spans for span in scope.spans
            ]
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found.provider = tracing.export_to(f"http://127.0.0.1:{server.server_port}", "0.1")
        yield found
        tracing.stop()
        found.provider.shutdown()
        server.shutdown()


def test_a_request_is_a_span_in_the_trace_of_who_asks(store: Store, collector: Collector) -> None:
    app = create_app(Config(openid=None), store)
    try:
        asked = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "X-Request-Id": "mine"}
        assert app.test_client().get("/api/v1/plans/plan_x", headers=asked).status_code == 401
    finally:
        app.extensions["cascade"].close()
    noted = collector.sent()["GET /api/v1/plans/<plan_id>"]
    assert noted["http.response.status_code"] == 401
    assert (noted["http.route"], noted["cascade.request"]) == ("/api/v1/plans/<plan_id>", "mine")
    (span,) = collector.spans
    assert span.trace_id.hex() == TRACE
    assert span.parent_span_id.hex() == "00f067aa0ba902b7"


def test_a_run_is_a_span_with_its_outcome(store: Store, collector: Collector, home: Path) -> None:
    org = factories.organisation(store)
    worker = Worker(store, WorkerSettings(home, launch=factories.FAKE))
    worker.start()
    try:
        run = factories.ended(store, org, factories.run(store, org))
    finally:
        worker.stop(10)
    noted = collector.sent()["run"]
    assert noted == {
        "cascade.run": run.id,
        "cascade.attempt": 1,
        "cascade.organisation": org,
        "cascade.outcome": "succeeded",
    }


def test_without_a_collector_nothing_of_it_is_imported() -> None:
    code = "import sys, api.server; print('opentelemetry' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_what_is_no_address_is_refused() -> None:
    done = CliRunner().invoke(cascade, ["serve", "--collector", "localhost:4318"])
    assert done.exit_code == 2
    assert "Write http://HOST:4318" in done.output
