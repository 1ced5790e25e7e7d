"""What planners do on the pages, without scripts: a new plan, rules edited, an override priced, saved and undone."""

import io
import re
from pathlib import Path

import pytest
from api_client import ApiClient, client_of
from flask.testing import FlaskClient
from small import PARTNERS
from test_pages import logged_in, token_of
from world import CONFLICT, YAML, World, inputs, made, scenario_text, solved

from api.app import Application
from api.db import Store
from api.db.scopes import Role

HTML = {"Accept": "text/html"}
RESELLERS = Path(__file__).parents[3] / "api" / "starters" / "reseller" / "partners.csv"


@pytest.fixture
def browser(app: Application, admin: ApiClient) -> FlaskClient:
    """A browser of a new organisation."""
    return logged_in(app, admin)


def brought(browser: FlaskClient, content: bytes, name: str) -> str:
    """The page on which an uploaded table is looked at."""
    form = {"csrf_token": token_of(browser, "/new"), "table": (io.BytesIO(content), name)}
    answer = browser.post("/new", data=form, headers=HTML)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return answer.headers["Location"]


def chosen(browser: FlaskClient, path: str, **fields: str) -> dict[str, str]:
    return {"csrf_token": token_of(browser, path), "id": "partner_id", "name": "name", "tier": "tier",
            "baseline": "revenue_2026", "title": "A year", "growth": "8%", "unit": "USD", "round_to": "1,000",
            "rules": "simple", "growth_min": "3%", "growth_max": "40%", "share_max": "30%", **fields}  # fmt: skip


def test_a_table_becomes_a_run_without_ids_or_rule_files(browser: FlaskClient) -> None:
    path = brought(browser, RESELLERS.read_bytes(), "partners 2027.csv")
    text = browser.get(path).get_data(as_text=True)
    assert "24 partners" in text
    assert re.search(r"<option selected>revenue_2026</option>", text)
    answer = browser.post(path, data=chosen(browser, path), headers=HTML)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    run = browser.get(answer.headers["Location"]).get_data(as_text=True)
    assert "<h1>A year</h1>" in run
    assert 'http-equiv="refresh"' in run
    again = browser.post(path, data=chosen(browser, path), headers=HTML)
    assert "There is a scenario called" in again.get_data(as_text=True)


def test_a_script_that_sends_a_file_hears_where_to_go_on(browser: FlaskClient) -> None:
    form = {"csrf_token": token_of(browser, "/new"), "table": (io.BytesIO(RESELLERS.read_bytes()), "p.csv")}
    answer = browser.post("/new", data=form, headers={**HTML, "Sent-By": "script"})
    assert (answer.status_code, answer.data) == (204, b"")
    assert "24 partners" in browser.get(answer.headers["Location"]).get_data(as_text=True)


def test_findings_stand_at_the_cells_of_the_table(browser: FlaskClient) -> None:
    table = RESELLERS.read_bytes().replace(b"97000", b"ninety").replace(b"R03,", b"R02,", 1)
    text = browser.get(brought(browser, table, "flawed.csv")).get_data(as_text=True)
    assert re.search(r'<td class=" ?flaw">.*R02', text)
    assert "upload it again" in text


def test_empty_cells_are_a_mistake_until_somebody_says_what_they_count_as(browser: FlaskClient) -> None:
    path = brought(browser, RESELLERS.read_bytes(), "partners.csv")
    refused = browser.post(path, data=chosen(browser, path, rules="reseller"), headers=HTML)
    assert (refused.status_code, refused.mimetype) == (422, "text/html")
    assert "say below what they count as" in refused.get_data(as_text=True)
    form = chosen(browser, path, rules="reseller", missing="zero", region="region", potential="potential")
    assert browser.post(path, data=form, headers=HTML).status_code == 303


def test_rules_that_do_not_fit_the_table_are_named_and_can_be_left_out(browser: FlaskClient) -> None:
    table = (
        b"partner_id,name,tier,revenue_2026\nA,Alpha,Gold,100000\nB,Beta,Silver,50000\nC,Gamma,Gold,70000\n"
    )
    path = brought(browser, table, "few.csv")
    form = chosen(browser, path, rules="reseller")
    text = browser.post(path, data=form, headers=HTML).get_data(as_text=True)
    agreed = re.search(r'name="left_out" value="([^"]+)"', text)
    assert agreed, text
    assert "within reach" not in agreed[1] or "programme minimum" in agreed[1]
    answer = browser.post(path, data={**form, "left_out": agreed[1]}, headers=HTML)
    assert answer.status_code == 303


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"\x89PNG\r\n", "picture.png"), (b"", "nothing.csv"), (b"PK\x03\x04", "broken.xlsx")],
)
def test_a_file_that_is_no_table_gets_a_page_that_says_so(
    browser: FlaskClient, content: bytes, name: str
) -> None:
    form = {"csrf_token": token_of(browser, "/new"), "table": (io.BytesIO(content), name)}
    answer = browser.post("/new", data=form, headers=HTML)
    assert (answer.status_code, answer.mimetype) == (422, "text/html")
    assert "cannot be read as a table" in answer.get_data(as_text=True)


def test_rules_are_saved_only_without_mistakes(browser: FlaskClient, admin: ApiClient, store: Store) -> None:
    run = solved(admin, store, inputs(admin)["scenario_id"])
    path = f"/runs/{run}/rules/edit"
    page = browser.get(path).get_data(as_text=True)
    text = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert text
    form = {"csrf_token": token_of(browser, path), "file": "small.yaml", "version": "1"}
    wrong = browser.post(
        path, data={**form, "text": text[1].replace("kind: growth_cap", "kind: growth_cup"), "save": "1"}
    )
    assert wrong.status_code == 422
    assert re.search(r"line \d+</strong>: no rule kind", wrong.get_data(as_text=True))
    saved = browser.post(path, data={**form, "text": text[1] + "\n# a remark", "save": "1"}, headers=HTML)
    assert saved.status_code == 303, saved.get_data(as_text=True)
    late = browser.post(path, data={**form, "text": text[1], "save": "1"}, headers=HTML)
    assert (late.status_code, late.mimetype) == (412, "text/html")


def test_an_override_is_priced_written_and_undone(
    browser: FlaskClient, admin: ApiClient, store: Store
) -> None:
    ids = inputs(admin)
    run = solved(admin, store, ids["scenario_id"])
    partner = PARTNERS.splitlines()[1].partition(",")[0]
    form = {"csrf_token": token_of(browser, "/new"), "partner": partner, "metric": "revenue", "target": "1x", "version": "1",
            "reason": "Agreed"}  # fmt: skip
    path = f"/runs/{run}/override"
    assert "is &#39;1x&#39;. Write a number" in browser.post(path, data=form, headers=HTML).get_data(
        as_text=True
    )
    form["target"] = "120"
    over = {**form, "until": "2020-12-31"}
    for kept in ({}, {"write": "1"}):
        assert "which is over" in browser.post(path, data=over | kept, headers=HTML).get_data(as_text=True)
    priced = browser.post(path, data=form, headers=HTML)
    assert priced.status_code == 200, priced.get_data(as_text=True)
    assert admin.get(f"/scenarios/{ids['scenario_id']}").json["version"] == 1  # nothing is kept
    revised = browser.post(path, data={**form, "write": "1"}, headers=HTML)
    assert revised.status_code == 303, revised.get_data(as_text=True)
    scenario = admin.get(f"/scenarios/{ids['scenario_id']}").json
    assert scenario["version"] == 2
    twice = browser.post(path, data={**form, "write": "1"}, headers=HTML)
    assert (twice.status_code, twice.mimetype) == (412, "text/html")
    undone = browser.post(
        f"/scenarios/{ids['scenario_id']}/undo", data={"csrf_token": form["csrf_token"], "version": "2"}
    )
    assert undone.status_code == 303
    assert "adjustments" not in admin.get(f"/scenarios/{ids['scenario_id']}").json["document"]


def test_a_viewer_is_not_shown_what_a_viewer_may_not_do(app: Application, store: Store, world: World) -> None:
    viewer = logged_in(app, client_of(app, store, world.admin.org_id, Role.VIEWER))
    run = world["run_id"]
    for path in ("/", "/runs", f"/runs/{run}", f"/runs/{run}/partners?partner=P00001", f"/runs/{run}/rules"):
        text = viewer.get(path).get_data(as_text=True)
        for word in (
            "New plan",
            "Solve again",
            "Override this target",
            "What if",
            "Publish",
            "Edit the rules",
        ):
            assert f">{word}</" not in text, (path, word)
    for path in ("/new", f"/runs/{run}/what-if", f"/runs/{run}/publish", f"/runs/{run}/rules/edit"):
        answer = viewer.get(path, headers=HTML)
        assert (answer.status_code, answer.mimetype) == (403, "text/html"), path


def test_a_browser_never_gets_json_for_a_page(browser: FlaskClient) -> None:
    for path in ("/nowhere", "/runs/run_x", "/plans/plan_x", "/new/ds_x", "/rulesets/rs_x"):
        answer = browser.get(path, headers=HTML)
        assert (answer.status_code, answer.mimetype) == (404, "text/html"), path
        assert 'class="top"' in answer.get_data(as_text=True)


def test_a_ticket_logs_in_once(app: Application, admin: ApiClient) -> None:
    from api.web.tickets import ticket_for

    ticket = ticket_for(app, admin.org_id, admin.key_id)
    first, second = app.test_client(), app.test_client()
    assert first.get(f"/enter?ticket={ticket}").headers["Location"] == "/"
    assert first.get("/runs").status_code == 200
    assert second.get(f"/enter?ticket={ticket}").headers["Location"] == "/login"
    assert second.get("/enter?ticket=guessed").headers["Location"] == "/login"


def test_numbers_are_tried_against_the_run_again_and_again(
    browser: FlaskClient, admin: ApiClient, store: Store
) -> None:
    run = solved(admin, store, inputs(admin)["scenario_id"], result=CONFLICT)
    path = f"/runs/{run}/what-if"
    fields = browser.get(f"{path}.json").json["fields"]
    cap = next(each["at"] for each in fields if each["label"] == "growth max")
    tries = [browser.get(f"{path}.json?{cap}={growth}").json["compared"] for growth in ("6%", "7", "6%")]
    assert [tried["sides"][-1]["state"] for tried in tries] == ["succeeded"] * 3
    assert [tried["sides"][-1]["totals"]["revenue"]["placed"] for tried in tries] == ["660"] * 3
    assert tries[0] == tries[2]
    assert browser.get(f"{path}.json?{cap}=much").json["problem"]["findings"]


GOAL = {
    "goal": "maximise last",
    "kept": "1",
    "best": "1",
    "give_up": "1%",
    "unevenness_before": "0",
    "unevenness_after": "0",
}


def test_compared_runs_with_a_goal_have_its_frontier(
    browser: FlaskClient, admin: ApiClient, store: Store
) -> None:
    known = inputs(admin)
    text = scenario_text(known["dataset_id"], known["ruleset_id"], "aiming")
    body = (text + "goals: [{maximise: {last: 1}}]\n").encode()
    aiming = made(admin.post("/scenarios", data=body, headers=YAML))
    runs = [solved(admin, store, known["scenario_id"]), solved(admin, store, aiming, goals=(GOAL,))]
    page = browser.get(f"/compare.json?runs={','.join(runs)}").json
    assert ([each["run"] for each in page["goals"]], page["frontier"]) == ([runs[1]], None)
    path = f"/compare?runs={','.join(runs)}&frontier={page['goals'][0]['at']}"
    found = browser.get(path.replace("?", ".json?")).json["frontier"]
    assert [point["give_up"] for point in found["points"]] == ["0%", "1%", "2%", "5%", "10%"]
    assert found["points"][0]["reached"] > found["without"]["reached"]
    html = browser.get(path).get_data(as_text=True)
    assert "typical stretch, less even" in html
    assert "without the goal" in html
