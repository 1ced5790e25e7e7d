"""Every page, light and dark, narrow and wide: axe finds nothing, and no page scrolls sideways."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from api.pages import blueprint

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
base = pytest.importorskip("axe_playwright_python.base", reason="axe is not installed")

SCRIPT = base.AXE_SCRIPT
PROBLEMS = """async ([context, rules]) => {
    const found = rules === null ? [] : (await axe.run(context, {resultTypes: ["violations"], ...rules})).violations;
    const beyond = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    const said = found.map((each) => `${each.id}: ${each.nodes[0].html.slice(0, 120)}`);
    return beyond > 0 ? [...said, `${beyond} px beyond the side`] : said;
}"""
PAGES = (
    "/", "/?q=zzzzz", "/runs", "/runs/RUN", "/runs/RUN/targets", "/runs/RUN/cascade", "/runs/RUN/picture",
    "/runs/RUN/rules", "/runs/RUN/rules/edit", "/runs/RUN/rules/tests", "/rulesets/reseller/tests",
    "/runs/RUN/what-if", "/runs/RUN/what-if?n0=66000000",
    "/runs/RUN/what-if?n0=90000000", "/runs/RUN/publish", "/runs/RUN/partners?partner=P0159", "/compare", "/new",
    "/rulesets", "/rulesets/reseller", "/help", "/docs", "/docs/problems", "/nowhere", "/users", "/account", "/login",
    "/plans", "/plans/PLAN", "/plans/PLAN/standing", "/plans/PLAN/rest", "/plans/PLAN/next", "/plans/PLAN/objectives",
    "/plans/PLAN/incentives", "/plans/PLAN/responses", "/runs/RUN/targets?q=zzzzz", "/runs/RUN/levels", "/targets",
    "/runs/RUN/conflict", "/runs/CONFLICT", "/runs/CONFLICT/conflict",
    "/invitation?token=TOKEN", "/compare?runs=RUN,VARIANT", "/new/HARD_TABLE", "/runs/HARD_RUN", "/runs/HARD_RUN/targets",
    "/runs/HARD_RUN/cascade", "/runs/HARD_RUN/levels", "/runs/HARD_RUN/partners?partner=P2&plan=HARD_PLAN",
    "/runs/HARD_RUN/partners?partner=P8", "/plans/HARD_PLAN", "/plans/HARD_PLAN/standing",
    "/plans/HARD_PLAN/rest", "/plans/HARD_PLAN/next", "/plans/HARD_PLAN/objectives", "/plans/HARD_PLAN/incentives",
    "/plans/HARD_PLAN/responses?price=HARD_COUNTER", "/invitation?token=wrong",
)  # fmt: skip


COLOURS = ("color-contrast", "link-in-text-block")
"""What depends on light and dark, and on nothing else: a scheme changes colours alone, a width changes none."""
REPEATED = ("tbody tr", "fieldset", "details", ".rulecard", "li")
ALIKE = {"exclude": [[f"{each}:nth-of-type(n+9)"] for each in REPEATED]}
"""All but what is repeated more than eight times, whose colours are those of what stands before it."""
WHOLE = {"include": [["html"]]}
LAYOUT = {"rules": {rule: {"enabled": False} for rule in COLOURS}}
COLOUR = {"runOnly": list(COLOURS)}
LOOKS: tuple[tuple[str, int, dict[str, Any], dict[str, Any] | None], ...] = (
    ("light", 360, WHOLE, LAYOUT),
    ("light", 1920, WHOLE, LAYOUT),
    ("light", 1280, WHOLE, LAYOUT),
    ("light", 1280, ALIKE, COLOUR),
    ("dark", 1280, ALIKE, COLOUR),
    ("dark", 360, WHOLE, None),
    ("dark", 1920, WHOLE, None),
)
"""Each scheme at each width, with the part and the rules that can find something new; all are tried for scrolling."""


def test_axe_finds_nothing(page: Any, a_hard_year: dict[str, str]) -> None:
    ids = {**_ids(page), **a_hard_year}
    found = {}
    for path in PAGES:
        page.goto(re.sub(r"\b[A-Z_]{3,}", lambda name: ids[name[0]], path))
        found |= {(path, *view): problems for view, problems in _looked_at(page)}
    assert found == {}


def _looked_at(page: Any) -> Iterator[tuple[tuple[str, int], list[str]]]:
    """What is wrong with the page, however one looks at it; axe, which is large, is sent once."""
    page.evaluate(SCRIPT)
    for scheme, width, context, rules in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        if problems := page.evaluate(PROBLEMS, [context, rules]):
            yield (scheme, width), problems


def test_the_walk_leaves_out_no_page() -> None:
    app = Flask(__name__)
    app.register_blueprint(blueprint)
    rules = {rule.rule: rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    pages = {endpoint for rule, endpoint in rules.items() if f"{rule}.json" in rules}
    addresses = app.url_map.bind("localhost")
    assert pages == {addresses.match(path.partition("?")[0])[0] for path in PAGES if path != "/nowhere"}


def _ids(page: Any) -> dict[str, str]:
    """A run, variants of it with and without targets, the plan that it was submitted as, and an invitation."""
    page.goto("/")
    run = _id("run", page.get_by_role("link", name="FY2027, ten percent more").get_attribute("href"))
    page.goto(f"/runs/{run}/publish")
    page.get_by_label("Period", exact=True).fill("A year of its own")
    page.get_by_role("button", name="Submit for approval").click()
    page.wait_for_url("**/plans/*")
    plan = _id("plan", page.url)
    page.goto("/users")
    page.get_by_label("Name", exact=True).fill("Ada")
    page.get_by_label("E-mail address").fill("ada@example.com")
    page.get_by_role("button", name="Make a link").click()
    token = page.locator("code").inner_text().partition("token=")[2]
    variants = {
        "VARIANT": _variant(page, run, "66000000", "solved"),
        "CONFLICT": _variant(page, run, "90000000", "in conflict"),
    }
    return {"RUN": run, "PLAN": plan, "TOKEN": token, **variants}


def _variant(page: Any, run: str, total: str, state: str) -> str:
    """The id of a run of a variant with another company target."""
    page.goto(f"/runs/{run}/what-if?n0={total}")
    page.get_by_label("What to call the variant").fill(f"With {total}")
    page.get_by_role("button", name="Save as a variant and solve").click()
    sync_api.expect(page.locator(".state").first).to_have_text(state)
    return _id("run", page.url)


def _id(kind: str, text: str) -> str:
    found = re.search(rf"{kind}_\w{{26}}", text)
    assert found, text
    return found[0]
