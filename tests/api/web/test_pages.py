"""The pages: what a planner sees, without scripts, safely; and the same as JSON."""

import re
from typing import Any

import pytest
from api_client import ApiClient, admin_of, client_of, prm
from flask.testing import FlaskClient
from world import CONFLICT, LEVELS, YAML, World, inputs, made, scenario_text, solved

from api.app import Application, create_app
from api.db import Store
from api.db.scopes import Role
from api.pages.login import own_path
from api.web.config import Config, Limits


def token_of(client: FlaskClient, path: str = "/login") -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).get_data(as_text=True))
    assert found
    return found[1]


def logged_in(app: Application, who: ApiClient) -> FlaskClient:
    client = app.test_client()
    form = {"csrf_token": token_of(client), "key": who.token, "next": "/"}
    answer = client.post("/login", data=form)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    return client


@pytest.fixture
def browser(app: Application, world: World) -> FlaskClient:
    """A browser of the organisation that has one of everything."""
    return logged_in(app, world.admin)


def paths(world: World) -> list[str]:
    run = world["run_id"]
    return [
        "/runs",
        f"/runs/{run}",
        "/",
        f"/runs/{run}/targets",
        f"/runs/{run}/picture",
        f"/runs/{run}/cascade",
        f"/runs/{run}/levels",
        f"/runs/{run}/partners?partner=P00001",
        f"/runs/{run}/rules",
        f"/runs/{run}/rules/tests",
        f"/compare?runs={run},{world['other_run_id']}",
        "/plans",
        f"/plans/{world['plan_id']}",
        f"/plans/{world['plan_id']}/standing",
        f"/plans/{world['plan_id']}/rest",
        f"/plans/{world['plan_id']}/next",
        f"/plans/{world['plan_id']}/objectives",
        f"/plans/{world['plan_id']}/incentives",
        f"/plans/{world['plan_id']}/responses",
        "/docs",
        "/docs/problems",
        "/users",
        "/account",
        "/login",
    ]


def test_every_page_is_there_and_has_a_json_twin(browser: FlaskClient, world: World) -> None:
    for path in paths(world):
        page = browser.get(path)
        assert (page.status_code, page.mimetype) == (200, "text/html"), path
        where, _, query = path.partition("?")
        twin = browser.get(f"{where}.json?{query}")
        assert (twin.status_code, twin.mimetype) == (200, "application/json"), path


def test_no_page_loads_anything_from_elsewhere_or_has_a_script_in_it(
    browser: FlaskClient, world: World
) -> None:
    for path in paths(world):
        answer = browser.get(path)
        text = answer.get_data(as_text=True)
        assert re.findall(r"<script(.*?)</script>", text) == [SCRIPT.search(text)[1]]
        assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", text)
        assert not re.search(r"""\s(?:style|on\w+)=""", text)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        for kind in ("script-src", "style-src", "connect-src"):
            assert f"{kind} 'self';" in policy


SCRIPT = re.compile(r"<script( src=\"/static/cascade\.js\?\w+\" defer>)</script>")


def test_the_summary_says_what_was_placed(browser: FlaskClient, world: World) -> None:
    text = browser.get(f"/runs/{world['run_id']}").get_data(as_text=True)
    assert "A small year" in text
    assert "every rule holds for everybody" in text
    assert "revenue, USD" in text


def test_a_partner_has_every_column_of_its_targets(browser: FlaskClient, world: World) -> None:
    page = browser.get(f"/runs/{world['run_id']}/partners?partner=P00001").get_data(as_text=True)
    assert '<th scope="row">Before rounding</th>' in page


def test_targets_are_paged_on_the_server(browser: FlaskClient, world: World) -> None:
    reported = browser.get(f"/runs/{world['run_id']}/targets.json").get_json()
    assert (reported["page"], reported["pages"], reported["total"], len(reported["rows"])) == (1, 1, 3, 3)
    beyond = browser.get(f"/runs/{world['run_id']}/targets.json?page=2").get_json()
    assert beyond["rows"] == []
    for wrong in ("0", "-1", "x", "1e9", "９"):
        assert browser.get(f"/runs/{world['run_id']}/targets?page={wrong}").status_code == 400


def test_a_receipt_adds_up_to_its_target(browser: FlaskClient, world: World) -> None:
    reported = browser.get(f"/runs/{world['run_id']}/partners.json?partner=P00001").get_json()
    for target in reported["targets"]:
        assert sum(float(item["amount"]) for item in target["receipt"]) == float(target["target"])
    missing = browser.get(f"/runs/{world['run_id']}/partners?partner=no one", headers={"Accept": "text/html"})
    assert (missing.status_code, missing.mimetype) == (404, "text/html")


def test_the_tables_can_be_saved_from_the_page(browser: FlaskClient, world: World) -> None:
    table = browser.get(f"/runs/{world['run_id']}/allocation.csv")
    assert table.get_data(as_text=True).startswith("partner,metric")
    assert browser.get(f"/runs/{world['run_id']}/allocation.xlsx").get_data()[:2] == b"PK"
    assert browser.get(f"/runs/{world['run_id']}/allocation.exe").status_code == 404
    assert browser.get(f"/runs/{world['run_id']}/record.zip").get_data()[:2] == b"PK"


def test_the_picture_of_stretch_is_drawn_in_the_page(browser: FlaskClient, world: World) -> None:
    text = browser.get(f"/runs/{world['run_id']}").get_data(as_text=True)
    assert '<svg class="picture"' in text
    assert "style=" not in text


def test_a_conflict_is_shown_in_words(app: Application, store: Store, admin: ApiClient) -> None:
    run = solved(admin, store, inputs(admin)["scenario_id"], result=CONFLICT)
    browser = logged_in(app, admin)
    text = browser.get(f"/runs/{run}/conflict").get_data(as_text=True)
    assert "within reach leaves 630 of 660: 30 is missing." in text
    assert "Acme" in text
    assert f"/runs/{run}/conflict" in browser.get(f"/runs/{run}").get_data(as_text=True)


def test_a_run_under_way_reloads_itself(app: Application, admin: ApiClient) -> None:
    run = made(admin.post(f"/scenarios/{inputs(admin)['scenario_id']}/runs"), 202)
    assert 'http-equiv="refresh"' in logged_in(app, admin).get(f"/runs/{run}").get_data(as_text=True)


EVIL = "<img src=x onerror=alert(1)>\"'{{7*7919}}"


def test_what_people_write_is_shown_and_never_run(app: Application, store: Store, admin: ApiClient) -> None:
    ids = inputs(admin)
    text = scenario_text(ids["dataset_id"], ids["ruleset_id"], "evil")
    text = text.replace("title: A small year", "title: '<img src=x onerror=alert(1)>{{7*7919}}'")
    scenario = made(admin.post("/scenarios", data=text.encode(), headers=YAML))
    run = solved(admin, store, scenario)
    plan = made(admin.post("/plans", {"run": run, "period": EVIL, "reason": EVIL}))
    browser = logged_in(app, client_of(app, store, admin.org_id, Role.ADMIN))
    for path in ("/runs", f"/runs/{run}", "/plans", f"/plans/{plan}", f"/runs/{run}/partners?partner={EVIL}"):
        printed = browser.get(path, headers={"Accept": "text/html"}).get_data(as_text=True)
        assert "<img src=x" not in printed
        assert "55433" not in printed


def test_writing_that_turns_around_is_made_visible() -> None:
    from api.pages.filters import visible

    assert visible("a\u202eb\u200bc") == "a⟨U+202E⟩b⟨U+200B⟩c"
    assert visible("Ünïcode ✓ İ 🙂") == "Ünïcode ✓ İ 🙂"


def test_numbers_are_written_for_people() -> None:
    from api.pages.filters import amount, change, difference, percent

    assert [amount(x) for x in ("1234567.5", 23000, "-0.126", None, "")] == [
        "1,234,567.50", "23,000", "−0.13", "–", "–"]  # fmt: skip
    assert [percent("0.151344"), percent(-0.5), percent(None)] == ["+15.1 %", "−50.0 %", "–"]
    assert (change("100", "110"), change("0", "5"), difference("100", "90")) == ("+10.0 %", "–", "−10")


def test_strangers_are_sent_to_the_login_and_back(app: Application, world: World) -> None:
    client = app.test_client()
    answer = client.get(f"/runs/{world['run_id']}?page=1")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/login?next=/runs/{world['run_id']}%3Fpage%3D1"
    assert client.get("/runs.json").status_code == 303
    assert client.get(f"/runs/{world['run_id']}/allocation.csv").status_code == 303


@pytest.mark.parametrize(
    "where",
    ["https://evil.example.com", "//evil.example.com", "/\\evil.example.com", "javascript:alert(1)", "", None,
     "/\t/evil.example.com", "/%0d%0aSet-Cookie:x", "runs"],
)  # fmt: skip
def test_no_one_is_sent_elsewhere_after_the_login(where: str | None) -> None:
    kept = own_path(where)
    assert kept.startswith("/")
    assert not kept.startswith(("//", "/\\"))
    assert kept in ("/", where)


def test_another_organisations_run_is_not_there(app: Application, store: Store, world: World) -> None:
    stranger = logged_in(app, admin_of(app, store))
    for path in paths(world):
        if any(value in path for value in world.ids.values()):
            assert stranger.get(path).status_code == 404, path


def test_a_prm_key_sees_no_runs_on_the_pages(app: Application, store: Store, world: World) -> None:
    tool = logged_in(app, prm(app, store, world.admin.org_id))
    assert tool.get("/runs").status_code == 403


def test_a_revoked_key_ends_the_session(app: Application, store: Store, admin: ApiClient) -> None:
    other = client_of(app, store, admin.org_id, Role.PLANNER)
    browser = logged_in(app, other)
    assert browser.get("/runs").status_code == 200
    admin.ask("DELETE", f"/api-keys/{other.key_id}")
    assert browser.get("/runs").status_code == 303


def test_a_form_that_is_not_ours_does_nothing(app: Application, admin: ApiClient) -> None:
    browser = logged_in(app, admin)
    for path in ("/logout", "/login", "/plans/plan_x/approve", "/runs/run_x/plan"):
        for form in (
            {},
            {"csrf_token": ""},
            {"csrf_token": "guessed"},
            {"csrf_token": token_of(app.test_client())},
        ):
            answer = browser.post(path, data=form)
            assert answer.status_code == 400, path
    assert browser.get("/runs").status_code == 200


def test_the_session_is_a_new_one_after_the_login(app: Application, admin: ApiClient) -> None:
    client = app.test_client()
    before = token_of(client)
    planted = client.get_cookie("cascade")
    client.post("/login", data={"csrf_token": before, "key": admin.token})
    after = client.get_cookie("cascade")
    assert planted is not None
    assert after is not None
    assert planted.value != after.value
    assert token_of(client, "/runs") != before
    assert admin.token not in after.value


def test_the_cookie_is_kept_from_scripts_and_other_sites(store: Store) -> None:
    app = create_app(Config(https=True), store)
    header = app.test_client().get("/login", base_url="https://localhost").headers["Set-Cookie"]
    assert header.startswith("__Host-cascade=")
    for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert word in header
    assert "Domain" not in header


def test_guessing_keys_at_the_login_is_slowed_down(store: Store) -> None:
    app = create_app(Config(limits=Limits(failures_at_once=3, failures_per_minute=1)), store)
    client = app.test_client()
    csrf = token_of(client)
    statuses = [
        client.post("/login", data={"csrf_token": csrf, "key": "gcx.y"}).status_code for _ in range(5)
    ]
    assert statuses == [401] * 3 + [429] * 2
    right = {"csrf_token": csrf, "key": admin_of(app, store).token}
    assert client.post("/login", data=right).status_code == 303


def test_who_logs_out_is_out(app: Application, admin: ApiClient) -> None:
    browser = logged_in(app, admin)
    left = browser.post("/logout", data={"csrf_token": token_of(browser, "/runs")})
    assert (left.status_code, left.headers["Clear-Site-Data"]) == (303, '"cache", "storage"')
    assert browser.get("/runs").status_code == 303


def test_a_plan_is_proposed_and_published_from_the_pages(
    app: Application, admin: ApiClient, store: Store
) -> None:
    run = solved(admin, store, inputs(admin)["scenario_id"])
    browser = logged_in(app, admin)
    csrf = token_of(browser, f"/runs/{run}")
    answer = browser.post(f"/runs/{run}/plan", data={"csrf_token": csrf, "period": "FY2027", "reason": "go"})
    where = answer.headers["Location"]
    for version, step in enumerate(("approve", "publish"), 1):
        form = {"csrf_token": csrf, "version": str(version), "reason": "fine"}
        assert browser.post(f"{where}/{step}", data=form).status_code == 303
    reported: dict[str, Any] = browser.get(f"{where}.json").get_json()
    assert (reported["plan"]["stage"], reported["actions"]) == ("published", [])
    stale = {"csrf_token": csrf, "version": "1"}
    assert browser.post(f"{where}/withdraw", data=stale).status_code == 412
    assert browser.post(f"{where}/burn", data=stale).status_code == 404


def test_viewers_are_shown_no_buttons_and_stopped_at_the_forms(
    app: Application, store: Store, world: World
) -> None:
    viewer = logged_in(app, client_of(app, store, world.admin.org_id, Role.VIEWER))
    assert viewer.get(f"/plans/{world['plan_id']}.json").get_json()["actions"] == []
    form = {"csrf_token": token_of(viewer, "/plans"), "version": "1", "period": "P"}
    assert viewer.post(f"/plans/{world['plan_id']}/publish", data=form).status_code == 403
    assert viewer.post(f"/runs/{world['run_id']}/plan", data=form).status_code == 403


def test_viewers_are_shown_nothing_that_they_may_not_do(app: Application, store: Store, world: World) -> None:
    """No form but their own account's, and no link that leads to a refusal."""
    viewer = logged_in(app, client_of(app, store, world.admin.org_id, Role.VIEWER))
    refused = set()
    for path in [one for one in paths(world) if one != "/users"]:
        text = viewer.get(path).get_data(as_text=True)
        forms = set(re.findall(r'<form[^>]*method="post"[^>]*action="([^"]*)"', text))
        assert forms <= {"/logout", "/login", "/account/sessions/end", "/account/numbers"}, path
        for link in set(re.findall(r'<a[^>]*href="(/[^"#]*)"', text)):
            if viewer.get(link.replace("&amp;", "&")).status_code == 403:
                refused.add((path, link))
    assert refused == set()


def test_managers_see_what_they_are_assigned(browser: FlaskClient, world: World) -> None:
    reported = browser.get(f"/runs/{world['run_id']}/levels.json").get_json()
    assert [(row["path"], row["assigned"]) for row in reported["rows"]] == [
        ("", "3"),
        ("North", "3"),
        ("=South", "1"),
    ]
    assert "Managers" in browser.get(f"/runs/{world['run_id']}").get_data(as_text=True)


def test_managers_are_listed_for_the_whole_or_for_a_part(
    browser: FlaskClient, world: World, store: Store
) -> None:
    """A year in months would otherwise show the company alone on the first page."""
    head, *rows = LEVELS.splitlines()
    parts = [row.replace(",revenue,", f",revenue,{part},") for row in rows for part in ("", "H1", "H2")]
    levels = "\n".join([head.replace("metric,", "metric,period,"), *parts])
    path = f"/runs/{solved(world.admin, store, world['scenario_id'], levels=levels)}/levels"
    for part in ("", "H1"):
        reported = browser.get(f"{path}.json?period={part}").get_json()
        assert [row["path"] for row in reported["rows"]] == ["", "North", "=South"]
        assert {row["period"] for row in reported["rows"]} == {part}
    assert "H2</a>" in browser.get(path).get_data(as_text=True)
    assert browser.get(f"{path}.json?period=H3").status_code == 404


def test_a_stream_ends_with_the_session_that_follows(store: Store) -> None:
    app = create_app(Config(limits=Limits(events_s=60)), store)
    admin = admin_of(app, store)
    run = made(admin.post(f"/scenarios/{inputs(admin)['scenario_id']}/runs"), 202)
    browser = logged_in(app, admin)
    parts = iter(browser.get(f"/runs/{run}/events", buffered=False).response)
    assert b"queued" in next(parts) + next(parts)
    browser.post("/logout", data={"csrf_token": token_of(browser, "/account")})
    assert admin.post(f"/runs/{run}/cancel").status_code == 202
    assert list(parts) == []
