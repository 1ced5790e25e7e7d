"""`python -m benchmarks.pages`: server time of every page that shows a run, at 100,000 partners.

A server of its own solves the scenario and a second one that asks for more, and publishes a plan; then each page is asked
for over one connection, as a browser does. Seconds are the clock's as the client sees them.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np

from benchmarks.service.inputs import scenario, solved
from benchmarks.service.server import Server, serving
from benchmarks.what_if import Browser

LONGEST_S = 30.0
"""After so many seconds a page is asked no more, however few its tries are."""


def paths(run: str, other: str, dataset: str, plan: str, field: str) -> dict[str, str]:
    """What is measured, by name; `{}` is another number in each try."""
    return {
        "the table, looked at": f"/new/{dataset}",
        "home": "/",
        "run": f"/runs/{run}",
        "targets": f"/runs/{run}/targets",
        "targets, one searched": f"/runs/{run}/targets?q=P00{{}}7",
        "targets, a filter and a sort": f"/runs/{run}/targets?tier=Gold&sort=target&dir=down&page={{}}",
        "cascade, the company": f"/runs/{run}/cascade",
        "picture": f"/runs/{run}/picture",
        "rules": f"/runs/{run}/rules",
        "a partner": f"/runs/{run}/partners?partner=P00{{}}7",
        "why not another target": f"/runs/{run}/partners?partner=P00{{}}7&instead=90000&metric=revenue",
        "what if, as it is": f"/runs/{run}/what-if",
        "what if, a number changed": f"/runs/{run}/what-if?{field}={{}}%25",
        "compare": f"/compare?runs={run},{other}",
        "publish: what it changes": f"/runs/{other}/publish",
        "plan": f"/plans/{plan}",
    }


def measured(browser: Browser, path: str, tries: int) -> list[float]:
    """Seconds of each try, the first among them."""
    found: list[float] = []
    while len(found) < tries and sum(found) < LONGEST_S:
        begun = time.perf_counter()
        browser.ask("GET", path.format(100 + len(found) * 7 if "%25" not in path else 41 + len(found)))
        found.append(time.perf_counter() - begun)
    return found


def _plan(server: Server, run: str) -> str:
    """The id of a plan of the run, published by somebody else."""
    key = server.ask("POST", "/api-keys", {"name": "approver", "role": "approver"})["key"]
    approver = Server(server.pid, server.port, key)
    plan = server.ask("POST", "/plans", {"run": run, "period": "FY2029", "reason": "measured"})["id"]
    for version, step in enumerate(("approve", "publish"), 1):
        approver.ask("POST", f"/plans/{plan}/{step}", {"reason": "measured"}, If_Match=f'"{version}"')
    return str(plan)


@click.command()
@click.option("--partners", default=100_000, show_default=True)
@click.option("--tries", default=20, show_default=True, help="Of each page; fewer of those that take long.")
def main(partners: int, tries: int) -> None:
    """Measure, and print a table of each page's first try, p50, p95 and longest."""
    with TemporaryDirectory() as home, serving(Path(home)) as server:
        begun = time.perf_counter()
        first = scenario(server, partners, "pages")
        run = solved(server, first)
        click.echo(f"{partners:,} partners: from the upload to targets {time.perf_counter() - begun:.1f} s\n")
        plan = _plan(server, run)
        document = server.ask("GET", f"/scenarios/{first}")["document"]
        target = {**document["targets"][0], "total": round(document["targets"][0]["total"] * 1.02, -3)}
        other = {**document, "scenario": "more", "targets": [target]}
        other_run = solved(server, str(server.ask("POST", "/scenarios", other)["id"]))
        browser = Browser(server)
        fields = json.loads(browser.ask("GET", f"/runs/{run}/what-if.json"))["fields"]
        field = next(each["at"] for each in fields if each["rule"] == "within reach")
        click.echo("| page | first | p50 | p95 | longest | tries |\n|---|--:|--:|--:|--:|--:|")
        for name, path in paths(run, other_run, document["partners"], plan, field).items():
            found = measured(browser, path, tries)
            p50, p95 = np.quantile(found, [0.5, 0.95])
            numbers = " | ".join(f"{each:.2f}" for each in (found[0], p50, p95, max(found)))
            click.echo(f"| {name} | {numbers} | {len(found)} |")


if __name__ == "__main__":
    main()
