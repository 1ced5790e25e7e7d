"""`python -m benchmarks.what_if`: server time of what-ifs at 2,000 partners × 4 metrics with elastic rules at odds.

A server of its own solves the scenario; then one number after the other is tried on the page of the run, over one
connection, and as its JSON. Seconds are the clock's as the client sees them, and those of processors that solved.
"""

from __future__ import annotations

import json
import os
import re
import time
from http.client import HTTPConnection, HTTPResponse
from http.cookies import SimpleCookie
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

import click
import numpy as np
from ruamel.yaml import YAML

from benchmarks.elastic import THREE, write_elastic
from benchmarks.service.inputs import solved
from benchmarks.service.server import Server, serving

_YAML = YAML(typ="safe")
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Browser:
    """One connection that keeps its cookies."""

    def __init__(self, server: Server) -> None:
        self._connection = HTTPConnection("127.0.0.1", server.port, timeout=600)
        self._cookies: dict[str, str] = {}
        page = self.ask("GET", "/login").decode()
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found, "the page to log in has a form"
        form = {"csrf_token": found[1], "key": server.key, "next": "/"}
        self.ask("POST", "/login", urlencode(form), _FORM)

    def ask(
        self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> bytes:
        """The body of the answer; raises RuntimeError for a refusal."""
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        self._connection.request(method, path, body, {**(headers or {}), "Cookie": cookies})
        answer = self._connection.getresponse()
        content = answer.read()
        self._keep(answer)
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:500]!r}")
        return content

    def _keep(self, answer: HTTPResponse) -> None:
        for line in answer.headers.get_all("Set-Cookie") or []:
            self._cookies |= {name: each.value for name, each in SimpleCookie(line).items()}


def uploaded(server: Server, folder: Path) -> str:
    """The id of the scenario in a folder, brought to the server."""
    document = _YAML.load((folder / "scenario.yaml").read_text())
    table = (folder / document["partners"]).read_bytes()
    rules = [_YAML.load((folder / name).read_text())["rules"] for name in document["rules"]]
    document["partners"] = server.ask("POST", "/datasets?name=partners", table, Content_Type="text/csv")["id"]
    document["rules"] = [
        server.ask("POST", "/rulesets", {"name": f"rules {number}", "rules": each})["id"]
        for number, each in enumerate(rules)
    ]
    del document["partner_id"]
    return str(server.ask("POST", "/scenarios", document)["id"])


def processor_seconds(pid: int) -> float:
    """Seconds of processor that a process and those that it started have used."""
    children = " ".join(file.read_text() for file in Path(f"/proc/{pid}/task").glob("*/children")).split()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(processor_seconds(int(child)) for child in children)


def seconds(browser: Browser, path: str, field: str, tries: int) -> list[float]:
    """How long each of so many growths takes, no two of them alike."""
    found = []
    for number in range(tries):
        begun = time.perf_counter()
        content = browser.ask("GET", f"{path}?{urlencode({field: f'{11 + number / 100:.2f}%'})}")
        found.append(time.perf_counter() - begun)
        if b"moves_in_all" not in content and b"furthest first" not in content:
            raise RuntimeError("nothing moved")
    return found


@click.command()
@click.option("--partners", default=2_000, show_default=True)
@click.option("--tries", default=60, show_default=True, help="Of the page, and as many of its JSON.")
def main(partners: int, tries: int) -> None:
    """Measure, and print p50 and p95."""
    with TemporaryDirectory() as home, TemporaryDirectory() as inputs, serving(Path(home)) as server:
        write_elastic(Path(inputs), partners, THREE)
        path = f"/runs/{solved(server, uploaded(server, Path(inputs)))}/what-if"
        browser = Browser(server)
        fields: list[dict[str, Any]] = json.loads(browser.ask("GET", f"{path}.json"))["fields"]
        field = next(each["at"] for each in fields if each["rule"] == "wish 1")
        (first,) = seconds(browser, path, field, 1)
        click.echo(f"{partners:,} partners x 4 metrics; first try {first:.3f} s")
        for name, where in (("page", path), ("JSON", f"{path}.json")):
            used = processor_seconds(server.pid)
            found = seconds(browser, where, field, tries)
            used = (processor_seconds(server.pid) - used) / tries
            p50, p95 = np.quantile(found, [0.5, 0.95])
            click.echo(
                f"{name}: p50 {p50:.3f} s, p95 {p95:.3f} s of {tries} tries; {used:.3f} s of processor each"
            )


if __name__ == "__main__":
    main()
