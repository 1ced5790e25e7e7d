"""A PRM tool over HTTP alone: actuals in, standing out, a counter submitted, priced, decided, and a signed message."""

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from api_client import ApiClient, client_of
from click.testing import CliRunner
from polling import eventually
from small import PARTNERS, SCENARIO
from test_http_actuals import CALENDAR, earlier, published_halves, upload
from test_pages import logged_in, token_of
from test_webhooks import Receiver, delivered, receiving, wanting
from world import published

from api.app import Application
from api.cli.main import cascade
from api.db import Store
from api.db.scopes import Role, Scope
from api.resources.webhooks import verify
from api.worker.worker import Worker, WorkerSettings

COUNTER = {
    "partner": "acme",
    "metric": "revenue",
    "says": "counter",
    "target": "90",
    "by": "CEO of Acme",
    "on": "2027-01-20",
    "reason": "the largest customer leaves",
}
APPEAL = {
    "partner": "cedar",
    "metric": "revenue",
    "says": "appeal",
    "by": "partner manager",
    "reason": "counted twice",
}
Plan = tuple[ApiClient, ApiClient, str]


@pytest.fixture
def plan(app: Application, store: Store) -> Plan:
    return published_halves(app, store)


def answered(prm: ApiClient, plan_id: str, statement: dict[str, Any] = COUNTER) -> dict[str, Any]:
    answer = prm.post(f"/plans/{plan_id}/responses", statement)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    found: dict[str, Any] = answer.json
    return found


def decided(who: ApiClient, response: dict[str, Any], **body: Any) -> Any:
    headers = {"If-Match": f'"{response["version"]}"'}
    return who.post(f"/responses/{response['id']}/decide", body, headers=headers)


def adjustments(admin: ApiClient, scenario: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = admin.get(f"/scenarios/{scenario}").json["document"].get("adjustments", [])
    return found


def test_a_prm_tool_goes_the_whole_way_over_http_alone(plan: Plan, store: Store) -> None:
    admin, prm, plan_id = plan
    with receiving(Receiver()) as receiver:
        hook = wanting(admin, receiver.url, "response.received", "response.decided")
        assert upload(prm, earlier()).status_code == 201
        nodes = prm.get(f"/plans/{plan_id}/standing?state=off_track").json["nodes"]
        assert [node["path"] for node in nodes] == [["acme"]]
        response = answered(prm, plan_id)
        priced = admin.post(f"/plans/{plan_id}/responses/price", {"as_of": "2027-06-30"}).json
        odds = priced["responses"][0]["odds"]["revenue"]
        assert float(odds["before"]) < float(odds["after"])
        done = decided(admin, response, decision="accept", reason="agreed with the region")
        assert done.status_code == 200, done.get_data(as_text=True)
        delivered(store)
    assert all(verify(hook["secret"], headers, body, now=time.time()) for headers, body in receiver.got)
    messages = [json.loads(body) for _, body in receiver.got]
    states = {message["type"]: message["data"]["state"] for message in messages}
    assert states == {"response.received": "open", "response.decided": "accepted"}
    read = prm.get(f"/responses/{response['id']}").json
    assert (read["state"], read["accepted_target"], read["answer"]) == (
        "accepted",
        "90",
        "agreed with the region",
    )
    assert prm.get(f"/plans/{plan_id}/targets/acme").json["targets"][0]["target"] == "55"  # as published


def test_what_is_accepted_is_an_adjustment_of_the_next_version(plan: Plan) -> None:
    admin, prm, plan_id = plan
    accepted = decided(admin, answered(prm, plan_id), decision="accept").json
    assert accepted["scenario_version"] == 2
    (entry,) = adjustments(admin, accepted["scenario"])
    assert {key: entry[key] for key in ("partner", "by", "reason", "approved_by")} == {
        "partner": "acme",
        "by": "CEO of Acme",
        "reason": "the largest customer leaves",
        "approved_by": "a admin",
    }
    appeal = decided(admin, answered(prm, plan_id, APPEAL), decision="accept", target=320).json
    assert (appeal["accepted_target"], appeal["scenario_version"]) == ("320", 3)
    assert [one["partner"] for one in adjustments(admin, accepted["scenario"])] == ["acme", "cedar"]


def test_the_price_is_that_of_the_command(plan: Plan, tmp_path: Path) -> None:
    admin, prm, plan_id = plan
    upload(prm, earlier())
    answered(prm, plan_id)
    answered(prm, plan_id, APPEAL)
    (tmp_path / "actuals.csv").write_text(earlier())
    (tmp_path / "partners.csv").write_text(PARTNERS)
    (tmp_path / "responses.yaml").write_text(json.dumps({"responses": [COUNTER]}))
    (tmp_path / "scenario.yaml").write_text(SCENARIO.replace("rules: [rules.yaml]\n", CALENDAR))
    names = [str(tmp_path / name) for name in ("scenario.yaml", "responses.yaml", "actuals.csv")]
    options = ["--responses", names[1], "--actuals", names[2], "--as-of", "2027-06-30", "--json"]
    same = CliRunner().invoke(cascade, ["explain", names[0], *options])
    price = admin.post(f"/plans/{plan_id}/responses/price", {"as_of": "2027-06-30"})
    assert price.get_data(as_text=True) == same.stdout


def test_a_refusal_needs_a_reason_and_nothing_is_written(plan: Plan) -> None:
    admin, prm, plan_id = plan
    response = answered(prm, plan_id)
    assert decided(admin, response, decision="refuse").status_code == 422
    assert (
        decided(admin, response, decision="refuse", reason="the region stands by it").json["state"]
        == "refused"
    )
    again = decided(admin, {**response, "version": 2}, decision="accept")
    assert (again.status_code, again.json["code"]) == (409, "wrong-stage")
    assert decided(admin, response, decision="accept").status_code == 412
    assert admin.post(f"/responses/{response['id']}/decide", {"decision": "accept"}).status_code == 428
    assert admin.get("/scenarios").json["items"][0]["version"] == 1


def test_what_the_rules_cannot_hold_with_is_not_written(plan: Plan) -> None:
    admin, prm, plan_id = plan
    response = answered(prm, plan_id, {**COUNTER, "target": "1000"})
    refused = decided(admin, response, decision="accept")
    assert (refused.status_code, refused.json["code"]) == (409, "infeasible")
    assert prm.get(f"/responses/{response['id']}").json["state"] == "open"


def test_an_appeal_is_accepted_with_a_target(plan: Plan) -> None:
    admin, prm, plan_id = plan
    response = answered(prm, plan_id, APPEAL)
    assert decided(admin, response, decision="accept").status_code == 422
    none = admin.post(f"/plans/{plan_id}/responses/price", {})
    assert (none.status_code, none.json["code"]) == (409, "no-result")


def test_a_superseded_plan_is_answered_no_more(plan: Plan) -> None:
    admin, prm, plan_id = plan
    response = answered(prm, plan_id)
    run = admin.get(f"/plans/{plan_id}").json["run"]
    published(admin, run)
    refused = prm.post(f"/plans/{plan_id}/responses", COUNTER)
    assert (refused.status_code, refused.json["code"]) == (409, "wrong-stage")
    late = decided(admin, response, decision="accept")
    assert (late.status_code, late.json["code"]) == (409, "wrong-stage")
    assert prm.get(f"/responses/{response['id']}").json["state"] == "open"
    assert [one["id"] for one in prm.get(f"/plans/{plan_id}/responses").json["items"]] == [response["id"]]


def test_a_later_response_takes_the_place_of_an_open_one(plan: Plan) -> None:
    admin, prm, plan_id = plan
    first, second = answered(prm, plan_id), answered(prm, plan_id, {**COUNTER, "target": 95})
    accepted = answered(prm, plan_id, {**APPEAL, "says": "accept"})
    states = {one["id"]: one["state"] for one in admin.get(f"/plans/{plan_id}/responses").json["items"]}
    assert states == {first["id"]: "replaced", second["id"]: "open", accepted["id"]: "noted"}
    still = admin.get(f"/plans/{plan_id}/responses?state=open&partner=acme").json["items"]
    assert [one["target"] for one in still] == ["95"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"partner": "akme"}, "unknown-partner"),
        ({"metric": "revenues"}, "unknown-metric"),
        ({"period": "H3"}, "unknown-period"),
        ({"target": "110"}, "no-change"),
        ({"period": "H1", "target": "55"}, "no-change"),
        ({"target": 0}, "invalid"),
        ({"target": None}, "invalid"),
        ({"reason": ""}, "invalid"),
        ({"says": "perhaps"}, "invalid"),
        ({"price": 3}, "invalid"),
    ],
)
def test_what_is_wrong_with_a_response_is_said(plan: Plan, change: dict[str, Any], code: str) -> None:
    _, prm, plan_id = plan
    answer = prm.post(f"/plans/{plan_id}/responses", {**COUNTER, **change})
    assert answer.status_code == 422
    found = [each["code"] for each in answer.json.get("findings", [])] or [answer.json["code"]]
    assert found == [code]


def test_keys_do_what_their_scopes_say(app: Application, store: Store, plan: Plan) -> None:
    admin, prm, plan_id = plan
    response = answered(prm, plan_id)
    assert decided(prm, response, decision="accept").status_code == 403
    assert prm.post(f"/plans/{plan_id}/responses/price", {}).status_code == 403
    reader = client_of(app, store, admin.org_id, Role.VIEWER, frozenset({Scope.PLANS_READ}), machine=True)
    assert reader.post(f"/plans/{plan_id}/responses", COUNTER).status_code == 403


def test_the_inbox_prices_and_decides(app: Application, plan: Plan) -> None:
    admin, prm, plan_id = plan
    browser = logged_in(app, admin)
    path = f"/plans/{plan_id}/responses"
    assert "No response waits" in browser.get(path).get_data(as_text=True)
    upload(prm, earlier())
    counter, appeal = answered(prm, plan_id), answered(prm, plan_id, APPEAL)
    assert "3 partners move" not in browser.get(path).get_data(
        as_text=True
    )  # a price takes a solve: when asked for
    assert "110 → <strong>90</strong>" in browser.get(path).get_data(as_text=True)
    html = browser.get(f"{path}?as_of=2027-06-30&price={counter['id']}").get_data(as_text=True)
    assert "3 partners move" in html
    assert "The odds that the company meets its revenue go from 13.9 % to 14.0 %." in html
    form = {"csrf_token": token_of(browser, path), "version": "1"}
    refused = browser.post(f"/responses/{appeal['id']}/decide", data={**form, "decision": "refuse"})
    assert refused.status_code == 422
    answer = {**form, "decision": "refuse", "reason": "counted once"}
    assert browser.post(f"/responses/{appeal['id']}/decide", data=answer).status_code == 303
    accepted = {**form, "decision": "accept", "target": "95"}
    assert browser.post(f"/responses/{counter['id']}/decide", data=accepted).status_code == 303
    twin = browser.get(f"{path}.json").json
    assert [(one["state"], one["accepted_target"], one["answer"]) for one in twin["closed"]] == [
        ("refused", None, "counted once"),
        ("accepted", "95", ""),
    ]
    assert twin["accepted_in"]["version"] == 2
    assert "in version 2 of the scenario" in browser.get(path).get_data(as_text=True)


def test_all_counters_are_priced_by_a_run_that_the_inbox_follows(
    app: Application, store: Store, plan: Plan, tmp_path: Path
) -> None:
    admin, prm, plan_id = plan
    browser = logged_in(app, admin)
    path = f"/plans/{plan_id}/responses"
    for counter in (COUNTER, {**COUNTER, "partner": "birch", "target": "210"}):
        answered(prm, plan_id, counter)
    form = {"csrf_token": token_of(browser, path)}
    priced = browser.post(f"{path}/price", data=form)
    assert priced.status_code == 303, priced.get_data(as_text=True)
    there = priced.headers["Location"]
    waiting = browser.get(there).get_data(as_text=True)
    run = re.search(r'data-events="/runs/(run_\w+)/events"', waiting)
    assert run
    worker = Worker(store, WorkerSettings(tmp_path / "working", slots=1))
    worker.start()
    try:
        assert eventually(
            lambda: browser.get(f"{path}.json?{there.partition('?')[2]}").json["together"], within_s=60
        )
    finally:
        worker.stop(0)
    found = browser.get(f"{path}.json?{there.partition('?')[2]}").json
    assert [each["price"]["target"] for each in found["open"]] == ["210", "90"]
    assert "All counters together" in browser.get(there).get_data(as_text=True)
    assert browser.get(f"{path}?priced=other").status_code == 400
    again = browser.get(f"/runs/{run[1]}/events").get_data(as_text=True)
    assert "event: end" in again


def test_a_review_is_a_page_a_pdf_and_the_document_of_the_command(plan: Plan) -> None:
    _, prm, plan_id = plan
    path = f"/plans/{plan_id}/reviews/acme?as_of=2027-06-30&commitment=weekly%20calls"
    assert prm.get(path).json["code"] == "no-actuals"
    upload(prm, earlier())
    answered(prm, plan_id)
    page = prm.get(path)
    assert (page.status_code, page.mimetype) == (200, "text/html")
    text = page.get_data(as_text=True)
    assert "revenue: counter 90 on 2027-01-20: the largest customer leaves" in text
    assert "<li>weekly calls</li>" in text
    assert "style-src 'sha256-" in page.headers["Content-Security-Policy"]
    found = prm.get(path, headers={"Accept": "application/json"}).json
    assert (found["name"], found["metrics"]["revenue"]["standing"]["done"]) == ("Acme", "40")
    printed = prm.get(path, headers={"Accept": "application/pdf"})
    if printed.status_code == 406:
        pytest.skip("WeasyPrint, or Pango that it draws with, is not there")
    assert printed.get_data().startswith(b"%PDF")
    assert prm.get(f"/plans/{plan_id}/reviews/akme").status_code == 404
