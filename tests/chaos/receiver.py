"""A receiver of messages that counts what it gets."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Received:
    """What has arrived at an address."""

    address: str
    runs: Counter[str] = field(default_factory=Counter)
    """How many messages came about each run."""
    messages: dict[str, Counter[str]] = field(default_factory=dict)
    """Of each run, how often each message came, by its id."""

    @property
    def doubled(self) -> int:
        """How many came beyond the first of each message; a receiver drops them by their id."""
        return sum(count - 1 for found in self.messages.values() for count in found.values())

    def contradictions(self) -> list[str]:
        """Runs whose end was reported by several messages, which no receiver can see to be one."""
        return [
            f"{run}: {len(found)} messages of one end"
            for run, found in self.messages.items()
            if len(found) > 1
        ]


@contextmanager
def receiving(host: str = "127.0.0.1") -> Iterator[Received]:
    """A receiver at that address, until the end."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            run = str(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["data"]["id"])
            with lock:
                received.runs[run] += 1
                received.messages.setdefault(run, Counter())[str(self.headers["webhook-id"])] += 1
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((host, 0), Handler)
    received = Received(f"http://{host}:{server.server_address[1]}/")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield received
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
