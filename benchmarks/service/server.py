"""A server of its own for the measurement: started, asked, watched, ended."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Server:
    """Where it is, and who may ask."""

    pid: int
    port: int
    key: str

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The JSON answer; raises RuntimeError for a refusal."""
        kind = {} if isinstance(body, bytes) else {"Content-Type": "application/json"}
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = HTTPConnection("127.0.0.1", self.port, timeout=600)
        who = {"Authorization": f"Bearer {self.key}"}
        connection.request(method, f"/api/v1{path}", data, {**who, **kind, **named})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {body[:500]!r}")
        return json.loads(body) if body else None

    def rss_mb(self) -> float:
        """Megabytes of memory that the server's own process holds; its solves are not counted."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def cpu_s(self) -> float:
        """CPU seconds that the server's own process has used; its solves are not counted."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(home: Path, *options: str) -> Iterator[Server]:
    """A `cascade serve` on a free port."""
    command = [sys.executable, "-m", "api.cli.main", "serve", "--home", str(home), "--port", "0", "--quiet"]
    command += ["--requests-per-second", "1000000", *options]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    printed = ""
    while " at http://" not in printed:
        printed += process.stdout.readline()
    try:
        yield Server(
            process.pid, int(re.search(r":(\d+)\s*$", printed)[1]), re.search(r"once: (\S+)", printed)[1]
        )
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
