"""A server that is killed while somebody works in the browser: the page says so, and nothing that was saved is lost."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_journey import TABLE

from api.db import sqlite
from tests.api.polling import eventually
from tests.chaos.service import Service

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A server on a home that outlives it, with its temporary files beside it."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    started = Service(tmp_path, None)
    started.start()
    yield started
    started.stop()


def test_killed_in_an_upload_and_in_a_what_if(
    browser: "sync_api.Browser", service: Service, tmp_path: Path
) -> None:
    expect = sync_api.expect
    context = browser.new_context(base_url=f"http://127.0.0.1:{service.port}")
    page = context.new_page()
    assert eventually(lambda: _answers(page), 60)
    page.get_by_text("Log in with an API key").click()
    page.fill("#key", service.key)
    page.get_by_role("button", name="Log in with the key").click()
    page.get_by_role("link", name="New plan").first.click()
    page.set_input_files("#table", TABLE)
    page.fill("#share_max", "30%")
    page.get_by_role("button", name="Solve", exact=True).click()
    expect(page.locator(".state").first).to_have_text("solved")
    run = page.url

    page.goto("/new")
    network = context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 200_000}
    network.send("Network.emulateNetworkConditions", slow)
    before = _read_by(service)
    page.set_input_files("#table", _large(tmp_path))
    assert eventually(lambda: _read_by(service) > before + 300_000, 30)
    service.server.kill()
    expect(page.get_by_role("alert")).to_contain_text("stopped answering while the file was sent")
    network.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})
    assert list((tmp_path / "temporary").iterdir()) == []
    sqlite.check_pages(service.home / "cascade.sqlite3")
    service.server.start()
    other = context.new_page()
    assert eventually(lambda: _answers(other), 60)
    other.goto("/new")
    tables = other.get_by_role("region", name="Tables").get_by_role("listitem")
    expect(tables).to_have_text(["partners 24 partners"])
    page.get_by_role("button", name="Send it again").click()
    expect(page.locator("main")).to_contain_text("60,000 partners")

    page.goto(f"{run}/what-if")
    growth = page.get_by_label("Growth", exact=True).first
    service.server.send(signal.SIGSTOP)
    with page.expect_request("**/what-if?*"):
        growth.fill("7%")
    service.server.kill()
    expect(page.get_by_text("The service does not answer")).to_be_visible()
    service.server.start()
    assert eventually(lambda: _answers(other), 60)
    expect(growth).to_have_value("7%")
    growth.fill("6%")
    expect(page.locator("#found")).to_contain_text("What moves")
    context.close()


def _answers(page: "sync_api.Page") -> bool:
    try:
        return page.goto("/login") is not None
    except sync_api.Error:
        return False


def _read_by(service: Service) -> int:
    """How much the server has read since it began, in bytes."""
    return int(Path(f"/proc/{service.server.pid}/io").read_text().split()[1])


def _large(folder: Path) -> Path:
    """A table that takes a while to send."""
    path = folder / "large.csv"
    lines = (f"P{number:06},a partner with a name of its own,{number % 997 + 3}" for number in range(60_000))
    path.write_text("\n".join(["partner_id,name,revenue_2026", *lines]), encoding="utf-8")
    return path
