"""The measurements, each printed as a line with what is asked of it."""

import asyncio
import itertools
import json
import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable

from benchmarks.service.inputs import scenario, solved
from benchmarks.service.load import Ask, Seen, load
from benchmarks.service.server import Server


def mixed_load(server: Server, *, rate: float, seconds: float, connections: int = 24) -> None:
    """70 % run status, 28 % allocation pages, 2 % submits of a scenario of 200 partners."""
    asked = scenario(server, 200, "mixed load")
    done = solved(server, asked)
    cursors = pages(server, done)
    known, numbers = [done], itertools.count()
    draw = random.Random(7)

    def choose(seen: Seen) -> Ask:
        for body in seen.bodies[len(known) - 1 :]:
            known.append(json.loads(body).get("id", done))
        dice = draw.random()
        if dice < 0.70:
            return Ask("status", "GET", f"/runs/{draw.choice(known[-50:])}")
        if dice < 0.98:
            return Ask("page", "GET", f"/runs/{done}/allocations?limit=50{draw.choice(cursors)}")
        key = f"Idempotency-Key: load {next(numbers)}\r\n"
        return Ask("submit", "POST", f"/scenarios/{asked}/runs", key, b"{}")

    used = server.cpu_s()
    memory, seen = watched(
        server,
        lambda: asyncio.run(load(server, choose, rate=rate, seconds=seconds, connections=connections)),
    )
    used = server.cpu_s() - used
    _report(seen, rate)
    ended, solving = _ends(server, seen)
    print(
        f"  cores in use: {used / seen.seconds:.2f} by the server, {solving / seen.seconds:.2f} by its solves"
    )
    print(f"  submitted runs: {len(seen.bodies)}, ended as {ended}")
    print(
        f"  memory of the server: {memory[0]:.0f} MB at first, {memory[1]:.0f} MB half way, {memory[2]:.0f} MB last"
    )


def pages(server: Server, run_id: str) -> list[str]:
    """The query that fetches each page of the allocation."""
    found, cursor = [""], None
    while True:
        page = server.ask(
            "GET", f"/runs/{run_id}/allocations?limit=50{f'&cursor={cursor}' if cursor else ''}"
        )
        cursor = page["next_cursor"]
        if cursor is None:
            return found
        found.append(f"&cursor={cursor}")


def watched(server: Server, work: Callable[[], Seen]) -> tuple[list[float], Seen]:
    """The server's memory in megabytes at first, half way and last, and what the work saw."""
    samples, over = [server.rss_mb()], threading.Event()

    def sample() -> None:
        while not over.wait(1.0):
            samples.append(server.rss_mb())

    thread = threading.Thread(target=sample)
    thread.start()
    seen = work()
    over.set()
    thread.join()
    return [samples[0], samples[len(samples) // 2], samples[-1]], seen


def _report(seen: Seen, rate: float) -> None:
    faults = sum(number for status, number in seen.statuses.items() if status >= 500)
    print(
        f"  {seen.requests} requests at {seen.requests / seen.seconds:.0f}/s (asked: {rate:.0f}/s; must: 300/s)"
    )
    print(
        f"  p50 {1e3 * seen.percentile(0.5):.1f} ms, p99 {1e3 * seen.percentile(0.99):.1f} ms (must: < 150 ms)"
    )
    for kind in sorted(seen.latencies):
        half, most = (1e3 * seen.percentile(share, kind) for share in (0.5, 0.99))
        print(f"    {kind}: p50 {half:.1f} ms, p99 {most:.1f} ms")
    print(f"  statuses {dict(sorted(seen.statuses.items()))}, {faults} of them 5xx (must: 0)")


def _ends(server: Server, seen: Seen) -> tuple[dict[str, int], float]:
    """State to number of the submitted runs, once all of them are over, and the CPU seconds of their solves."""
    waiting = [json.loads(body)["id"] for body in seen.bodies]
    ended: Counter[str] = Counter()
    seconds = 0.0
    while waiting:
        time.sleep(0.2)
        runs = [server.ask("GET", f"/runs/{run}") for run in waiting]
        over = [run for run in runs if run["state"] not in ("queued", "running")]
        waiting = [run["id"] for run in runs if run not in over]
        ended.update(run["state"] for run in over)
        seconds += sum(run["usage"]["cpu_s"] for run in over)
    return dict(ended), seconds


def one_partner(server: Server, partners: int, asks: int = 400) -> None:
    """One partner's targets from the published plan of many partners."""
    run = solved(server, scenario(server, partners, f"{partners} partners"))
    plan = server.ask("POST", "/plans", {"run": run, "period": "FY2027"})["id"]
    server.ask("POST", f"/plans/{plan}/approve", {}, If_Match='"1"')
    server.ask("POST", f"/plans/{plan}/publish", {}, If_Match='"2"')
    draw = random.Random(3)

    def choose(_: Seen) -> Ask:
        return Ask("partner", "GET", f"/plans/{plan}/targets/P{draw.randrange(partners):06}")

    seen = asyncio.run(load(server, choose, rate=50, seconds=asks / 50, connections=2))
    half, most = (1e3 * seen.percentile(share) for share in (0.5, 0.99))
    print(
        f"  {partners:,} partners: p50 {half:.2f} ms (must: < 5 ms), p99 {most:.2f} ms, {dict(seen.statuses)}"
    )


def answered_at_once(server: Server, partners: int = 500, asks: int = 20) -> None:
    """A submitted scenario answered through `Prefer: wait`."""
    asked = scenario(server, partners, f"waited for {partners}")
    begun = time.perf_counter()
    solved(server, asked)
    print(f"  the first one, with the server just started: {time.perf_counter() - begun:.3f} s")
    taken = []
    for number in range(asks):
        begun = time.perf_counter()
        key = f"wait {number}"
        run = server.ask("POST", f"/scenarios/{asked}/runs", {}, Prefer="wait=20", Idempotency_Key=key)
        taken.append(time.perf_counter() - begun)
        if run["state"] != "succeeded":
            raise RuntimeError(f"{run['id']} has {run['state']}")
    half, most = statistics.median(taken), max(taken)
    print(f"  {partners} partners: median {half:.3f} s, slowest {most:.3f} s of {asks} (must: 0.5 s)")
