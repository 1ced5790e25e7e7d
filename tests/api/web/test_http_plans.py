"""Plans over HTTP: submitted, approved, published, superseded; and who may do what."""

import pytest
from api_client import ApiClient, client_of
from world import CONFLICT, inputs, published, solved

from api.app import Application
from api.db import Store
from api.db.scopes import Role, Scope


@pytest.fixture
def run_id(admin: ApiClient, store: Store) -> str:
    return solved(admin, store, inputs(admin)["scenario_id"])


@pytest.fixture
def plan_id(admin: ApiClient, run_id: str) -> str:
    return published(admin, run_id)


def step(who: ApiClient, plan: str, name: str, version: int | str, **body: str) -> int:
    headers = {"If-Match": f'"{version}"'}
    return who.post(f"/plans/{plan}/{name}", body, headers=headers).status_code


def test_a_run_becomes_the_plan_of_a_period(admin: ApiClient, run_id: str) -> None:
    answer = admin.post("/plans", {"run": run_id, "period": "FY2027", "reason": "draft"})
    plan = answer.json["id"]
    assert (answer.status_code, answer.json["stage"], answer.headers["ETag"]) == (201, "submitted", '"1"')
    assert step(admin, plan, "publish", 1) == 409
    assert step(admin, plan, "approve", 1, reason="fine") == 200
    assert step(admin, plan, "publish", 1) == 412
    assert step(admin, plan, "publish", 2, reason="go") == 200
    assert admin.post(f"/plans/{plan}/withdraw").status_code == 428
    assert step(admin, plan, "withdraw", 3) == 409
    steps = admin.get(f"/plans/{plan}/history").json["steps"]
    assert [(s["action"], s["reason"]) for s in steps] == [
        ("submit", "draft"),
        ("approve", "fine"),
        ("publish", "go"),
    ]
    assert admin.get("/plans/published?period=FY2027").json["id"] == plan


def test_a_published_plan_is_superseded_and_its_history_says_what_moved(
    admin: ApiClient, store: Store, run_id: str
) -> None:
    scenario = admin.get(f"/runs/{run_id}").json["scenario"]
    first = published(admin, run_id)
    second = published(admin, solved(admin, store, scenario, seed=5))
    was, holds = (admin.get(f"/plans/{plan}").json for plan in (first, second))
    assert (was["stage"], was["superseded_by"]) == ("superseded", second)
    assert (holds["stage"], holds["supersedes"]) == ("published", first)
    moved = admin.get(f"/plans/{second}/history").json["steps"][-1]["moved"]
    assert moved["revenue"]["total_after"] == "18"


def test_a_conflict_never_becomes_a_plan_and_takes_none_away(
    admin: ApiClient, store: Store, run_id: str
) -> None:
    scenario = admin.get(f"/runs/{run_id}").json["scenario"]
    plan = published(admin, run_id)
    infeasible = solved(admin, store, scenario, result=CONFLICT)
    refused = admin.post("/plans", {"run": infeasible, "period": "FY2027"})
    assert (refused.status_code, refused.json["code"]) == (422, "not-publishable")
    assert admin.get("/plans/published?period=FY2027").json["id"] == plan


def test_a_rejection_has_a_reason_and_is_for_good(admin: ApiClient, run_id: str) -> None:
    plan = admin.post("/plans", {"run": run_id, "period": "FY2027"}).json["id"]
    assert step(admin, plan, "reject", 1) == 422
    assert step(admin, plan, "reject", 1, reason="too much for Europe") == 200
    assert step(admin, plan, "approve", 2) == 409


def test_four_eyes_want_somebody_else_to_approve(
    app: Application, store: Store, admin: ApiClient, run_id: str
) -> None:
    changed = admin.ask("PATCH", "/organisation", json={"four_eyes": True}, headers={"If-Match": "*"})
    assert changed.json["four_eyes"] is True
    plan = admin.post("/plans", {"run": run_id, "period": "FY2027"}).json["id"]
    assert step(admin, plan, "approve", 1) == 403
    assert step(client_of(app, store, admin.org_id, Role.APPROVER), plan, "approve", 1) == 200


def test_planners_submit_and_approvers_decide(
    app: Application, store: Store, admin: ApiClient, run_id: str
) -> None:
    planner = client_of(app, store, admin.org_id, Role.PLANNER)
    plan = planner.post("/plans", {"run": run_id, "period": "FY2027"}).json["id"]
    assert step(planner, plan, "approve", 1) == 403
    assert step(planner, plan, "withdraw", 1) == 200


def test_the_organisation_is_changed_at_the_version_that_was_read(admin: ApiClient) -> None:
    tag = admin.get("/organisation").headers["ETag"]
    assert admin.ask("PATCH", "/organisation", json={"four_eyes": True}).status_code == 428
    for expected in (200, 412):
        answer = admin.ask("PATCH", "/organisation", json={"four_eyes": True}, headers={"If-Match": tag})
        assert answer.status_code == expected


def prm_key(app: Application, store: Store, admin: ApiClient) -> ApiClient:
    return client_of(app, store, admin.org_id, Role.VIEWER, scopes=frozenset({Scope.PLANS_READ}))


def test_a_portal_asks_for_the_targets_that_hold_now(
    app: Application, store: Store, admin: ApiClient
) -> None:
    scenario = inputs(admin)["scenario_id"]
    published(admin, solved(admin, store, scenario))
    second = published(admin, solved(admin, store, scenario, seed=5))
    portal = prm_key(app, store, admin)
    found = portal.get("/targets/P00001").json
    assert (found["plan"], found["period"], found["partner"]) == (second, "FY2027", "P00001")
    assert found == {**portal.get(f"/plans/{second}/targets/P00001").json, "plan": second, "period": "FY2027"}
    assert portal.get("/targets/P99999").status_code == 404
    assert portal.get("/targets/P00001?period=FY2026").status_code == 404
    published(admin, solved(admin, store, scenario), period="FY2028")
    assert "FY2027, FY2028" in portal.get("/targets/P00001").json["detail"]
    assert portal.get("/targets/P00001?period=FY2027").json["plan"] == second


def test_pages_of_a_plan_stay_readable_while_it_is_superseded(
    app: Application, store: Store, admin: ApiClient
) -> None:
    scenario = inputs(admin)["scenario_id"]
    first = published(admin, solved(admin, store, scenario))
    portal = prm_key(app, store, admin)
    page = portal.get(f"/plans/{first}/targets?limit=2").json
    published(admin, solved(admin, store, scenario, seed=5))
    rest = portal.get(f"/plans/{first}/targets?limit=50&cursor={page['next_cursor']}")
    assert rest.status_code == 200
    assert len(page["items"]) + len(rest.json["items"]) == 6
    proposed = admin.post("/plans", {"run": solved(admin, store, scenario), "period": "FY2027"}).json["id"]
    assert portal.get(f"/plans/{proposed}/targets").status_code == 404


def test_what_a_plan_changed_comes_in_pages(app: Application, store: Store, admin: ApiClient) -> None:
    scenario = inputs(admin)["scenario_id"]
    first = published(admin, solved(admin, store, scenario))
    second = published(admin, solved(admin, store, scenario, seed=5))
    portal = prm_key(app, store, admin)
    assert portal.get(f"/plans/{first}/changes").json["items"] == []
    page = portal.get(f"/plans/{second}/changes?limit=4").json
    more = portal.get(f"/plans/{second}/changes?limit=4&cursor={page['next_cursor']}").json
    moves = page["items"] + more["items"]
    assert (len(moves), more["next_cursor"]) == (6, None)
    assert {(one["partner"], one["metric"], one["change"]) for one in moves} >= {("P00000", "revenue", "5")}
