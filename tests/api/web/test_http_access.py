"""Keys, roles, scopes; guessing, flooding."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from api_client import ApiClient, admin_of, client_of, prm
from world import World, inputs

from api.app import Application, create_app
from api.db import Store
from api.db.scopes import ROLES, Role, Scope
from api.db.tables.keys import ApiKey
from api.resources.keys import service as keys
from api.web.config import Config, Limits
from api.web.rate_limit import Rates

BAD = [
    "",
    "Bearer",
    "Bearer ",
    "Basic abc",
    "Bearer x.y",
    "Bearer " + "x" * 5000,
    "Bearer é",
    "Bearer a,Bearer b",
]


@pytest.mark.parametrize("header", BAD)
def test_what_is_no_key_opens_nothing(app: Application, header: str) -> None:
    answer = app.test_client().get("/api/v1/runs", headers={"Authorization": header})
    assert answer.status_code in (401, 429)


def test_a_key_in_the_address_opens_nothing(app: Application, admin: ApiClient) -> None:
    client = app.test_client()
    for query in (f"?api_key={admin.token}", f"?access_token={admin.token}", f"?key={admin.token}"):
        assert client.get(f"/api/v1/runs{query}").status_code == 401


def test_a_session_cookie_opens_no_api(app: Application) -> None:
    client = app.test_client()
    client.set_cookie("cascade", "anything")
    assert client.get("/api/v1/runs").status_code == 401


def test_a_revoked_key_opens_nothing_from_that_moment(
    app: Application, store: Store, admin: ApiClient
) -> None:
    other = client_of(app, store, admin.org_id, Role.ADMIN)
    assert other.get("/runs").status_code == 200
    assert admin.ask("DELETE", f"/api-keys/{other.key_id}").status_code == 200
    assert other.get("/runs").status_code == 401


def test_an_expired_key_opens_nothing(app: Application, store: Store, admin: ApiClient) -> None:
    late = client_of(app, store, admin.org_id, Role.ADMIN)
    with store.write() as session:
        session.get_one(ApiKey, late.key_id).expires_at = datetime.now(UTC) - timedelta(seconds=1)
    assert late.get("/runs").status_code == 401
    past = {"name": "a", "role": "viewer", "expires_at": "2020-01-01T00:00:00Z"}
    assert admin.post("/api-keys", past).status_code == 422


def test_a_key_is_kept_as_a_hash_and_never_listed(admin: ApiClient, store: Store) -> None:
    made = admin.post("/api-keys", {"name": "a", "role": "viewer"}).json
    secret = made["key"].partition(".")[2]
    assert secret not in admin.get("/api-keys").get_data(as_text=True)
    with store.read() as session:
        assert secret.encode() not in session.get_one(ApiKey, made["id"]).digest


def needed(app: Application) -> list[tuple[str, str, Scope]]:
    """Method, rule and scope of every operation with a scope."""
    found = []
    for rule in app.url_map.iter_rules():
        needs = getattr(app.view_functions[rule.endpoint], "needs", None)
        if rule.rule.startswith("/api/v1/") and needs and needs.scope:
            found += [(method, rule.rule, needs.scope) for method in rule.methods - {"HEAD", "OPTIONS"}]
    return found


@pytest.mark.parametrize("role", list(Role))
def test_every_role_is_stopped_at_every_operation_beyond_it(
    app: Application, store: Store, world: World, role: Role
) -> None:
    someone = client_of(app, store, world.admin.org_id, role)
    for method, rule, scope in needed(app):
        if scope not in ROLES[role]:
            answer = someone.ask(method, world.path(rule), json={})
            assert answer.status_code == 403, (method, rule)
            assert str(scope) in answer.json["detail"]


def test_a_key_with_fewer_scopes_is_stopped_there(app: Application, store: Store, world: World) -> None:
    tool = prm(app, store, world.admin.org_id)
    for method, rule, scope in needed(app):
        if scope != Scope.PLANS_READ:
            assert tool.ask(method, world.path(rule), json={}).status_code == 403


def test_scopes_beyond_the_role_cannot_be_given(admin: ApiClient) -> None:
    body = {"name": "a", "role": "viewer", "scopes": ["keys:write"]}
    assert admin.post("/api-keys", body).status_code == 422


def test_a_key_can_grant_no_more_than_it_holds(app: Application, store: Store, admin: ApiClient) -> None:
    some = frozenset({Scope.KEYS_WRITE, Scope.PLANS_READ, Scope.RUNS_READ})
    keeper = client_of(app, store, admin.org_id, Role.ADMIN, some)
    for body in ({"role": "admin"}, {"role": "planner"}, {"role": "approver", "scopes": ["plans:approve"]}):
        refused = keeper.post("/api-keys", {"name": "more", **body})
        assert (refused.status_code, refused.json["code"]) == (403, "forbidden"), body
    for body in ({"role": "viewer"}, {"role": "admin", "scopes": ["plans:read", "keys:write"]}):
        assert keeper.post("/api-keys", {"name": "as much", **body}).status_code == 201, body


def test_no_scopes_are_none_and_left_out_are_all(admin: ApiClient, app: Application) -> None:
    nothing = admin.post("/api-keys", {"name": "nothing", "role": "admin", "scopes": []}).json
    everything = admin.post("/api-keys", {"name": "everything", "role": "admin"}).json
    assert nothing["scopes"] == admin.get(f"/api-keys/{nothing['id']}").json["scopes"] == []
    assert everything["scopes"] == sorted(str(scope) for scope in Scope)
    client = ApiClient(app, nothing["key"], admin.org_id, nothing["id"])
    for method, rule, _ in needed(app):
        assert client.ask(method, rule.removeprefix("/api/v1"), json={}).status_code == 403, (method, rule)


def test_a_prm_key_sees_published_plans_only(app: Application, store: Store) -> None:
    from world import furnished

    world = furnished(app, store)
    admin, tool = world.admin, prm(app, store, world.admin.org_id)
    draft = admin.post("/plans", {"run": world["other_run_id"], "period": "FY2027"}).json["id"]
    plan = world["plan_id"]
    assert tool.get(f"/plans/{plan}/targets/P00001").json["targets"][0]["target"] == "1"
    assert tool.get("/plans/published?period=FY2027").json["id"] == plan
    assert [item["id"] for item in tool.get("/plans?stage=submitted").json["items"]] == [plan]
    for path in ("", "/targets", "/targets/P00001"):
        assert tool.get(f"/plans/{draft}{path}").status_code == 404
    assert tool.get(f"/runs/{world['run_id']}").status_code == 403


def test_who_guesses_keys_is_slowed_down_and_others_are_not(store: Store) -> None:
    app = create_app(Config(limits=Limits(failures_at_once=5, failures_per_minute=1)), store)
    admin = admin_of(app, store)
    client = app.test_client()
    wrong = {"Authorization": "Bearer gcaaaaaaaaaaaa.wrong"}
    statuses = [client.get("/api/v1/runs", headers=wrong).status_code for _ in range(8)]
    assert statuses == [401] * 5 + [429] * 3
    slowed = client.get("/api/v1/runs", headers=wrong)
    assert int(slowed.headers["Retry-After"]) > 1
    assert admin.get("/runs").status_code == 200


def test_a_flood_from_one_key_is_stopped_and_others_go_on(store: Store) -> None:
    app = create_app(Config(limits=Limits(requests_per_second=0.5, requests_at_once=3)), store)
    flood, other = admin_of(app, store), admin_of(app, store)
    answers = [flood.get("/runs") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200] * 3 + [429] * 2
    assert answers[0].headers["RateLimit-Policy"] == '"default";q=3;w=6'
    assert answers[0].headers["RateLimit"] == '"default";r=2;t=1'
    assert answers[-1].json["code"] == "too-many-requests"
    assert other.get("/runs").status_code == 200


def test_a_full_queue_refuses_one_organisation_and_not_the_other(
    app: Application, store: Store, admin: ApiClient
) -> None:
    scenario = inputs(admin)["scenario_id"]
    answers = [admin.post(f"/scenarios/{scenario}/runs") for _ in range(21)]
    assert [answer.status_code for answer in answers] == [202] * 20 + [429]
    assert "Retry-After" in answers[-1].headers
    other = admin_of(app, store)
    assert other.post(f"/scenarios/{inputs(other)['scenario_id']}/runs").status_code == 202


def test_a_bucket_refills_steadily() -> None:
    now = [0.0]
    rates = Rates(per_second=2, burst=2, clock=lambda: now[0])
    assert [rates.take("a").allowed for _ in range(3)] == [True, True, False]
    assert rates.take("a").wait_s == pytest.approx(0.5)
    assert rates.take("b").allowed
    now[0] = 0.5
    assert [rates.take("a").allowed for _ in range(2)] == [True, False]


def test_the_use_of_a_key_is_noted(admin: ApiClient) -> None:
    admin.get("/runs")
    assert admin.get(f"/api-keys/{admin.key_id}").json["last_used_at"] is not None


def test_deeds_are_in_the_audit_log(admin: ApiClient) -> None:
    made = admin.post("/api-keys", {"name": "a", "role": "viewer"}).json["id"]
    admin.ask("DELETE", f"/api-keys/{made}")
    deeds = admin.get(f"/audit?subject={made}").json["items"]
    assert [deed["action"] for deed in deeds] == ["key.revoke", "key.create"]
    assert {deed["actor"] for deed in deeds} == {admin.key_id}


def test_the_caller_can_ask_what_it_may(admin: ApiClient) -> None:
    reported: dict[str, Any] = admin.get("/api-keys/current").json
    assert (reported["role"], reported["organisation"]) == ("admin", admin.org_id)
    assert reported["scopes"] == sorted(str(scope) for scope in Scope)


def test_the_first_key_is_made_once(sqlite_store: Store) -> None:
    with sqlite_store.write() as session:
        first = keys.bootstrap(session)
    with sqlite_store.write() as session:
        assert keys.bootstrap(session) is None
    assert first is not None
