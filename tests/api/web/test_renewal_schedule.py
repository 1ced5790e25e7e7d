"""The next period prepared by itself: on its day by the clock, once however many prepare, with a message and a link.

The plan of halves ends on 2027-12-31; thirty days before is 2027-12-01.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from api_client import ApiClient, client_of
from small import PARTNERS, SCENARIO
from test_http_actuals import CALENDAR, H1, published_halves, upload
from test_http_renewals import YEAR, renew
from test_pages import logged_in, token_of
from world import TEXT, YAML, made, published, solved

from api.app import Application
from api.db import Store
from api.db.scopes import Role, Scope
from api.resources.renewals.chore import RenewalChore

EARLY, DUE = datetime(2027, 11, 30, 23, 59, tzinfo=UTC), datetime(2027, 12, 1, tzinfo=UTC)
Prepare = Callable[[datetime], int]


@pytest.fixture
def plan(app: Application, store: Store) -> tuple[ApiClient, ApiClient, str]:
    return published_halves(app, store)


@pytest.fixture
def prepare(app: Application, store: Store) -> Prepare:
    """What a worker does each minute, at a moment."""
    return lambda moment: RenewalChore(store, lambda: app, lambda: moment).prepare_due()


def schedule(who: ApiClient, plan_id: str, days: object = 30) -> Any:
    return who.ask("PUT", f"/plans/{plan_id}/renewal-schedule", json={"days_before": days})


def seen(who: ApiClient, plan_id: str) -> Any:
    answer = who.get(f"/plans/{plan_id}/renewal-schedule")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.json


def messages(admin: ApiClient, hook: str) -> list[tuple[str, dict[str, Any]]]:
    items = admin.get(f"/webhooks/{hook}/deliveries").json["items"]
    return [(item["type"], item["payload"]["data"]) for item in reversed(items)]


def hooked(admin: ApiClient) -> str:
    events = ["renewal.prepared", "renewal.failed"]
    return made(admin.post("/webhooks", {"url": "http://127.0.0.1:1/hook", "events": events}))


def test_it_is_prepared_on_its_day_and_once(plan: tuple[ApiClient, ApiClient, str], prepare: Prepare) -> None:
    admin, prm, plan_id = plan
    hook = hooked(admin)
    assert seen(admin, plan_id)["state"] is None
    answer = schedule(admin, plan_id)
    assert (answer.status_code, answer.json["due_on"], answer.json["state"]) == (200, "2027-12-01", "waiting")
    prepare(DUE)
    assert seen(admin, plan_id)["state"] == "waiting", "nothing is known of what was done"
    upload(prm, H1)
    prepare(EARLY)
    assert seen(admin, plan_id)["state"] == "waiting"
    with ThreadPoolExecutor() as threads:
        list(threads.map(prepare, [DUE] * 3))
    prepare(DUE)
    found = seen(admin, plan_id)
    assert found["state"] == "prepared"
    scenario = admin.get(f"/scenarios/{found['scenario']}").json
    assert (scenario["document"]["period"], scenario["created_by"]) == ("FY2028", admin.key_id)
    assert admin.get(f"/runs/{found['run']}").json["scenario"] == found["scenario"]
    data = {"plan": plan_id, "name": "channel", "period": "FY2027", "next_period": "FY2028"}
    made_of = {"scenario": found["scenario"], "run": found["run"]}
    assert messages(admin, hook) == [("renewal.prepared", {**data, **made_of})]
    assert len(admin.get("/scenarios").json["items"]) == 2
    audit = admin.get(f"/audit?subject={plan_id}").json["items"]
    assert audit[0]["action"] == "renewal.schedule"


def test_what_cannot_be_prepared_is_said_once_and_tried_with_newer_actuals(
    app: Application, plan: tuple[ApiClient, ApiClient, str], prepare: Prepare
) -> None:
    admin, prm, plan_id = plan
    hook = hooked(admin)
    schedule(admin, plan_id)
    upload(prm, "".join(line for line in H1.splitlines(keepends=True) if "acme" not in line))
    prepare(DUE)
    prepare(DUE)
    found = seen(admin, plan_id)
    assert (found["state"], "acme" in found["problem"]) == ("failed", True), found
    assert [kind for kind, _ in messages(admin, hook)] == ["renewal.failed"]
    assert f"/plans/{plan_id}/next" in logged_in(app, admin).get(f"/plans/{plan_id}").get_data(as_text=True)
    upload(prm, YEAR)
    prepare(DUE)
    assert [kind for kind, _ in messages(admin, hook)] == ["renewal.failed", "renewal.prepared"]


def test_what_a_planner_made_is_not_made_again(
    plan: tuple[ApiClient, ApiClient, str], prepare: Prepare
) -> None:
    admin, prm, plan_id = plan
    upload(prm, YEAR)
    scenario = renew(admin, plan_id).json["scenario"]["id"]
    schedule(admin, plan_id)
    prepare(DUE)
    found = seen(admin, plan_id)
    assert (found["state"], found["scenario"], found["run"]) == ("prepared", scenario, None)
    assert len(admin.get("/scenarios").json["items"]) == 2


def test_a_schedule_is_ended_and_holds_for_no_earlier_period(
    plan: tuple[ApiClient, ApiClient, str], store: Store, prepare: Prepare
) -> None:
    admin, prm, plan_id = plan
    upload(prm, YEAR)
    dataset = made(admin.post("/datasets?name=q", data=PARTNERS.encode(), headers=TEXT))
    text = SCENARIO.replace("partners.csv", dataset).replace("rules: [rules.yaml]\n", CALENDAR)
    text = text.replace("2027", "2028").replace("scenario: small", "scenario: later")
    later = made(admin.post("/scenarios", data=text.encode(), headers=YAML))
    later_plan = published(admin, solved(admin, store, later), "FY2028")
    assert schedule(admin, later_plan).json["due_on"] == "2028-12-01"
    prepare(DUE)
    assert seen(admin, plan_id)["state"] is None
    for _ in range(2):
        assert admin.ask("DELETE", f"/plans/{later_plan}/renewal-schedule").status_code == 204
    assert seen(admin, later_plan)["days_before"] is None
    prepare(datetime(2028, 12, 31, tzinfo=UTC))
    assert seen(admin, later_plan)["state"] is None


def test_who_may_schedule_and_what_is_refused(
    app: Application, store: Store, plan: tuple[ApiClient, ApiClient, str]
) -> None:
    admin, prm, plan_id = plan
    viewer = client_of(app, store, admin.org_id, Role.VIEWER)
    inputs = client_of(app, store, admin.org_id, Role.PLANNER, frozenset({Scope.INPUTS_WRITE}))
    assert [schedule(who, plan_id).status_code for who in (prm, viewer, inputs)] == [403, 403, 403]
    assert seen(viewer, plan_id)["state"] is None
    assert [schedule(admin, plan_id, days).status_code for days in (-1, 367, "soon", None)] == [422] * 4
    run = admin.get(f"/plans/{plan_id}").json["run"]
    proposed = made(admin.post("/plans", {"run": run, "period": "FY2029", "reason": "draft"}))
    assert schedule(admin, proposed).json["code"] == "wrong-stage"
    dataset = made(admin.post("/datasets?name=r", data=PARTNERS.encode(), headers=TEXT))
    text = SCENARIO.replace("partners.csv", dataset).replace("rules: [rules.yaml]\n", "")
    without = made(admin.post("/scenarios", data=text.replace("small", "none").encode(), headers=YAML))
    refused = schedule(admin, published(admin, solved(admin, store, without), "FY2030"))
    assert (refused.status_code, "calendar" in refused.json["detail"]) == (422, True)


def test_the_page_of_the_plan_sets_it_and_leads_to_what_was_made(
    app: Application, plan: tuple[ApiClient, ApiClient, str], prepare: Prepare
) -> None:
    admin, prm, plan_id = plan
    browser, page = logged_in(app, admin), f"/plans/{plan_id}"
    form = {"csrf_token": token_of(browser, page), "days_before": "30"}
    assert browser.post(f"{page}/renewal-schedule", data=form).status_code == 303
    assert "2027-12-01" in browser.get(page).get_data(as_text=True)
    assert browser.post(f"{page}/renewal-schedule", data={**form, "days_before": "x"}).status_code == 400
    upload(prm, YEAR)
    prepare(DUE)
    assert f"/runs/{seen(admin, plan_id)['run']}" in browser.get(page).get_data(as_text=True)
    assert browser.post(f"{page}/renewal-schedule", data={**form, "days_before": ""}).status_code == 303
    assert seen(admin, plan_id)["days_before"] is None


def test_what_is_under_way_at_the_end_is_left_to_the_next_process(
    store: Store, plan: tuple[ApiClient, ApiClient, str], prepare: Prepare
) -> None:
    admin, prm, plan_id = plan
    schedule(admin, plan_id)
    upload(prm, YEAR)

    def never() -> Application:
        raise AssertionError("an application is made though it ends")

    ended = RenewalChore(store, never, lambda: DUE)
    ended.close()
    assert ended.prepare_due() == 0
    assert seen(admin, plan_id)["state"] == "waiting"
    prepare(DUE)
    assert seen(admin, plan_id)["state"] == "prepared"
