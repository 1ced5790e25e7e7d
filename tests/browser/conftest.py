"""A server with the example solved, and a real browser that looks at it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from furnish import Door, hard_year

from api.db import Settings, Store, home_url
from api.db.scopes import Role
from api.db.tables import organisations
from api.resources.keys import service as keys

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium")
ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "api.cli.main", "demo", "--no-open"]


@dataclass(frozen=True)
class Site:
    """The running demo."""

    address: str
    state: Path
    """Cookies of who is logged in."""
    approver: Path
    """Those of somebody who approves."""
    doors: tuple[Door, Door]
    """Both over HTTP."""


@pytest.fixture(scope="session")
def browser() -> Iterator["sync_api.Browser"]:
    if CHROMIUM is None:
        pytest.skip("no chromium: tests/setup installs it")
    with sync_api.sync_playwright() as playwright:
        sync_api.expect.set_options(timeout=30_000)  # a machine may be busy with other tests
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def site(browser: "sync_api.Browser", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    log = tmp_path_factory.mktemp("demo") / "log"
    temporary = tmp_path_factory.mktemp("temporary")
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with (
        log.open("w") as errors,
        subprocess.Popen(
            COMMAND, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=ROOT, env=environment
        ) as server,
    ):
        assert server.stdout is not None
        states = {who: log.with_name(f"{who}.json") for who in ("planner", "approver")}
        for state in states.values():
            found = re.search(r"(http://\S+)/enter\?ticket=\S+", server.stdout.readline())
            assert found, log.read_text()
            context = browser.new_context()
            context.new_page().goto(found[0])
            context.storage_state(path=state)
            context.close()
        (home,) = temporary.glob("cascade-demo-*")
        planner, approver = (Door(found[1], key) for key in _keys(home))
        yield Site(found[1], states["planner"], states["approver"], (planner, approver))
        server.terminate()
    assert list(temporary.glob("cascade-demo-*")) == []


def _keys(home: Path) -> Iterator[str]:
    """A key of who plans and of who approves, for what is made over HTTP because no test looks at its making."""
    store = Store.open(Settings(home_url(home)))
    with store.write() as session:
        (organisation,) = organisations.everyone(session)
        for role in (Role.ADMIN, Role.APPROVER):
            yield keys.create(session, organisation.id, name=role, role=role, created_by="operator").token
    store.close()


@pytest.fixture(scope="session")
def a_hard_year(site: Site) -> dict[str, str]:
    """Ids of a published plan with everything that comes after publishing."""
    return hard_year(*site.doors)


@pytest.fixture
def approver(browser: "sync_api.Browser", site: Site) -> Iterator["sync_api.Page"]:
    """A page of who approves."""
    context = browser.new_context(base_url=site.address, storage_state=site.approver)
    yield context.new_page()
    context.close()


@pytest.fixture
def page(browser: "sync_api.Browser", site: Site) -> Iterator["sync_api.Page"]:
    """A page of who is logged in; what scripts or the policy complain of fails the test."""
    context = browser.new_context(base_url=site.address, storage_state=site.state)
    opened = context.new_page()
    opened.set_default_timeout(30_000)
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "console", lambda line: complaints.append(line.text) if "Content Security" in line.text else None
    )
    yield opened
    context.close()
    assert complaints == []
