"""The whole of a planner's job in a real browser, on 701 real resellers and on 100,000 partners: from the file to a plan
that somebody else has approved."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from steps import publish

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
REAL = Path(__file__).parents[3] / "shared" / "data" / "adventureworks" / "partners.csv"


@dataclass(frozen=True)
class Trip:
    """What differs between the two."""

    title: str
    partners: str
    fields: Mapping[str, str]
    """What is filled in, by the id of the field."""
    leaves_out: bool
    """Whether the rule set needs columns that the table does not have."""
    total: str
    partner: tuple[str, str]
    """One that is looked for, by part of its name and all of it."""
    asked: str
    tried: tuple[str, str]
    """The number that is changed, by its label, and what to."""
    chosen: Mapping[str, str] = field(default_factory=dict)
    """What is selected."""


AGREED = Trip(
    title="FY2021, ten percent growth",
    partners="701 partners",
    chosen={"c-baseline": "fy2020", "c-potential": "annual_sales"},
    fields={"growth": "", "total": "40,226,000", "period": "FY2021"},
    leaves_out=True,
    total="40,226,000",
    partner=("aerobic exercise", "Aerobic Exercise Company"),
    asked="30,000",
    tried=("Growth max", "30%"),
)
MANY = Trip(
    title="A hundred thousand",
    partners="100,000 partners",
    fields={"growth": "8%", "share_max": "", "growth_max": "60%", "period": "FY2029"},
    leaves_out=False,
    total="100,000 partners",
    partner=("number 54321", "Partner number 54321"),
    asked="4,500",
    tried=("Growth max", "50%"),
)


@pytest.mark.skipif(not REAL.is_file(), reason="no real input beside the project")
def test_701_resellers(page: Any, approver: Any, tmp_path: Path) -> None:
    spoilt = tmp_path / "partners.csv"
    spoilt.write_text(
        REAL.read_text(encoding="utf-8").replace(",300000.0,", ",about 300000,", 1), encoding="utf-8"
    )
    _bring(page, spoilt)
    sync_api.expect(page.locator("#table")).to_contain_text("about 300000")
    _travel(page, approver, AGREED, REAL)


def test_100_000_partners(page: Any, approver: Any, tmp_path: Path) -> None:
    _travel(page, approver, MANY, _table(tmp_path, 100_000))


def _travel(page: Any, approver: Any, trip: Trip, table: Path) -> None:
    run = _made(page, trip, table)
    _looked_at(page, run, trip)
    _overridden(page, run, trip)
    variant = _tried(page, run, trip)
    page.goto(f"/compare?runs={run},{variant}")
    sync_api.expect(page.locator("main")).to_contain_text("raised")
    page.goto(f"/runs/{variant}/rules")
    sync_api.expect(page.locator(".rulecard").first).to_be_visible()
    page.get_by_role("link", name="Publish", exact=True).click()
    page.get_by_label("Comment for who approves").fill("For the board")
    publish(page, approver)


def _bring(page: Any, table: Path) -> None:
    page.goto("/new")
    page.set_input_files("#table", table)
    page.locator("#plan").wait_for()


def _made(page: Any, trip: Trip, table: Path) -> str:
    """The id of the first run."""
    _bring(page, table)
    sync_api.expect(page.locator("#table")).to_contain_text(f"{trip.partners}, ")
    for each, value in trip.chosen.items():
        page.select_option(f"#{each}", value)
    for each, value in {"title": trip.title, **trip.fields}.items():
        page.fill(f"#{each}", value)
    if trip.leaves_out:
        page.locator("input[name=rules][value=reseller]").check()
    page.get_by_role("button", name="Solve", exact=True).click()
    if trip.leaves_out:
        page.get_by_role("button", name="Solve without them").click()
    return _solved(page, trip.title)


def _solved(page: Any, title: str) -> str:
    """The id of the run of the page, once it has ended."""
    sync_api.expect(page.locator("h1")).to_have_text(title)
    sync_api.expect(page.locator(".state").first).to_have_text("solved", timeout=90_000)
    found = re.search(r"run_\w{26}", page.url)
    assert found, page.url
    return found[0]


def _looked_at(page: Any, run: str, trip: Trip) -> None:
    """The page of the run, its targets, and one partner with what another target would do."""
    sync_api.expect(page.locator(".tiles")).to_contain_text(trip.total)
    page.get_by_role("link", name="Targets", exact=True).last.click()
    page.fill("#q", trip.partner[0])
    sync_api.expect(page.get_by_role("status")).to_contain_text(
        f"1 partner of {trip.partners.partition(' ')[0]}"
    )
    page.get_by_role("link", name=trip.partner[1]).click()
    sync_api.expect(page.locator("h1")).to_have_text(trip.partner[1])
    sync_api.expect(page.locator("main")).to_contain_text("How it was made")
    page.get_by_label(re.compile("Why not another")).fill(trip.asked)
    page.get_by_role("button", name="Ask").click()
    sync_api.expect(page.locator("#answer1 h2").first).to_have_text(f"{trip.asked} USD instead")
    for path in ("cascade", "picture", "rules"):
        page.goto(f"/runs/{run}/{path}")
        sync_api.expect(page.locator("main")).not_to_be_empty()


def _overridden(page: Any, run: str, trip: Trip) -> None:
    """A target is overridden, and that undone where a solve more takes no time."""
    page.goto(f"/runs/{run}/targets?q={trip.partner[0]}")
    page.get_by_role("link", name=trip.partner[1]).click()
    page.get_by_text("Override this target").click()
    page.get_by_label("New target").fill(trip.asked)
    page.get_by_label("Reason").fill("A framework contract")
    page.get_by_role("button", name="Show what it costs").click()
    sync_api.expect(page.locator("main")).to_contain_text("Whom it moves")
    page.get_by_role("button", name="Write it and solve").click()
    _solved(page, trip.title)
    if trip is MANY:
        return
    page.get_by_role("button", name="Undo it").click()
    page.wait_for_url(lambda url: "undo=" not in url)
    _solved(page, trip.title)


def _tried(page: Any, run: str, trip: Trip) -> str:
    """The id of the run of a variant that a what-if was saved as."""
    page.goto(f"/runs/{run}/what-if")
    page.get_by_label(trip.tried[0], exact=True).first.fill(trip.tried[1])
    sync_api.expect(page.locator("#found")).to_contain_text("What moves", timeout=90_000)
    title = f"{trip.title}, {trip.tried[1]} at most"
    page.get_by_label("What to call the variant").fill(title)
    page.get_by_role("button", name="Save as a variant and solve").click()
    return _solved(page, title)


def _table(folder: Path, partners: int) -> Path:
    """A table of so many partners of all sizes."""
    chance = np.random.default_rng(8)
    revenue = np.exp(chance.normal(10, 1.2, partners)).round(2)
    lines = ["partner_id,name,tier,region,revenue_2028"]
    for number, amount in enumerate(revenue.tolist()):
        tier, region = ("Gold", "Silver", "Registered")[number % 3], f"Region {number % 20:02}"
        lines.append(f"P{number:06},Partner number {number:05},{tier},{region},{amount}")
    path = folder / "partners.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path
