"""A planner's day in a real browser: from an uploaded table to a plan that is submitted."""

import csv
import re
from pathlib import Path

import pytest
from steps import publish

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
    expect(page.locator("#answer1 h2").first).to_have_text("360,000 USD instead")

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


def test_a_plan_is_made_by_keyboard_alone(page: "sync_api.Page") -> None:
    """From a table to a plan that is submitted: every step is reached by Tab and seen to have the focus."""
    expect = sync_api.expect
    page.goto("/new")
    _reach(page, page.locator("#table"))
    page.locator("#table").set_input_files(TABLE)  # the dialog of the system is not the page's
    _reach(page, page.locator("#title"))
    _type(page, "A year by keyboard")
    _reach(page, page.locator("#share_max"))
    _type(page, "30%")
    _press(page, page.get_by_role("button", name="Solve", exact=True))
    expect(page.locator(".state").first).to_have_text("solved")
    _press(page, page.get_by_role("link", name="Publish", exact=True))
    _reach(page, page.get_by_label("Comment for who approves"))
    _type(page, "For the board")
    _press(page, page.get_by_role("button", name="Submit for approval"))
    page.wait_for_url("**/plans/*")
    expect(page.locator(".state").first).to_have_text("submitted")


def _reach(page: "sync_api.Page", wanted: "sync_api.Locator") -> None:
    """Press Tab until it has the focus, and the focus is drawn."""
    wanted.wait_for()
    for _ in range(200):
        if wanted.evaluate("each => each === document.activeElement"):
            assert wanted.evaluate("each => getComputedStyle(each).outlineStyle") != "none"
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab does not reach {wanted}")


def _type(page: "sync_api.Page", text: str) -> None:
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def _press(page: "sync_api.Page", wanted: "sync_api.Locator") -> None:
    _reach(page, wanted)
    page.keyboard.press("Enter")


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


def test_where_the_service_does_not_answer_what_is_typed_stays(page: "sync_api.Page") -> None:
    page.goto("/")
    page.locator("main a[href^='/runs/']").first.click()
    page.get_by_role("link", name="Targets", exact=True).last.click()
    page.wait_for_url("**/targets**")
    page.wait_for_load_state()
    silent = page.get_by_text("The service does not answer")
    page.route("**/targets?*", lambda route: route.abort("connectionrefused"))
    page.fill("#q", "none of this name")
    sync_api.expect(silent).to_be_visible()
    sync_api.expect(page.locator("#q")).to_have_value("none of this name")
    page.unroute_all()
    page.fill("#q", "no partner has this name")
    page.wait_for_url("**q=no+partner**")
    sync_api.expect(silent).to_be_hidden()


def test_two_planners_do_not_overwrite_each_other(page: "sync_api.Page") -> None:
    """Both open the rules; who saves last hears of the other, and what was typed is still there."""
    page.goto("/runs")
    edit = (
        page.get_by_role("link", name="FY2027, ten percent more").last.get_attribute("href") + "/rules/edit"
    )
    other = page.context.new_page()
    for each in (page, other):
        each.goto(edit)
        each.wait_for_load_state()
    theirs = other.locator("#text").input_value() + "\n# one more line\n"
    other.fill("#text", theirs)
    other.get_by_role("button", name="Save a new version and solve").click()
    other.wait_for_url("**/runs/run_*")
    mine = page.locator("#text").input_value() + "\n# another line\n"
    page.fill("#text", mine)
    page.get_by_role("button", name="Save a new version and solve").click()
    sync_api.expect(page.locator("main")).to_contain_text("of the scenario meanwhile; nothing was written")
    sync_api.expect(page.locator("#text")).to_have_value(mine)


def test_a_file_chosen_before_the_script_arrives_is_sent(page: "sync_api.Page") -> None:
    held: list[sync_api.Route] = []
    page.route("**/cascade.js*", lambda route: held.append(route))
    page.goto("/new", wait_until="commit")
    page.set_input_files("#table", TABLE)
    sync_api.expect(page.locator("#table")).to_have_value(re.compile("partners"))
    assert held, "the script was there first"
    held[0].continue_()
    page.locator("#title").wait_for()
    page.unroute_all()
    page.go_back()
    sync_api.expect(page.locator("h1")).to_have_text("New plan")


def test_after_publishing(page: "sync_api.Page", approver: "sync_api.Page") -> None:
    """What was done is uploaded, who is off track found, one asked why, the rest planned anew, compared, published."""
    expect = sync_api.expect
    page.goto("/new")
    page.set_input_files("#table", TABLE)
    expect(page.locator("h1")).to_have_text("partners")
    page.fill("#title", "A year in quarters")
    page.fill("#period", "FY2026")
    page.select_option("#parts", "quarters")
    page.fill("#begins", "2026-01-01")
    page.fill("#share_max", "30%")
    page.get_by_role("button", name="Solve", exact=True).click()
    expect(page.locator(".state").first).to_have_text("solved")
    page.get_by_role("link", name="Publish", exact=True).click()
    publish(page, approver)

    page.get_by_role("link", name="Standing").click()
    page.set_input_files("#actuals", {"name": "q1.csv", "mimeType": "text/csv", "buffer": _first_quarter()})
    page.get_by_role("link", name="off track 5").click()
    page.get_by_role("link", name="Alder Systems").click()
    expect(page.get_by_role("region", name="Standing")).to_contain_text("52.2 %")
    page.get_by_label(re.compile("Why not another")).fill("300,000")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#answer1 h2").first).to_have_text("300,000 USD instead")

    page.get_by_role("link", name="Everybody").click()
    page.get_by_role("link", name="Plan the rest anew").click()
    page.get_by_role("button", name="Plan the rest and solve").click()
    expect(page.locator(".state").first).to_have_text("solved")
    page.get_by_role("link", name="Compare it with the plan").click()
    expect(page.locator("main")).to_contain_text("4 partners of 24 raised, 0 lowered")
    page.get_by_role("link", name="Publish").last.click()
    publish(page, approver)
    expect(page.locator("main")).to_contain_text("takes the place of")


def _first_quarter() -> bytes:
    """What partners have done: every sixth about half of what was due, the others a little more than that."""
    rows = ["partner_id,metric,period,amount,as_of"]
    for number, row in enumerate(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines())):
        part = 0.135 if number % 6 == 0 else 0.2754
        rows.append(f"{row['partner_id']},revenue,Q1,{float(row['revenue_2026'] or 0) * part:.2f},2026-03-31")
    return "\n".join(rows).encode()
