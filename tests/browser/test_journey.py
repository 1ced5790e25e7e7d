"""A planner's day in a real browser: from an uploaded table to a plan that is submitted."""

import re
from pathlib import Path

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
TABLE = Path(__file__).parents[2] / "api" / "starters" / "reseller" / "partners.csv"


def test_from_a_table_to_a_submitted_plan(page: "sync_api.Page") -> None:
    expect = sync_api.expect
    page.goto("/new")
    page.set_input_files("#table", TABLE)  # the form is sent when a file is chosen
    expect(page.locator("h1")).to_have_text("partners")
    page.fill("#title", "A year with resellers")
    page.fill("#share_max", "30%")
    page.get_by_role("button", name="Solve", exact=True).click()
    expect(page.locator("h1")).to_have_text("A year with resellers")
    expect(page.locator(".state").first).to_have_text("solved")
    run = page.url.partition("?")[0]

    page.get_by_role("link", name="Targets", exact=True).last.click()
    page.fill("#q", "alder")
    expect(page.get_by_role("status")).to_contain_text("1 partner of 24")
    assert "q=alder" in page.url  # the address holds the state
    page.get_by_role("link", name="Alder Systems").click()
    expect(page.locator("h1")).to_have_text("Alder Systems")
    page.get_by_label(re.compile("Why not another")).fill("360,000")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#answer h2")).to_have_text("360,000 USD instead")

    page.get_by_text("Override this target").click()
    page.get_by_label("New target").fill("350000")
    page.get_by_label("Reason").fill("A framework contract")
    page.get_by_role("button", name="Show what it costs").click()
    expect(page.locator("main")).to_contain_text("Whom it moves")
    page.get_by_role("button", name="Write it and solve").click()
    expect(page.locator("main")).to_contain_text("The override is written")
    expect(page.locator(".state").first).to_have_text("solved")
    page.get_by_role("button", name="Undo it").click()
    expect(page.locator(".state").first).to_have_text("solved")

    page.goto(f"{run}/what-if")
    page.get_by_label(re.compile("^Growth max")).first.fill("2%")
    expect(page.locator("#found")).to_contain_text("the rules cannot all hold")
    page.get_by_role("link", name=re.compile("^Try:")).first.click()
    expect(page.locator("#found")).to_contain_text("What moves")
    page.get_by_label("What to call the variant").fill("A careful year")
    page.get_by_role("button", name="Save as a variant and solve").click()
    expect(page.locator("h1")).to_have_text("A careful year")
    expect(page.locator(".state").first).to_have_text("solved")
    variant = page.url.partition("?")[0].rpartition("/")[2]

    page.goto(f"/compare?runs={run.rpartition('/')[2]},{variant}&why=1")
    expect(page.locator("main")).to_contain_text("What moved it")
    page.goto(f"/runs/{variant}/publish")
    page.get_by_label("Comment for who approves").fill("For the board")
    page.get_by_role("button", name="Submit for approval").click()
    expect(page.locator(".state").first).to_have_text("submitted")
    expect(page.locator("main")).to_contain_text("somebody else has to approve")


def test_reading_needs_no_scripts(browser: "sync_api.Browser", site: object) -> None:
    context = browser.new_context(base_url=site.address, storage_state=site.state, java_script_enabled=False)
    page = context.new_page()
    page.goto("/targets")
    partner = page.locator("#found tbody th a").first.inner_text()
    page.fill("#q", partner)
    page.get_by_role("button", name="Filter").click()
    assert "1 partner of" in page.inner_text("main")
    page.get_by_role("link", name=partner).click()
    assert "How it was made" in page.inner_text("main")
    context.close()


def test_the_keyboard_reaches_the_content_first(page: "sync_api.Page") -> None:
    page.goto("/runs")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_what_is_typed_before_the_script_arrives_counts(page: "sync_api.Page") -> None:
    page.goto("/")
    page.locator("main a[href^='/runs/']").first.click()
    page.get_by_role("link", name="Targets", exact=True).last.click()
    page.wait_for_url("**/targets**")
    held: list[sync_api.Route] = []
    page.route("**/cascade.js*", lambda route: held.append(route))
    page.reload(wait_until="commit")
    page.fill("#q", "no partner has this name")
    assert held, "the script was there first"
    held[0].continue_()
    page.wait_for_url("**q=no+partner**")
