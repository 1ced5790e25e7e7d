"""The same request twice is done once."""

from dataclasses import replace

from api_client import ApiClient, client_of
from world import PARTNERS, inputs, made

from api.app import Application, create_app
from api.db import Store
from api.db.scopes import Role
from api.db.tables import idempotency, runs
from api.web.config import Config

KEY = {"Idempotency-Key": "order 7"}


def count_runs(store: Store, admin: ApiClient) -> int:
    with store.read() as session:
        return len(runs.listed(session, admin.org_id).items)


def test_a_retry_gets_the_first_answer_and_makes_no_second_run(admin: ApiClient, store: Store) -> None:
    scenario = inputs(admin)["scenario_id"]
    first = admin.post(f"/scenarios/{scenario}/runs", headers=KEY)
    second = admin.post(f"/scenarios/{scenario}/runs", headers=KEY)
    assert (first.status_code, second.status_code) == (202, 202)
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert (second.json, second.headers["Location"]) == (first.json, first.headers["Location"])
    assert count_runs(store, admin) == 1


def test_the_key_is_for_one_body_only(admin: ApiClient) -> None:
    first = admin.post("/api-keys", {"name": "a", "role": "viewer"}, headers=KEY)
    other = admin.post("/api-keys", {"name": "b", "role": "viewer"}, headers=KEY)
    assert (first.status_code, other.status_code) == (201, 422)
    assert other.json["code"] == "idempotency-key-reused"


def test_the_key_is_another_one_on_another_route_and_for_another_caller(
    app: Application, store: Store, admin: ApiClient
) -> None:
    body = {"name": "a", "role": "viewer"}
    colleague = client_of(app, store, admin.org_id, Role.ADMIN)
    ids = {made(who.post("/api-keys", body, headers=KEY)) for who in (admin, colleague)}
    dataset = admin.post("/datasets?name=a", data=PARTNERS.encode(), content_type="text/csv", headers=KEY)
    assert (len(ids), dataset.status_code) == (2, 201)


def test_a_refusal_is_not_remembered(admin: ApiClient) -> None:
    assert admin.post("/plans", {"run": "run_x", "period": "P"}, headers=KEY).status_code == 404
    refused = admin.post("/plans", {"run": "run_x", "period": "P"}, headers=KEY)
    assert (refused.status_code, "Idempotency-Replayed" in refused.headers) == (404, False)


def test_the_secret_of_a_new_key_is_reported_once(admin: ApiClient) -> None:
    body = {"name": "a", "role": "viewer"}
    first = admin.post("/api-keys", body, headers=KEY).json
    again = admin.post("/api-keys", body, headers=KEY).json
    assert first["key"].startswith(first["prefix"] + ".")
    assert (again["id"], again["key"]) == (first["id"], "shown once")


def test_programs_must_send_a_key_with_their_runs(app: Application, store: Store, admin: ApiClient) -> None:
    program = client_of(app, store, admin.org_id, Role.PLANNER, machine=True)
    scenario = inputs(admin)["scenario_id"]
    refused = program.post(f"/scenarios/{scenario}/runs")
    assert (refused.status_code, refused.json["code"]) == (400, "idempotency-key-required")
    assert program.post(f"/scenarios/{scenario}/runs", headers=KEY).status_code == 202
    assert program.post("/runs", {"scenarios": [scenario]}).status_code == 400


def test_an_absurd_key_is_refused(admin: ApiClient) -> None:
    for key in ("", "x" * 256, "é"):
        answer = admin.post("/api-keys", {"name": "a", "role": "viewer"}, headers={"Idempotency-Key": key})
        assert answer.status_code in (400, 422)


def test_who_waits_too_long_for_another_writer_is_reported_when_to_come_back(
    store: Store, admin: ApiClient
) -> None:
    impatient = Store.open(replace(store.settings, busy_seconds=0.3))
    app = create_app(Config(), impatient)
    waiting = ApiClient(app, admin.token, admin.org_id, admin.key_id)
    waiting.get("/runs")
    twin = idempotency.Request(
        admin.org_id, admin.key_id, "POST /api/v1/api-keys", KEY["Idempotency-Key"], "x"
    )
    with store.write() as session:
        idempotency.reserve(session, twin)
        session.flush()
        answer = waiting.post("/api-keys", {"name": "a", "role": "viewer"}, headers=KEY)
    expected = {"sqlite": (503, "busy"), "postgresql": (409, "request-in-progress")}[store.backend]
    assert (answer.status_code, answer.json["code"]) == expected
    assert int(answer.headers["Retry-After"]) >= 1
    impatient.close()
