"""Objectives, check-ins and incentives of a published plan over HTTP and on pages."""

from __future__ import annotations

import json

import factories
import pytest
from api_client import ApiClient, admin_of, client_of
from small import PARTNERS, SCENARIO
from test_http_actuals import ALLOCATION, CALENDAR, H1, upload
from test_pages import logged_in, token_of
from world import RESULT, TEXT, YAML, furnished, made, published

from api.app import Application
from api.db import Store
from api.db import run_lifecycle as runs
from api.db.run_lifecycle import Outcome
from api.db.scopes import Role, Scope
from api.db.tables.runs import State
from api.output import bundling

GOALS = """\
objectives:
  objectives:
    - name: growth
      by: head of channel
      cascade: [partner]
      key_results:
        - {name: revenue, of: company target}
        - {name: partners won, from: 0, to: 10, now: 4, by: recruiting, on: 2027-03-31}
incentives: {incentives: [{name: rebate, rates: {0%: 2%, 100%: 4%}}], budget: 15}
"""
WON = {
    "objective": "growth",
    "key_result": "partners won",
    "on": "2027-06-30",
    "now": "8",
    "note": "two in July",
}


@pytest.fixture
def plan(app: Application, store: Store) -> tuple[ApiClient, ApiClient, str]:
    """An administrator, a PRM tool's key, and a published plan with objectives and incentives."""
    admin = admin_of(app, store)
    dataset = made(admin.post("/datasets?name=p", data=PARTNERS.encode(), headers=TEXT))
    text = SCENARIO.replace("partners.csv", dataset).replace("rules: [rules.yaml]\n", CALENDAR) + GOALS
    scenario = made(admin.post("/scenarios", data=text.encode(), headers=YAML))
    run_id = made(admin.post(f"/scenarios/{scenario}/runs"), 202)
    claim = factories.claimed(store)
    while claim.run_id != run_id:
        claim = factories.claimed(store)
    packed = bundling.pack(json.dumps(RESULT).encode(), {"allocation": ALLOCATION.encode()})
    with store.write() as session:
        assert runs.finish(session, claim, Outcome(State.SUCCEEDED, termination="optimal"), packed)
    scopes = frozenset({Scope.PLANS_READ, Scope.ACTUALS_WRITE})
    prm = client_of(app, store, admin.org_id, Role.PLANNER, scopes, machine=True)
    return admin, prm, published(admin, run_id)


def scores(who: ApiClient, plan_id: str, query: str = "") -> list[str | None]:
    answer = who.get(f"/plans/{plan_id}/objectives{query}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return [each["score"] for each in answer.json["objectives"][0]["key_results"]]


def test_objectives_are_scored_by_actuals_and_check_ins(plan: tuple[ApiClient, ApiClient, str]) -> None:
    _, prm, plan_id = plan
    path = f"/plans/{plan_id}"
    assert scores(prm, plan_id, "?as_of=2027-04-30") == [None, "0.4"]
    upload(prm, H1)
    assert scores(prm, plan_id, "?as_of=2027-06-30") == ["0.469697", "0.4"]
    kept = prm.post(f"{path}/check-ins", WON, headers={"Idempotency-Key": "1"})
    assert (kept.status_code, kept.json["now"], kept.json["on"]) == (201, "8", "2027-06-30")
    assert scores(prm, plan_id, "?as_of=2027-06-30") == ["0.469697", "0.8"]
    assert scores(prm, plan_id, "?as_of=2027-06-29&missing=zero")[1] == "0.4"
    again = prm.post(f"{path}/check-ins", {**WON, "now": "7.5"}, headers={"Idempotency-Key": "2"})
    assert [each["now"] for each in prm.get(f"{path}/check-ins").json["items"]] == ["7.5", "8"]
    assert again.json["id"] == prm.get(f"{path}/check-ins").json["items"][0]["id"]
    standing = prm.get(f"{path}/standing?as_of=2027-06-30").json["objectives"][0]
    assert [each["score"] for each in standing["key_results"]] == ["0.469697", "0.75"]
    table = prm.get(f"{path}/objectives", headers={"Accept": "text/csv"}).get_data(as_text=True)
    assert table.splitlines()[0].startswith("objective,objective score,key result")
    nodes = prm.get(f"{path}/objectives?as_of=2027-06-30").json["objectives"][0]["nodes"]
    assert {node["path"][-1]: node["score"] for node in nodes} == {
        "acme": "0.363636", "birch": "0.545455", "cedar": "0.454545",
    }  # fmt: skip


def test_a_check_in_of_what_states_no_numbers_is_refused(
    app: Application, store: Store, plan: tuple[ApiClient, ApiClient, str]
) -> None:
    admin, prm, plan_id = plan
    for wrong in (
        {"key_result": "revenue"},
        {"key_result": "partners one"},
        {"objective": "none"},
        {"now": "x"},
    ):
        answer = admin.post(f"/plans/{plan_id}/check-ins", {**WON, **wrong})
        assert answer.status_code == 422, answer.get_data(as_text=True)
    reader = client_of(app, store, admin.org_id, Role.VIEWER, frozenset({Scope.PLANS_READ}), machine=True)
    assert reader.post(f"/plans/{plan_id}/check-ins", WON).status_code == 403
    assert prm.get(f"/plans/{plan_id}/check-ins").json["items"] == []


def test_what_the_plan_would_pay(plan: tuple[ApiClient, ApiClient, str]) -> None:
    admin, prm, plan_id = plan
    before = admin.get(f"/plans/{plan_id}/incentives").json
    assert (before["price"]["at_target"], before["price"]["at_forecast"]) == ("13.2", None)
    upload(prm, H1)
    after = admin.get(f"/plans/{plan_id}/incentives?as_of=2027-06-30&to=partner").json
    assert after["price"]["at_forecast"] == "12.9"  # 2 % of 630, and 4 % for 15 beyond birch's 220
    assert [each["payouts"][1]["payout"] for each in after["partner_prices"]] == ["2.2", "4.4", "6.6"]
    table = admin.get(f"/plans/{plan_id}/incentives", headers={"Accept": "text/csv"}).get_data(as_text=True)
    assert table.splitlines()[0] == "incentive,metric,partners,at_target,at_forecast,expected"
    assert prm.get(f"/plans/{plan_id}/incentives").status_code == 403


def test_a_plan_without_them_says_what_to_add(app: Application, store: Store) -> None:
    world = furnished(app, store)
    browser = logged_in(app, world.admin)
    for kind in ("objectives", "incentives"):
        html = browser.get(f"/plans/{world['plan_id']}/{kind}").get_data(as_text=True)
        assert f"<code>{kind}: {kind}.yaml</code>" in html
    assert world.admin.get(f"/plans/{world['plan_id']}/incentives").status_code == 422


def test_the_pages_show_scores_check_in_and_the_price(
    app: Application, plan: tuple[ApiClient, ApiClient, str]
) -> None:
    admin, prm, plan_id = plan
    upload(prm, H1)
    browser = logged_in(app, admin)
    html = browser.get(f"/plans/{plan_id}/objectives?as_of=2027-06-30").get_data(as_text=True)
    assert 'growth: 0.43 <span class="state yellow">yellow</span>' in html
    assert "head of channel" in html
    assert "120 of 220, 110 due" in html
    token = token_of(browser, f"/plans/{plan_id}/objectives")
    sent = browser.post(f"/plans/{plan_id}/objectives", data={**WON, "csrf_token": token})
    assert sent.status_code == 303, sent.get_data(as_text=True)
    html = browser.get(f"/plans/{plan_id}/objectives?as_of=2027-06-30").get_data(as_text=True)
    assert "two in July" in html
    assert 'growth: 0.63 <span class="state yellow">yellow</span>' in html
    price = browser.get(f"/plans/{plan_id}/incentives?to=partner").get_data(as_text=True)
    assert "Left of the budget of 15" in price
    assert "2 % from 0 %" in price
    assert browser.get(f"/plans/{plan_id}/incentives?as_of=soon").status_code == 400
    assert browser.get(f"/plans/{plan_id}/objectives?as_of=soon").status_code == 400
