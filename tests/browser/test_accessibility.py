"""Every page, light and dark, narrow and wide: axe finds nothing, and no page scrolls sideways."""

import re
from typing import Any

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
base = pytest.importorskip("axe_playwright_python.base", reason="axe is not installed")

SCRIPT = base.AXE_SCRIPT
PROBLEMS = """async (rules) => {
    const found = rules === null ? [] : (await axe.run(document, {resultTypes: ["violations"], ...rules})).violations;
    const beyond = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    const said = found.map((each) => `${each.id}: ${each.nodes[0].html.slice(0, 120)}`);
    return beyond > 0 ? [...said, `${beyond} px beyond the side`] : said;
}"""
PAGES = (
    "/", "/runs", "/runs/RUN", "/runs/RUN/targets", "/runs/RUN/cascade", "/runs/RUN/picture", "/runs/RUN/rules",
    "/runs/RUN/rules/edit", "/runs/RUN/rules/tests",
    "/rulesets/reseller/tests", "/runs/RUN/what-if", "/runs/RUN/what-if?n0=66000000", "/runs/RUN/what-if?n0=90000000",
    "/runs/RUN/publish", "/runs/RUN/partners?partner=P0159", "/compare", "/new", "/rulesets", "/rulesets/reseller",
    "/help", "/docs", "/docs/problems", "/nowhere", "/users", "/account", "/login", "/plans", "/plans/PLAN",
    "/plans/PLAN/standing", "/plans/PLAN/rest", "/plans/PLAN/objectives", "/plans/PLAN/incentives", "/plans/PLAN/responses",
    "/runs/RUN/targets?q=zzzzz", "/runs/RUN/levels", "/runs/RUN/conflict", "/compare?runs=RUN,VARIANT",
)  # fmt: skip


COLOURS = ("color-contrast", "link-in-text-block")
"""What depends on light and dark, and on nothing else: a scheme changes colours alone, a width changes none."""
ALL: dict[str, Any] = {}
LAYOUT = {"rules": {rule: {"enabled": False} for rule in COLOURS}}
LOOKS: tuple[tuple[str, int, dict[str, Any] | None], ...] = (
    ("light", 1280, ALL),
    ("light", 360, LAYOUT),
    ("light", 1920, LAYOUT),
    ("dark", 1280, {"runOnly": list(COLOURS)}),
    ("dark", 360, None),
    ("dark", 1920, None),
)
"""Each scheme at each width, with the rules that can find something new there; all are tried for scrolling sideways."""


def test_axe_finds_nothing(page: Any) -> None:
    """Each page is loaded once and looked at six ways; axe, which is large, is sent once a page."""
    ids = _ids(page)
    found = {}
    for path in PAGES:
        page.goto(re.sub("RUN|PLAN|VARIANT", lambda name: ids[name[0]], path))
        page.evaluate(SCRIPT)
        for scheme, width, rules in LOOKS:
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            if problems := page.evaluate(PROBLEMS, rules):
                found[path, scheme, width] = problems
    assert found == {}


def _ids(page: Any) -> dict[str, str]:
    """A run, a variant of it, and the plan that it was submitted as."""
    page.goto("/runs")
    run = _id("run", page.content())
    page.goto(f"/runs/{run}/publish")
    page.get_by_label("Period", exact=True).fill("A year of its own")
    page.get_by_role("button", name="Submit for approval").click()
    plan = _id("plan", page.url)
    page.goto(f"/runs/{run}/what-if?n0=66000000")
    page.get_by_label("What to call the variant").fill("Sixty-six million")
    page.get_by_role("button", name="Save as a variant and solve").click()
    sync_api.expect(page.locator(".state").first).to_have_text("solved")
    return {"RUN": run, "PLAN": plan, "VARIANT": _id("run", page.url)}


def _id(kind: str, text: str) -> str:
    found = re.search(rf"{kind}_\w{{26}}", text)
    assert found, text
    return found[0]
