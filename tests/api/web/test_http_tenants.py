"""Organisations are kept apart on every route: another one's things are not there."""

from typing import Any

import pytest
from api_client import ApiClient, admin_of
from world import World

from api.app import Application
from api.db import Store
from api.web.auth import needs_of

BODIES: dict[str, dict[str, Any]] = {
    "submit_run": {},
    "cancel_run": {},
    "approve_plan": {},
    "reject_plan": {"reason": "no"},
    "withdraw_plan": {},
    "publish_plan": {},
    "rotate_webhook": {},
    "replay_delivery": {},
    "change_webhook": {"enabled": False},
    "replace_scenario": {"scenario": "small"},
    "create_response": {"partner": "P00001", "metric": "revenue", "says": "accept", "by": "me"},
    "decide_response": {"decision": "refuse", "reason": "no"},
    "price_responses": {},
    "set_renewal_schedule": {"days_before": 30},
    "create_check_in": {"objective": "o", "key_result": "k", "on": "2027-06-30", "now": "1"},
}
QUERIES = {"adjust_scenario": "?by=me", "export_run": "?metric=revenue&start=2027-01-01&end=2027-12-31"}
QUERIES["export_plan"] = QUERIES["export_run"]


def routes_about_things(app: Application) -> list[tuple[str, str, str]]:
    """Method, rule and operation of every route of the API that names a thing."""
    return [
        (method, rule.rule, rule.endpoint.rpartition(".")[2])
        for rule in app.url_map.iter_rules()
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"})
        if rule.rule.startswith("/api/v1/") and rule.arguments
    ]


def ask(who: ApiClient, world: World, method: str, rule: str, operation: str) -> int:
    path = world.path(rule) + QUERIES.get(operation, "")
    headers = {"If-Match": "*", "Accept": "*/*"}
    if operation == "patch_scenario":
        body: dict[str, Any] = {"data": b"{}", "content_type": "application/merge-patch+json"}
    else:
        body = {"json": BODIES.get(operation, {})} if method in ("POST", "PUT", "PATCH") else {}
    return who.ask(method, path, headers=headers, **body).status_code


def test_another_organisations_things_are_not_there_on_any_route(
    app: Application, store: Store, world: World
) -> None:
    stranger = admin_of(app, store)
    asked = routes_about_things(app)
    assert len(asked) > 30
    answers = {(method, rule): ask(stranger, world, method, rule, op) for method, rule, op in asked}
    replaced = ("PUT", "/api/v1/scenarios/<scenario_id>")
    assert answers.pop(replaced) in (404, 422)
    assert {route: status for route, status in answers.items() if status != 404} == {}


def test_the_same_routes_are_there_for_their_owner(app: Application, world: World) -> None:
    own = {  # these want real targets, and have tests of their own
        "get_standing",
        "get_forecast",
        "get_objectives",
        "get_incentives",
        "get_review",
        "export_plan",
    }
    things = routes_about_things(app)
    reading = [route for route in things if route[0] == "GET" and route[2] not in own]
    answers = {op: ask(world.admin, world, method, rule, op) for method, rule, op in reading}
    assert {op: status for op, status in answers.items() if status != 200} == {}


def test_lists_show_ones_own_things_only(app: Application, store: Store, world: World) -> None:
    stranger = admin_of(app, store)
    for path in ("/datasets", "/rulesets", "/scenarios", "/runs", "/plans", "/webhooks"):
        assert world.admin.get(path).json["items"] != []
        assert stranger.get(path).json["items"] == []
    mine = {item["id"] for item in stranger.get("/api-keys").json["items"]}
    assert mine == {stranger.key_id}


def test_another_ones_runs_cannot_be_compared_planned_or_built_on(
    app: Application, store: Store, world: World
) -> None:
    stranger = admin_of(app, store)
    both = f"{world['run_id']},{world['other_run_id']}"
    assert stranger.get(f"/comparisons?runs={both}").status_code == 404
    assert stranger.post("/plans", {"run": world["run_id"], "period": "FY2027"}).status_code == 404
    assert stranger.post("/runs", {"scenarios": [world["scenario_id"]]}).status_code == 404
    borrowed = {"scenario": "borrowed", "partners": world["dataset_id"], "rules": [world["ruleset_id"]]}
    refused = stranger.post("/scenarios", borrowed)
    assert [finding["code"] for finding in refused.json["findings"]] == ["missing-file", "missing-file"]


def test_an_idempotency_key_of_another_one_means_nothing(
    app: Application, store: Store, world: World
) -> None:
    headers = {"Idempotency-Key": "the same"}
    first = world.admin.post("/api-keys", {"name": "a", "role": "viewer"}, headers=headers)
    stranger = admin_of(app, store)
    second = stranger.post("/api-keys", {"name": "a", "role": "viewer"}, headers=headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json["id"] != second.json["id"]
    assert "Idempotency-Replayed" not in second.headers


def test_a_cursor_of_another_one_is_refused(app: Application, store: Store, world: World) -> None:
    cursor = world.admin.get("/runs?limit=1").json["next_cursor"]
    stranger = admin_of(app, store)
    assert stranger.get(f"/runs?limit=1&cursor={cursor}").status_code == 400


def test_every_route_of_the_api_needs_a_key(app: Application) -> None:
    unguarded = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and needs_of(app.view_functions[rule.endpoint]) is None
    ]
    assert unguarded == []


@pytest.mark.parametrize("path", ["/runs", "/limits", "/plans"])
def test_without_a_key_there_is_nothing_to_see(app: Application, path: str) -> None:
    where = path[1:] if path.startswith("//") else f"/api/v1{path}"
    answer = app.test_client().get(where)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
