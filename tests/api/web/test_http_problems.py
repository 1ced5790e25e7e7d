"""Refusals: one shape over the whole URL map, the right status for every fault."""

import errno
import uuid
from typing import Any

import pytest
from api_client import ApiClient
from flask import request
from werkzeug.exceptions import BadRequest, HTTPException, MethodNotAllowed
from world import World

from api.app import Application, create_app
from api.db import InUse, NotFound, Stale, Store, StoreBusy, StoreFull, StoreUnavailable, Taken
from api.db.errors import NotPublishable, QueueFull, SameActor, WrongStage
from api.db.tables import idempotency
from api.resources.registry import RESOURCES
from api.web.config import Config
from api.web.error_handlers import as_problem
from api.web.openapi import ProblemView
from api.web.problems import KINDS, HttpProblem

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "MADEUP")


def is_problem(answer: Any) -> bool:
    """Whether the answer has the one shape."""
    assert answer.content_type == "application/problem+json", answer.get_data(as_text=True)
    reported = answer.get_json()
    ProblemView.model_validate(reported)
    assert set(reported) == set(ProblemView.model_fields)
    assert reported["status"] == answer.status_code
    assert reported["code"] in KINDS
    assert answer.status_code != 422 or names_errors(reported)
    assert reported["request_id"] == answer.headers["X-Request-Id"]
    return True


def names_errors(reported: dict[str, Any]) -> bool:
    """Whether a program that reads `errors` alone learns what to change."""
    errors = reported["errors"]
    assert errors, reported
    assert reported["error_count"] >= len(errors)
    assert all(one["pointer"].startswith("/") or not one["pointer"] for one in errors), reported
    return all(one["detail"] and one["code"] for one in errors)


def concrete(rule: Any) -> str:
    path = rule.rule
    for name in rule.arguments:
        for content in (f"<{name}>", f"<path:{name}>", f"<any(csv, xlsx):{name}>"):
            path = path.replace(content, "csv" if "any" in content else "no-such-thing")
    return path


def test_every_refusal_on_every_route_has_the_one_shape(app: Application, admin: ApiClient) -> None:
    for rule in app.url_map.iter_rules():
        for method in METHODS:
            answer = admin.ask(method, "/" + concrete(rule), headers={"Accept": "application/json"})
            assert answer.status_code < 500 or answer.status_code == 503, (method, rule)
            if answer.status_code >= 400:
                assert is_problem(answer)


BODIES: dict[str, tuple[bytes, ...]] = {
    "application/json": (b"[]", b"{}", b'{"no_such_field": 1}'),
    "application/yaml": (b"- 1", b"a: 1"),
    "text/csv": (b"", b"partner,partner\n1,2\n"),
}


@pytest.mark.parametrize("kind", BODIES)
def test_every_operation_names_by_pointer_what_is_wrong_with_a_body(world: World, kind: str) -> None:
    seen = 0
    for routes in RESOURCES:
        for path, item in routes.blueprint.paths.items():
            where = world.path(path.replace("{", "<").replace("}", ">"))
            for method in {"post", "put", "patch"} & item.model_dump(exclude_none=True).keys():
                for body in BODIES[kind]:
                    headers = {"If-Match": '"1"', "Idempotency-Key": uuid.uuid4().hex}
                    answer = world.admin.ask(
                        method.upper(), where, data=body, content_type=kind, headers=headers
                    )
                    if answer.status_code == 422:
                        seen += is_problem(answer)
    assert seen > 2


def test_what_is_missing_beside_a_body_is_named_by_pointer(world: World) -> None:
    asked = "/actuals?plan=q3"
    reported = world.admin.post(asked, data=b"partner,revenue\n", content_type="text/csv").json
    assert reported["errors"] == [
        {"pointer": "/period", "detail": "Say which period of the plan: ?period=…", "code": "invalid"}
    ]


def test_findings_are_errors_too(admin: ApiClient) -> None:
    body = {"scenario": "s", "partners": "ds_x", "metrics": {"a/b": {"unit": "USD", "basline": "last"}}}
    reported = admin.post("/scenarios", body).json
    assert reported["error_count"] == reported["finding_count"]
    assert [one["code"] for one in reported["errors"]] == [one["code"] for one in reported["findings"]]
    assert reported["errors"][0]["pointer"] == "/partners"


def test_an_unknown_method_is_reported_which_are_known(admin: ApiClient) -> None:
    for method in ("TRACE", "PUT", "BREW"):
        answer = admin.ask(method, "/runs")
        assert answer.status_code == 405
        assert "GET" in answer.headers["Allow"]


def test_what_is_nowhere_is_not_found(admin: ApiClient) -> None:
    for path in ("/nothing", "//nothing", "//api/v2/runs", "//..%2f..%2fetc%2fpasswd"):
        answer = admin.get(path, headers={"Accept": "application/json"})
        assert answer.status_code == 404
        assert is_problem(answer)


@pytest.mark.parametrize("accept", ["text/html", "image/png", "application/xml;q=0.9"])
def test_a_format_that_is_not_had_is_refused(admin: ApiClient, accept: str) -> None:
    answer = admin.get("/runs", headers={"Accept": accept})
    assert answer.status_code == 406
    assert is_problem(answer)


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "x-unknown"])
def test_a_compressed_body_is_refused(admin: ApiClient, coding: str) -> None:
    answer = admin.post("/plans", data=b"\x1f\x8b", headers={"Content-Encoding": coding})
    assert answer.status_code == 415
    assert is_problem(answer)


def test_a_body_beyond_the_limit_is_refused(admin: ApiClient) -> None:
    for path, kind in (("/datasets?name=a", "text/csv"), ("/rulesets?name=a", "application/yaml")):
        answer = admin.post(path, data=b"a" * (3 << 20), content_type=kind)
        assert answer.status_code == 413
        assert is_problem(answer)


@pytest.mark.parametrize("kind", ["text/rtf", "text/html", "application/xml"])
def test_a_body_of_another_kind_is_refused(admin: ApiClient, kind: str) -> None:
    for path in ("/plans", "/datasets", "/scenarios", "/rulesets"):
        assert admin.post(path, data=b"a", content_type=kind).status_code == 415


def test_a_strange_host_is_refused(store: Store) -> None:
    app = create_app(Config(trusted_hosts=("plans.example.com",)), store)
    client = app.test_client()
    assert client.get("/livez", headers={"Host": "plans.example.com"}).status_code == 200
    answer = client.get("/livez", headers={"Host": "evil.example.com"})
    assert answer.status_code == 400
    assert is_problem(answer)


def test_who_asks_is_believed_to_a_proxy_only_when_there_is_one(store: Store) -> None:
    message = {
        "X-Forwarded-For": "1.2.3.4",
        "X-Forwarded-Host": "evil.example.com",
        "X-Forwarded-Proto": "https",
    }
    for proxies, seen in ((0, "http://localhost/x"), (1, "https://evil.example.com/x")):
        app = create_app(Config(proxies=proxies), store)
        addresses: list[str] = []
        app.before_request(lambda addresses=addresses: addresses.append(request.url))
        app.test_client().get("/x", headers=message)
        assert addresses == [seen]


FAULTS = [
    (NotFound("run", "x"), 404),
    (Stale("x", 3), 412),
    (Taken("x"), 409),
    (InUse("x"), 409),
    (StoreBusy("x"), 503),
    (StoreUnavailable("x"), 503),
    (StoreFull("x"), 507),
    (idempotency.KeyReused("x"), 422),
    (QueueFull("organisation", 3), 429),
    (QueueFull("server", 3), 503),
    (WrongStage("x"), 409),
    (NotPublishable("x"), 422),
    (SameActor("x"), 403),
    (BadRequest(), 400),
    (MethodNotAllowed(["GET"]), 405),
    (OSError(errno.ENOSPC, "No space left on device"), 507),
    (OSError(errno.EIO, "/secret/path"), 500),
    (RuntimeError("secret"), 500),
]


@pytest.mark.parametrize(("fault", "status"), FAULTS, ids=lambda value: type(value).__name__)
def test_every_fault_has_its_status(fault: Exception, status: int) -> None:
    problem = as_problem(fault)
    assert problem.status == status
    assert ("Retry-After" in problem.headers) is (status in (429, 503))


def test_a_fault_of_ours_is_a_500_in_the_same_shape_and_tells_nothing(store: Store) -> None:
    app = create_app(Config(), store)

    @app.route("/broken")
    def broken() -> str:
        raise RuntimeError("the password is hunter2")

    answer = app.test_client().get("/broken")
    assert answer.status_code == 500
    assert is_problem(answer)
    assert "hunter2" not in answer.get_data(as_text=True)


def test_a_full_store_is_reported_and_reading_goes_on(admin: ApiClient) -> None:
    assert as_problem(StoreFull("x")).kind.title == "Storage full"
    assert admin.get("/runs").status_code == 200


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("abc-1.2_3", True),
        ("a" * 64, True),
        ("a" * 65, False),
        ("two words", False),
        ("a\tb", False),
        ("é", False),
    ],
)
def test_a_harmless_request_id_is_kept_and_another_one_replaced(
    app: Application, given: str, kept: bool
) -> None:
    answer = app.test_client().get("/livez", headers={"X-Request-Id": given})
    assert (answer.headers["X-Request-Id"] == given) is kept


def test_answers_tell_browsers_to_be_careful(admin: ApiClient) -> None:
    headers = admin.get("/runs").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"


def test_findings_are_the_same_as_on_the_command_line(admin: ApiClient) -> None:
    text = "scenario: s\nperiod: P\npartners: 7\nmetrics: {revenue: {unit: USD, basline: last}}\n"
    reported = admin.post("/scenarios", data=text.encode(), content_type="application/yaml").json
    assert reported["code"] == "findings"
    assert reported["finding_count"] == len(reported["findings"])
    known = [f for f in reported["findings"] if f["code"] == "unknown-field"]
    assert (known[0]["file"], known[0]["line"], known[0]["column"]) == ("scenario.yaml", 4, 32)
    assert "Did you mean 'baseline'?" in known[0]["remedy"]


def test_findings_about_json_have_a_pointer(admin: ApiClient) -> None:
    body = {"scenario": "s", "partners": "ds_x", "metrics": {"a/b": {"unit": "USD", "basline": "last"}}}
    reported = admin.post("/scenarios", body).json
    assert reported["findings"][0]["pointer"] == "/partners"


def test_no_more_than_a_hundred_findings_are_listed(admin: ApiClient) -> None:
    rules = [{"name": f"r{i}", "kind": "no_such_kind"} for i in range(150)]
    reported = admin.post("/rulesets", {"name": "many", "rules": rules}).json
    assert (len(reported["findings"]), reported["finding_count"]) == (100, 150)


def test_wrong_fields_are_named_by_pointer(admin: ApiClient) -> None:
    answer = admin.post("/api-keys", {"name": "", "role": "king", "owner": "me"})
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json["errors"]} == {"/name", "/role", "/owner"}


MASS = [
    ("/api-keys", {"name": "a", "role": "viewer", "org_id": "org_x"}),
    ("/plans", {"run": "run_x", "period": "P", "stage": "published"}),
    ("/webhooks", {"url": "https://example.com", "secret": "whsec_x"}),
    ("/scenarios/{scenario_id}/runs", {"state": "succeeded"}),
    ("/scenarios/{scenario_id}/runs", {"options": {"owner": "me"}}),
    ("/runs", {"scenarios": ["a"], "result": {}}),
    ("/datasets", {"name": "a", "partners": [{"a": "1"}], "created_by": "me"}),
    ("/rulesets", {"name": "a", "rules": [], "version": 7}),
    ("/scenarios", {"scenario": "a", "owner": "me"}),
]


@pytest.mark.parametrize(("path", "body"), MASS)
def test_fields_that_are_not_ones_own_to_set_are_refused(
    world: World, path: str, body: dict[str, Any]
) -> None:
    answer = world.admin.post(path.format(**world.ids), body)
    assert answer.status_code == 422


def test_problems_know_their_codes() -> None:
    with pytest.raises(KeyError):
        HttpProblem(str(uuid.uuid4()), "what?")
    assert all(issubclass(type(HTTPException()), Exception) and kind.about for kind in KINDS.values())


def test_no_answer_opens_the_api_to_other_sites(admin: ApiClient) -> None:
    """CORS is off: a script of another site can read nothing here."""
    headers = {"Origin": "https://evil.example.com", "Access-Control-Request-Method": "DELETE"}
    for method in ("GET", "OPTIONS"):
        answer = admin.ask(method, "/runs", headers=headers)
        assert not [name for name, _ in answer.headers if name.lower().startswith("access-control-")]
