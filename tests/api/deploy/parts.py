"""The parts of docs/deploy/compose.yaml as processes of this machine: each with its own command and settings."""

import json
import os
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from api.db import keyring
from api.resources.keys.service import generate
from tests.api.polling import eventually

DEPLOY = Path(__file__).parents[3] / "docs" / "deploy"
HOST = "plans.example.com"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def service(name: str) -> dict[str, Any]:
    """The service of the compose file."""
    found = YAML(typ="safe").load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    held: dict[str, Any] = found["services"][name]
    return held


@dataclass
class Part:
    """One process."""

    command: list[str]
    environment: dict[str, str]
    log: Path
    port: int = 0
    health_port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, env={**os.environ, **self.environment}, stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, cwd=self.log.parent,
            )  # fmt: skip

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send the signal and wait; the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(60)

    def health(self, path: str) -> tuple[int, str]:
        """What the health port answers; 0 while it does not."""
        connection = HTTPConnection("127.0.0.1", self.health_port, timeout=20)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, HTTPException):
            return 0, ""
        finally:
            connection.close()


@dataclass
class Parts:
    """All of them, started."""

    folder: Path
    database: str
    key: str
    secret: str
    """What secrets in the database are encrypted with."""
    code: Path = DEPLOY.parents[1]
    """Where the modules of what is started are."""
    more: dict[str, str] = field(default_factory=dict)
    """Settings beside those of the compose file."""
    web: list[Part] = field(default_factory=list)
    workers: list[Part] = field(default_factory=list)
    proxy: Part | None = None

    def ask(
        self, method: str, path: str, body: Any = None, kind: str = "application/json", **headers: str
    ) -> tuple[int, Any]:
        """The answer through the proxy, by TLS; status and JSON, or the bytes of what is none."""
        assert self.proxy is not None
        secure = ssl.create_default_context(cafile=str(self.folder / "tls" / "cert.pem"))
        secure.check_hostname = False
        connection = HTTPSConnection("127.0.0.1", self.proxy.port, timeout=60, context=secure)
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"Authorization": f"Bearer {self.key}", "Host": HOST, "Content-Type": kind, **named}
        connection.request(method, path, data, sent)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        json_type = "json" in (answer.getheader("Content-Type") or "")
        return answer.status, json.loads(content) if json_type else content

    def logs(self) -> str:
        """What web processes and workers have logged."""
        return "".join(each.log.read_text(encoding="utf-8") for each in (*self.web, *self.workers))


@contextmanager
def started(
    folder: Path, database: str, *, web: int = 2, workers: int = 2, code: Path | None = None, **more: str
) -> Iterator[Parts]:
    """Everything but PostgreSQL, started at the same moment on what may be an empty database.

    `code` holds the modules of another version, `more` settings beside those of the compose file.
    """
    parts = Parts(folder, database, generate(), keyring.generate(), code or DEPLOY.parents[1], more)
    with ExitStack() as ending:
        for kind, number in (("web", web), ("worker", workers)):
            for each in range(number):
                part = part_of(parts, kind, f"{kind}{each + 1}")
                (parts.web if kind == "web" else parts.workers).append(part)
                part.start()
                ending.callback(part.end)
        for part in parts.web:
            assert eventually(lambda part=part: part.health("/readyz")[0] == 200, 90), part.log.read_text()
        parts.proxy = _proxy(parts)
        parts.proxy.start()
        ending.callback(parts.proxy.end, signal.SIGQUIT)
        assert eventually(lambda: _listens(parts.proxy), 30), parts.proxy.log.read_text()
        yield parts


def part_of(parts: Parts, kind: str, name: str) -> Part:
    """A web process or a worker with the compose file's own command, at ports of this machine."""
    described = service(kind)
    command = shlex.split(described["command"])
    ports = {"--port": free_port(), "--health-port": free_port()}
    for option, port in ports.items():
        if option in command:
            command[command.index(option) + 1] = str(port)
    values = {
        "CASCADE_TRUSTED_HOSTS": HOST,
        "CASCADE_FIRST_KEY": parts.key,
        "CASCADE_DATABASE": parts.database,
        keyring.KEYS: parts.secret,
    }
    environment = {each: values[each] for each in described["environment"] if each in values}
    return Part(
        [sys.executable, "-P", "-m", "api.cli.main", *command],
        {**environment, **parts.more, "CASCADE_HOME": str(parts.folder / name), "OPENBLAS_NUM_THREADS": "1",
         "PYTHONPATH": str(parts.code)},
        parts.folder / f"{name}.log",
        ports["--port"],
        ports["--health-port"],
    )  # fmt: skip


def _proxy(parts: Parts) -> Part:
    """nginx with the configuration of docs/deploy, at a port of this machine."""
    tls = parts.folder / "tls"
    tls.mkdir(exist_ok=True)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}",
         "-addext", f"subjectAltName=DNS:{HOST}", "-keyout", tls / "key.pem", "-out", tls / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    lines = [f"server 127.0.0.1:{each.port} max_fails=2 fail_timeout=5s;" for each in parts.web]
    (parts.folder / "upstream.conf").write_text("\n".join(lines))
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    plain, port = free_port(), free_port()
    for before, after in (
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        ("pid /run/nginx.pid;", f"pid {parts.folder}/nginx.pid; daemon off; error_log stderr;"),
    ):
        assert before in text
        text = text.replace(before, after)
    (parts.folder / "nginx.conf").write_text(text)
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    command = [program, "-p", str(parts.folder), "-c", str(parts.folder / "nginx.conf")]
    return Part(command, {}, parts.folder / "proxy.log", port)


def _listens(part: Part | None) -> bool:
    assert part is not None
    try:
        socket.create_connection(("127.0.0.1", part.port), timeout=5).close()
    except OSError:
        return False
    return True
