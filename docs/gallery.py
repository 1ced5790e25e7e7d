"""Takes the pictures of docs/gallery.md in a real browser, from a running demo. Run by `make gallery`."""

import csv
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).parent / "pictures" / "pages"
PAGE = Path(__file__).parent / "gallery.md"
DEMO = [sys.executable, "-m", "api.cli.main", "demo", "--no-open"]
TABLE = Path(__file__).parents[1] / "api" / "starters" / "reseller" / "partners.csv"
HEIGHT = 700


@dataclass(frozen=True)
class Shot:
    """One page as somebody sees it."""

    name: str
    path: str
    """RUN, VARIANT and PLAN stand for the ids of the demo, YEAR and RUN_OF_YEAR for a plan in quarters."""
    says: str
    scheme: str = "light"
    width: int = 1280


SHOTS = (
    Shot("plans", "/", "What holds, what is proposed, and the scenarios behind it."),
    Shot("new", "/new", "A new plan begins with a table."),
    Shot("run", "/runs/RUN", "A run: what was placed, and what gave way, for whom and against what."),
    Shot("targets", "/runs/RUN/targets", "Targets: search, filter, sort, and the sum of what is filtered."),
    Shot("cascade", "/runs/RUN/cascade", "The cascade, from the company down to each partner."),
    Shot("picture", "/runs/RUN/picture", "Targets against what was before; each dot opens a partner."),
    Shot("partner", "/runs/RUN/partners?partner=P0159", "A partner: how its target was made, and why not another."),
    Shot("rules", "/runs/RUN/rules", "Rules with their reasons and their effect in this run."),
    Shot("what-if", "/runs/RUN/what-if?n0=66000000", "What if: other numbers, and what would move."),
    Shot("conflict", "/runs/RUN/what-if?n0=90000000", "Numbers that cannot be met: why, and what would settle it."),
    Shot("compare", "/compare?runs=RUN,VARIANT", "Two runs side by side, and every target that moves."),
    Shot("publish", "/runs/VARIANT/publish", "Before anything is approved: what it would change."),
    Shot("plan", "/plans/PLAN", "A published plan, with who did what.", "dark"),
    Shot("standing", "/plans/YEAR/standing", "After the first quarter: where the company and each partner stand."),
    Shot("partner-year", "/runs/RUN_OF_YEAR/partners?partner=R05&plan=YEAR", "A partner in its year."),
    Shot("rest", "/plans/YEAR/rest?done=Q1", "The rest of the year, planned anew near what was published."),
    Shot("next", "/plans/YEAR/next", "The next period, prepared from this one's plan and actuals."),
    Shot("standing-narrow", "/plans/YEAR/standing", "The same on a telephone.", "dark", 360),
    Shot("people", "/users", "People, their roles, and invitations."),
    Shot("targets-narrow", "/runs/RUN/targets", "Targets on a telephone.", "light", 360),
)  # fmt: skip


def main() -> None:
    """Write the pictures and the page that holds them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(DEMO, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            first, second = (_address(server.stdout.readline()) for _ in range(2))
            _take(first, second)
        finally:
            server.terminate()
    PAGE.write_text(page())


def page() -> str:
    """The text of the gallery."""
    shots = "\n\n".join(f"{each.says}\n\n![{each.says}](pictures/pages/{each.name}.png)" for each in SHOTS)
    head = "The example in the browser, as `cascade demo` starts it. `make gallery` takes the pictures anew."
    return f"# The pages\n\n{head}\n\n{shots}\n"


def _address(line: str) -> str:
    found = re.search(r"http://\S+/enter\?ticket=\S+", line)
    assert found, line
    return found[0]


def _take(first: str, second: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        planner = _entered(browser, first)
        approver = _entered(browser, second)
        ids = {**_journey(planner, approver), **_year(planner, approver)}
        for shot in SHOTS:
            _shoot(planner, shot, ids)
        browser.close()


def _entered(browser: Any, address: str) -> Any:
    opened = browser.new_context(base_url=address.partition("/enter")[0], locale="en-GB").new_page()
    opened.goto(address)
    return opened


def _journey(planner: Any, approver: Any) -> dict[str, str]:
    """A plan that is submitted, approved and published, and a variant of its run."""
    planner.goto("/runs")
    run = _id("run", planner.content())
    plan = _published(run, planner, approver)
    planner.goto(f"/runs/{run}/what-if?n0=66000000")
    planner.get_by_label("What to call the variant").fill("Sixty-six million")
    planner.get_by_role("button", name="Save as a variant and solve").click()
    planner.locator(".state", has_text="solved").first.wait_for()
    return {"RUN": run, "VARIANT": _id("run", planner.url), "PLAN": plan}


def _year(planner: Any, approver: Any) -> dict[str, str]:
    """A plan in quarters whose first is over, made in the browser from a table of 24 partners."""
    planner.goto("/new")
    planner.set_input_files("#table", TABLE)
    planner.locator("#title").fill("A year in quarters")
    planner.fill("#period", "FY2026")
    planner.select_option("#parts", "quarters")
    planner.fill("#begins", "2026-01-01")
    planner.fill("#share_max", "30%")
    planner.get_by_role("button", name="Solve", exact=True).click()
    planner.locator(".state", has_text="solved").first.wait_for()
    run = _id("run", planner.url)
    plan = _published(run, planner, approver)
    planner.goto(f"/plans/{plan}/standing")
    actuals = {"name": "q1.csv", "mimeType": "text/csv", "buffer": _first_quarter()}
    planner.set_input_files("#actuals", actuals)
    planner.get_by_role("link", name="Plan the rest anew").wait_for()
    return {"RUN_OF_YEAR": run, "YEAR": plan}


def _published(run: str, planner: Any, approver: Any) -> str:
    """The plan of the run, once it is submitted, approved and published."""
    planner.goto(f"/runs/{run}/publish")
    planner.get_by_label("Comment for who approves").fill("For the board")
    planner.get_by_role("button", name="Submit for approval").click()
    planner.wait_for_url("**/plans/*")
    plan = _id("plan", planner.url)
    for step in ("Approve", "Publish"):
        approver.goto(f"/plans/{plan}")
        approver.get_by_role("button", name=step).click()
        approver.wait_for_load_state()
    return plan


def _first_quarter() -> bytes:
    """What the partners of the table have done: a quarter of last year, some less and some more than that."""
    with TABLE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    lines = [
        f"{row['partner_id']},Q1,{float(row['revenue_2026']) * (0.17 + 0.015 * (number % 11)):.2f},2026-03-31"
        for number, row in enumerate(rows)
    ]
    return "\n".join(["partner_id,period,amount,as_of", *lines]).encode()


def _id(kind: str, text: str) -> str:
    found = re.search(rf"{kind}_\w{{26}}", text)
    assert found, text
    return found[0]


def _shoot(browser_page: Any, shot: Shot, ids: dict[str, str]) -> None:
    browser_page.emulate_media(color_scheme=shot.scheme)
    browser_page.set_viewport_size({"width": shot.width, "height": HEIGHT})
    path = shot.path
    for name in sorted(ids, key=len, reverse=True):
        path = path.replace(name, ids[name])
    browser_page.goto(path)
    browser_page.screenshot(path=FOLDER / f"{shot.name}.png")


if __name__ == "__main__":
    main()
