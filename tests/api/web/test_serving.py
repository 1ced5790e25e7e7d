"""A whole server, as people start it: its first key, its sockets, its end, and the walk-through in the docs."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest
from small import PARTNERS, RULES, SCENARIO

DOCS = Path(__file__).parents[3] / "docs"


@dataclass
class Server:
    """A `cascade serve` of its own."""

    process: subprocess.Popen[str]
    port: int
    key: str

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, {"Authorization": f"Bearer {self.key}", **named})
        answer = connection.getresponse()
        status, content = answer.status, answer.read()
        connection.close()
        return status, content


def start(home: Path, *options: str) -> Server:
    return begin(f"cascade serve --home {home} {' '.join(options)}")


def begin(command: str, folder: Path | None = None, **environment: str) -> Server:
    """The server that a documented command starts from a folder, at a free port instead."""
    program, *arguments = command.split()
    assert program == "cascade"
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli.main", *arguments, "--port", "0", "--quiet"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
    )
    assert process.stdout
    reported = ""
    while " at http://" not in reported:
        line = process.stdout.readline()
        assert line, process.stderr and process.stderr.read()
        reported += line
    key = re.search(r"shown this once: (\S+)", reported)
    port = re.search(r":(\d+)\s*$", reported)
    assert port
    return Server(process, int(port[1]), key[1] if key else "")


def stop(server: Server, number: int = signal.SIGTERM) -> int:
    server.process.send_signal(number)
    code = server.process.wait(30)
    for pipe in (server.process.stdout, server.process.stderr):
        if pipe:
            pipe.close()
    return code


def documented(page: str) -> list[str]:
    """The commands of a page that start a server here, without what is left to its reader."""
    found = re.findall(
        r"^\$ (cascade serve.*)$", (DOCS / "how-to" / page).read_text(encoding="utf-8"), flags=re.M
    )
    return [command for command in found if "postgresql:" not in command and "0.0.0.0" not in command]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server, started as the walk-through says, from an empty folder."""
    (command,) = documented("prm.md")
    started = begin(f"{command} --slots 1", tmp_path_factory.mktemp("served"))
    yield started
    assert stop(started) == 0


def test_the_first_key_is_reported_once_and_things_are_still_there_after_a_restart(tmp_path: Path) -> None:
    first = start(tmp_path, "--slots", "0")
    assert first.key
    status, _ = first.ask(
        "/api/v1/rulesets", "POST", b'{"name": "a", "rules": []}', Content_Type="application/json"
    )
    assert (status, stop(first)) == (201, 0)
    second = start(tmp_path, "--slots", "0")
    assert second.key == ""
    second.key = first.key
    status, content = second.ask("/api/v1/rulesets")
    assert (status, len(json.loads(content)["items"]), stop(second, signal.SIGINT)) == (200, 1, 0)


def test_the_home_is_ones_own(tmp_path: Path) -> None:
    other = start(tmp_path / "home", "--slots", "0")
    assert oct((tmp_path / "home").stat().st_mode & 0o777) == "0o700"
    assert stop(other) == 0


def test_a_server_that_cannot_listen_says_so(server: Server, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "api.cli.main",
        "serve",
        "--home",
        str(tmp_path),
        "--port",
        str(server.port),
    ]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert f"cannot listen at 127.0.0.1:{server.port}" in ended.stderr


def raw(server: Server, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer


def test_a_chunked_body_beyond_the_limit_is_refused(server: Server) -> None:
    head = (
        f"POST /api/v1/rulesets?name=a HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.key}\r\n"
        "Content-Type: application/yaml\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    ).encode()
    chunk = b"100000\r\n" + b"a" * 0x100000 + b"\r\n"
    answer = raw(server, head + chunk * 17 + b"0\r\n\r\n")
    assert answer.split(b"\r\n")[0].split(b" ")[1] == b"413"


SMUGGLED = {
    "two lengths": b"POST /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "length and chunks": b"POST /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "odd coding": b"POST /livez HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "bare line feeds": b"GET /livez HTTP/1.1\nHost: localhost\n\n",
    "a header that is folded": b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX: a\r\n\tb\r\n\r\n",
    "a space before the colon": b"GET /livez HTTP/1.1\r\nHost : localhost\r\n\r\n",
}


@pytest.mark.parametrize("request_bytes", SMUGGLED.values(), ids=SMUGGLED.keys())
def test_no_request_is_smuggled_behind_another(server: Server, request_bytes: bytes) -> None:
    answer = raw(server, request_bytes + b"GET /api HTTP/1.1\r\nHost: localhost\r\n\r\n")
    statuses = [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3})", answer)]
    assert 500 not in statuses
    assert statuses[0] in (400, 404, 405, 501) or statuses == [200, 200]


def test_nothing_is_read_behind_a_length_beside_chunks(server: Server) -> None:
    answer = raw(server, SMUGGLED["length and chunks"] + b"GET /api HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert re.findall(rb"HTTP/1\.[01] (\d{3})", answer) == [b"400"]


@pytest.mark.parametrize("request_line", [b"GET /livez", b"POST /api"], ids=["no body", "an empty body"])
def test_who_expects_to_be_asked_for_a_body_and_has_none_is_answered(
    server: Server, request_line: bytes
) -> None:
    head = b" HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(request_line + head)
        assert re.match(rb"HTTP/1.1 (200|405) ", connection.recv(65536))


@pytest.mark.parametrize(
    ("lines", "status", "code"),
    [
        (b"Transfer-Encoding: gzip", 501, "bad-request"),
        (b"Cookie: a=\x01", 400, "bad-request"),
        (b"Content-Length: 9999999999999", 413, "body-too-large"),
    ],
    ids=["unknown encoding", "control character", "long body"],
)
def test_what_the_http_server_refuses_is_a_problem_too(
    server: Server, lines: bytes, status: int, code: str
) -> None:
    head, _, body = raw(server, b"POST /api HTTP/1.1\r\nHost: localhost\r\n" + lines + b"\r\n\r\n").partition(
        b"\r\n\r\n"
    )
    assert head.split()[1] == str(status).encode()
    assert b"Content-Type: application/problem+json" in head
    problem = json.loads(body)
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["request_id"] in head.decode()


def test_many_who_never_finish_their_request_keep_no_one_out(server: Server) -> None:
    half = b"POST /api/v1/rulesets?name=a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf"
    silent = [socket.create_connection(("127.0.0.1", server.port), timeout=20) for _ in range(150)]
    for connection in silent:
        connection.sendall(half)
    assert server.ask("/livez")[0] == 200
    assert server.ask("/api/v1/runs")[0] == 200
    for connection in silent:
        connection.close()


def test_a_strange_host_is_refused_by_a_server_for_this_machine(server: Server) -> None:
    assert server.ask("/livez", Host="evil.example.com")[0] == 400
    assert server.ask("/livez", Host=f"localhost:{server.port}")[0] == 200


def test_the_server_is_ready_once_its_worker_is_there(server: Server) -> None:
    until = time.monotonic() + 30
    while (answer := server.ask("/readyz"))[0] != 200 and time.monotonic() < until:
        time.sleep(0.2)
    assert json.loads(answer[1])["worker_seen_s"] < 30


def snippets(kind: str) -> str:
    text = (DOCS / "how-to" / "prm.md").read_text(encoding="utf-8")
    return "\n".join(re.findall(rf"```{kind}\n(.*?)```", text, flags=re.S))


def run(command: list[str], server: Server, folder: Path) -> str:
    environment = {
        **os.environ,
        "CASCADE_URL": f"http://127.0.0.1:{server.port}/api/v1",
        "CASCADE_KEY": server.key,
    }
    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, env=environment, cwd=folder
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_the_walk_through_with_curl_runs(server: Server, tmp_path: Path) -> None:
    reported = run(["bash", "-euo", "pipefail", "-c", snippets("sh")], server, tmp_path)
    assert "published" in reported
    assert '"target":"132000"' in reported
    assert '"QuotaAmount":132000' in reported
    assert (tmp_path / "targets.csv").read_text().startswith("partner,name,tier,region,metric")


@pytest.mark.parametrize(
    ("command", "environment", "home"),
    [
        *((command, {}, "cascade-home") for command in documented("service.md")),
        ("cascade serve", {}, "cascade-home"),
        ("cascade serve", {"CASCADE_HOME": "../beside/kept"}, "../beside/kept"),
        ("cascade serve", {"CASCADE_DATABASE": "sqlite:///kept.sqlite3"}, "kept.sqlite3"),
    ],
)
def test_a_server_solves_wherever_it_is_started(
    command: str, environment: dict[str, str], home: str, tmp_path: Path
) -> None:
    """What is documented, word for word from an empty folder; and homes that are written as relative paths."""
    folder = tmp_path / "empty"
    folder.mkdir()
    started = begin(command, folder, **environment)
    reported = run(["bash", "-euo", "pipefail", "-c", snippets("sh")], started, tmp_path)
    assert stop(started) == 0
    assert '"target":"132000"' in reported
    assert (folder / home).exists()


def test_one_process_serves_a_home_while_commands_work_beside_it(tmp_path: Path) -> None:
    started = begin("cascade serve --home kept --slots 1", tmp_path)

    def cascade(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "api.cli.main", *arguments, "--home", "kept"]
        return subprocess.run(command, cwd=tmp_path, text=True, capture_output=True, timeout=60, check=False)

    for second in (("serve", "--port", "0"), ("worker",)):
        refused = cascade(*second)
        assert refused.returncode != 0
        assert f"is served by another process already (process {started.process.pid})" in refused.stderr
    assert "admin" in cascade("keys", "list").stdout
    reported = run(["bash", "-euo", "pipefail", "-c", snippets("sh")], started, tmp_path)
    assert stop(started) == 0
    assert '"target":"132000"' in reported


def test_the_walk_through_in_python_runs(server: Server, tmp_path: Path) -> None:
    reported = run([sys.executable, "-c", snippets("python")], server, tmp_path)
    assert "'acme': '132000'" in reported


CASCADED = SCENARIO + "cascade: [region]\nover_assign: {partner: 3%}\n"


def test_managers_numbers_and_the_record_are_fetched_and_replayed(server: Server, tmp_path: Path) -> None:
    def made(path: str, body: str, kind: str) -> str:
        status, content = server.ask(path, "POST", body.encode(), Content_Type=kind)
        assert status == 201, content
        return str(json.loads(content)["id"])

    dataset = made("/api/v1/datasets?name=cascaded", PARTNERS, "text/csv")
    ruleset = made("/api/v1/rulesets?name=cascaded", RULES, "application/yaml")
    text = CASCADED.replace("partners.csv", dataset).replace("rules.yaml", ruleset)
    scenario = made("/api/v1/scenarios", text.replace("small", "cascaded"), "application/yaml")
    submit = f"/api/v1/scenarios/{scenario}/runs"
    _, content = server.ask(submit, "POST", b"", Prefer="wait=30", Idempotency_Key="cascaded")
    run = json.loads(content)
    assert run["state"] == "succeeded"

    base = f"/api/v1/runs/{run['id']}"
    reported = json.loads(server.ask(f"{base}/levels")[1])["items"]
    assert {row["path"]: (row["partners"], row["base"]) for row in reported} == {
        "": (3, "660"), "North": (2, "430"), "South": (1, "230")}  # fmt: skip
    table = server.ask(f"{base}/levels", Accept="text/csv")[1]
    assert table.startswith(b"level,path,partners,metric,baseline")
    first = json.loads(server.ask(f"{base}/allocations")[1])["items"][0]
    assert (first["partner"], first["target"], first["assigned"]) == ("birch", "230", "237")

    status, record = server.ask(f"{base}/record")
    assert status == 200
    (tmp_path / "record.zip").write_bytes(record)
    replay = [sys.executable, "-m", "api.cli.main", "replay", str(tmp_path / "record.zip")]
    ended = subprocess.run(replay, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, "the same to the byte" in ended.stdout) == (0, True), ended.stdout
