"""A load of requests at a steady rate over a few kept connections; a late answer counts from when it was due."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.service.server import Server


@dataclass(frozen=True)
class Ask:
    """One request to send."""

    kind: str
    method: str
    path: str
    headers: str = ""
    """Lines, each with its end."""
    body: bytes = b""


@dataclass
class Seen:
    """What came of the load."""

    latencies: dict[str, list[float]] = field(default_factory=dict)
    """Kind to seconds from when the request was due until its answer was there."""
    statuses: Counter[int] = field(default_factory=Counter)
    bodies: list[bytes] = field(default_factory=list)
    """Answers to what was submitted."""
    seconds: float = 0.0

    @property
    def requests(self) -> int:
        return sum(self.statuses.values())

    def percentile(self, share: float, kind: str | None = None) -> float:
        """Seconds within which so many requests were answered."""
        found = sorted(one for name, many in self.latencies.items() if kind in (None, name) for one in many)
        return found[min(len(found) - 1, int(share * len(found)))] if found else float("nan")


async def load(
    server: Server, choose: Callable[[Seen], Ask], *, rate: float, seconds: float, connections: int
) -> Seen:
    """Send what `choose` chooses, knowing what was seen so far, `rate` a second for so long."""
    seen, due = Seen(), asyncio.Queue[float]()
    workers = [asyncio.create_task(_worker(server, choose, due, seen)) for _ in range(connections)]
    begun = time.perf_counter()
    for number in range(int(rate * seconds)):
        at = begun + number / rate
        if (wait := at - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        due.put_nowait(at)
    await due.join()
    seen.seconds = time.perf_counter() - begun
    for worker in workers:
        worker.cancel()
    return seen


async def _worker(
    server: Server, choose: Callable[[Seen], Ask], due: "asyncio.Queue[float]", seen: Seen
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    while True:
        at = await due.get()
        ask = choose(seen)
        writer.write(_bytes(server, ask))
        status, body = await _answer(reader)
        seen.latencies.setdefault(ask.kind, []).append(time.perf_counter() - at)
        seen.statuses[status] += 1
        if ask.method == "POST":
            seen.bodies.append(body)
        due.task_done()


def _bytes(server: Server, ask: Ask) -> bytes:
    head = (
        f"{ask.method} /api/v1{ask.path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.key}\r\n"
        f"Accept: application/json\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(ask.body)}\r\n{ask.headers}\r\n"
    )
    return head.encode() + ask.body


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    return int(head[9:12]), await reader.readexactly(length)
