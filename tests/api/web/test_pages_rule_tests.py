"""Rules under test on pages: cases typed, run, kept with the scenario, and on the cards of the rules they name."""

import re
from typing import Any

import pytest
from api_client import ApiClient
from flask.testing import FlaskClient
from test_pages import logged_in, token_of
from world import inputs, solved

from api.app import Application
from api.db import Store

HTML = {"Accept": "text/html"}
CASES = """\
scenario:
  metrics: {revenue: {unit: USD, round_to: 1, baseline: last}}
  targets: [{name: company target, metric: revenue, total: 220}]
partners: |
  partner_id  last
  cedar       100
  acme        100
cases:
  - name: cedar is capped
    rule: within reach
    target: {cedar: 105}
  - name: nobody falls
    rule: within reach
    target: {acme: 100}
"""


@pytest.fixture
def browser(app: Application, admin: ApiClient) -> FlaskClient:
    """A browser of a new organisation."""
    return logged_in(app, admin)


def post(browser: FlaskClient, path: str, text: str, **fields: str) -> Any:
    form = {"csrf_token": token_of(browser, path), "text": text, "file": "rules.yaml", **fields}
    return browser.post(path, data=form, headers=HTML)


def rule_file(browser: FlaskClient, path: str) -> str:
    found: str = browser.get(f"{path}.json").json["file"]
    return found


def test_cases_are_run_and_kept_and_are_on_the_cards(
    browser: FlaskClient, admin: ApiClient, store: Store
) -> None:
    ids = inputs(admin)
    run = solved(admin, store, ids["scenario_id"])
    path = f"/runs/{run}/rules/tests"
    file = rule_file(browser, path)
    first = browser.get(path).get_data(as_text=True)
    assert "none are kept yet" in first
    assert "rule: within reach" in first  # how they begin names a rule of the file
    text = post(browser, path, CASES, file=file, mutate="1").get_data(as_text=True)
    assert "1 of 2 cases failed." in text
    assert re.search(
        r"target of acme:</span> expected <strong>100</strong>, found <strong>115</strong>", text
    )
    assert "Rules that were changed" in text
    assert admin.get(f"/scenarios/{ids['scenario_id']}").json["version"] == 1  # nothing is kept
    kept = post(browser, path, CASES, file=file, version="1", save="1")
    assert (kept.status_code, kept.headers["Location"]) == (303, f"/runs/{run}/rules?tests=1")
    assert admin.get(f"/scenarios/{ids['scenario_id']}").json["version"] == 2
    cards = browser.get(f"/runs/{run}/rules.json?tests=1").json["cases"]
    assert [(case["name"], case["passed"]) for case in cards["within reach"]] == [
        ("cedar is capped", True),
        ("nobody falls", False),
    ]
    html = browser.get(f"/runs/{run}/rules?tests=1").get_data(as_text=True)
    assert '<span class="state failed">failed</span> nobody falls' in html
    assert "Run their tests" in browser.get(f"/runs/{run}/rules").get_data(as_text=True)
    stale = post(browser, path, CASES, file=file, version="1", save="1")
    assert (stale.status_code, "nothing was kept" in stale.get_data(as_text=True)) == (412, True)
    assert browser.get(f"{path}.json?run=1").json["tests"]["cases"][0]["passed"] is True
    again = admin.post("/analyses", {"analysis": "check", "scenarios": [ids["scenario_id"]]})
    assert again.status_code == 200, again.json  # a scenario with cases is read as before


def test_mistakes_in_cases_are_findings_and_nothing_is_kept(
    browser: FlaskClient, admin: ApiClient, store: Store
) -> None:
    ids = inputs(admin)
    run = solved(admin, store, ids["scenario_id"])
    path = f"/runs/{run}/rules/tests"
    wrong = CASES.replace("rule: within reach", "rule: within reech")
    answer = post(browser, path, wrong, file=rule_file(browser, path), version="1", save="1")
    assert answer.status_code == 422
    assert "Did you mean &#39;within reach&#39;?" in answer.get_data(as_text=True)
    assert admin.get(f"/scenarios/{ids['scenario_id']}").json["version"] == 1


def test_a_rule_set_is_tested_without_a_scenario(browser: FlaskClient, admin: ApiClient) -> None:
    path = f"/rulesets/{inputs(admin)['ruleset_id']}/tests"
    text = post(browser, path, CASES).get_data(as_text=True)
    assert "1 of 2 cases failed." in text
    assert "keep them with the scenario" not in text
    assert browser.get("/rulesets/reseller/tests").status_code == 200
