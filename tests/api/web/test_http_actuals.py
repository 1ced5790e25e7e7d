"""Actuals over HTTP: a PRM tool uploads what was done, reads the standing, restates; everything is kept."""

import json
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import factories
import pytest
import yaml
from api_client import ApiClient, admin_of, client_of
from click.testing import CliRunner
from small import PARTNERS, SCENARIO
from test_pages import logged_in, token_of
from world import RESULT, TEXT, YAML, made, published

from api.app import Application
from api.cli.main import cascade
from api.db import Store
from api.db import run_lifecycle as runs
from api.db.run_lifecycle import Outcome
from api.db.scopes import Role, Scope
from api.db.tables.runs import State
from api.output import bundling

CALENDAR = "periods: [H1, H2]\ncalendar: {from: 2027-01-01, H1: 2027-06-30, H2: 2027-12-31}\n"
HEAD = "partner_id,metric,period,amount,as_of\n"
H1 = (
    HEAD + "acme,revenue,H1,40,2027-06-30\nbirch,revenue,H1,120,2027-06-30\ncedar,revenue,H1,150,2027-06-30\n"
)
ROWS = "".join(
    f"{who},revenue,{part},{half},{half},0,,{half},{half},0,0,\n"
    for who, half in (("birch", 110), ("acme", 55), ("cedar", 165))
    for part in ("H1", "H2")
)
ALLOCATION = (
    "partner,metric,period,baseline,fair_share,floor,cap,unrounded,target,growth,stretch,binding\n" + ROWS
)


def published_halves(
    app: Application, store: Store, calendar: str = CALENDAR
) -> tuple[ApiClient, ApiClient, str]:
    """An administrator, a PRM tool's key, and a published plan of halves: 55, 110 and 165."""
    admin = admin_of(app, store)
    dataset = made(admin.post("/datasets?name=p", data=PARTNERS.encode(), headers=TEXT))
    text = SCENARIO.replace("partners.csv", dataset).replace("rules: [rules.yaml]\n", calendar)
    scenario = made(admin.post("/scenarios", data=text.encode(), headers=YAML))
    run_id = made(admin.post(f"/scenarios/{scenario}/runs"), 202)
    claim = factories.claimed(store)
    while claim.run_id != run_id:
        claim = factories.claimed(store)
    packed = bundling.pack(json.dumps(RESULT).encode(), {"allocation": ALLOCATION.encode()})
    with store.write() as session:
        assert runs.finish(session, claim, Outcome(State.SUCCEEDED, termination="optimal"), packed)
    scopes = frozenset({Scope.PLANS_READ, Scope.ACTUALS_WRITE, Scope.RESPONSES_WRITE})
    prm = client_of(app, store, admin.org_id, Role.PLANNER, scopes, machine=True)
    return admin, prm, published(admin, run_id)


@pytest.fixture
def plan(app: Application, store: Store) -> tuple[ApiClient, ApiClient, str]:
    return published_halves(app, store)


def upload(who: ApiClient, text: str, key: str = "") -> Any:
    headers = {**TEXT, "Idempotency-Key": key or str(hash(text))}
    return who.post("/actuals?period=FY2027", data=text.encode(), headers=headers)


def company(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: dict[str, Any] = answer.json["nodes"][0]["metrics"]["revenue"]
    return found


def test_actuals_in_and_the_standing_out(plan: tuple[ApiClient, ApiClient, str]) -> None:
    _, prm, plan_id = plan
    assert prm.get(f"/plans/{plan_id}/standing").json["code"] == "no-actuals"
    assert upload(prm, H1).status_code == 201
    found = company(prm.get(f"/plans/{plan_id}/standing"))
    assert (found["done"], found["pace"], found["state"]) == ("310", "0.939394", "behind")
    off = prm.get(f"/plans/{plan_id}/standing?state=off_track").json["nodes"]
    assert [node["path"] for node in off] == [["acme"]]


def test_a_restatement_loses_nothing(plan: tuple[ApiClient, ApiClient, str]) -> None:
    admin, prm, plan_id = plan
    first = upload(prm, H1)
    again = upload(prm, HEAD + "acme,revenue,H1,45.5,2027-07-20\n")
    assert company(prm.get(f"/plans/{plan_id}/standing"))["done"] == "315.5"
    assert company(prm.get(f"/plans/{plan_id}/standing?as_of=2027-06-30"))["done"] == "310"
    kept = [item["id"] for item in admin.get("/actuals").json["items"]]
    assert kept == [again.json["id"], first.json["id"]]
    file = admin.get(f"/actuals/{first.json['id']}", headers={"Accept": "text/csv"})
    assert file.get_data(as_text=True) == H1


def test_the_same_upload_twice_is_one(plan: tuple[ApiClient, ApiClient, str]) -> None:
    admin, prm, _ = plan
    first, again = upload(prm, H1, "a"), upload(prm, H1, "b")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json["id"] == again.json["id"]
    assert len(admin.get("/actuals").json["items"]) == 1


def test_actuals_as_json(plan: tuple[ApiClient, ApiClient, str]) -> None:
    _, prm, plan_id = plan
    rows = [
        {"partner_id": who, "metric": "revenue", "period": "H1", "amount": amount}
        for who, amount in (("acme", "40"), ("birch", 120), ("cedar", "150.00"))
    ]
    body = {"period": "FY2027", "actuals": rows}
    assert prm.post("/actuals", body, headers={"Idempotency-Key": "j"}).status_code == 201
    assert company(prm.get(f"/plans/{plan_id}/standing?as_of=2027-06-30"))["done"] == "310"


def test_what_is_wrong_is_said(plan: tuple[ApiClient, ApiClient, str]) -> None:
    _, prm, plan_id = plan
    bad = upload(prm, H1.replace("150", "abc"))
    assert (bad.status_code, [each["code"] for each in bad.json["findings"]]) == (422, ["not-a-number"])
    assert upload(prm, H1.replace("acme", "akme")).status_code == 201
    standing = prm.get(f"/plans/{plan_id}/standing")
    assert standing.status_code == 422
    assert "unknown-partner" in [each["code"] for each in standing.json["findings"]]


def test_a_key_without_the_scope_uploads_nothing(
    app: Application, store: Store, plan: tuple[ApiClient, ApiClient, str]
) -> None:
    reader = client_of(app, store, plan[0].org_id, Role.VIEWER, frozenset({Scope.PLANS_READ}), machine=True)
    assert upload(reader, H1).status_code == 403


def test_a_scenario_re_plans_the_rest_from_a_published_plan_and_an_upload(
    plan: tuple[ApiClient, ApiClient, str],
) -> None:
    admin, prm, plan_id = plan
    act = upload(prm, H1).json["id"]
    dataset = admin.get("/datasets").json["items"][0]["id"]
    again = {
        "scenario": "again",
        "period": "FY2027",
        "periods": ["H1", "H2"],
        "partners": dataset,
        "metrics": {"revenue": {"unit": "USD", "round_to": 1, "baseline": "last"}},
        "targets": [{"name": "company target", "metric": "revenue", "total": 660}],
        "replan": {"plan": plan_id, "done": ["H1"]},
        "actuals": {"file": act},
    }
    scenario = admin.post("/scenarios", again)
    assert scenario.status_code == 201, scenario.get_data(as_text=True)
    solve = {"analysis": "solve", "scenarios": [scenario.json["id"]]}
    found = admin.post("/analyses", solve)
    assert found.status_code == 200, found.get_data(as_text=True)
    assert found.json["state"] == "succeeded"
    metric = found.json["replan"]["metrics"]["revenue"]
    assert (metric["due"], metric["done"], metric["published"], metric["rest"]) == (
        "330",
        "310",
        "330",
        "350",
    )
    lost = admin.post("/scenarios", {**again, "replan": {"plan": "plan_" + "0" * 26, "done": ["H1"]}})
    assert lost.status_code == 422
    run = admin.get(f"/plans/{plan_id}").json["run"]
    proposed = admin.post("/plans", {"run": run, "period": "FY2028", "reason": "draft"}).json["id"]
    early = admin.post("/scenarios", {**again, "replan": {"plan": proposed, "done": ["H1"]}})
    assert (early.status_code, early.json["code"]) == (422, "not-published")


@pytest.mark.parametrize(
    "named",
    [{"actuals": "act"}, {"actuals": ["act", "later"]}, {}],
    ids=["one", "a list", "all of the period"],
)
@pytest.mark.parametrize("form", ["json", "yaml", "yaml in flow"])
def test_a_re_plan_reads_one_upload_or_several_or_all_about_the_period(
    plan: tuple[ApiClient, ApiClient, str], named: dict[str, Any], form: str
) -> None:
    admin, prm, plan_id = plan
    ids = {"act": upload(prm, H1).json["id"]}
    ids["later"] = upload(prm, HEAD + "acme,revenue,H1,45,2027-07-20\n").json["id"]
    block = {"plan": plan_id, "done": ["H1"]}
    if named:
        kept = named["actuals"]
        block["actuals"] = ids[kept] if isinstance(kept, str) else [ids[each] for each in kept]
    again = {
        "scenario": "again",
        "period": "FY2027",
        "periods": ["H1", "H2"],
        "partners": admin.get("/datasets").json["items"][0]["id"],
        "metrics": {"revenue": {"unit": "USD", "round_to": 1, "baseline": "last"}},
        "targets": [{"name": "company target", "metric": "revenue", "total": 660}],
        "replan": block,
    }
    if form == "json":
        answer = admin.post("/scenarios", again)
    else:
        text = yaml.safe_dump(again, default_flow_style=None if form == "yaml in flow" else False)
        answer = admin.post("/scenarios", data=text.encode(), headers=YAML)
    found = admin.post("/analyses", {"analysis": "solve", "scenarios": [made(answer)]})
    assert found.status_code == 200, found.get_data(as_text=True)
    metric = found.json["replan"]["metrics"]["revenue"]
    done = 310 if named == {"actuals": "act"} else 315  # acme's 40 became 45
    assert (metric["done"], metric["rest"]) == (str(done), str(660 - done))


def test_a_re_plan_of_a_lost_upload_says_which(plan: tuple[ApiClient, ApiClient, str]) -> None:
    admin, prm, plan_id = plan
    listed = [upload(prm, H1).json["id"], "act_" + "0" * 26]
    body = {"scenario": "again", "replan": {"plan": plan_id, "actuals": listed}}
    answer = admin.post("/scenarios", body)
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json["findings"]] == ["/replan/actuals/1"]


def test_the_page_of_a_plan_says_where_it_stands(
    app: Application, plan: tuple[ApiClient, ApiClient, str]
) -> None:
    admin, _, plan_id = plan
    browser = logged_in(app, admin)
    path = f"/plans/{plan_id}/standing"
    assert "Nothing is known yet" in browser.get(path).get_data(as_text=True)
    token = token_of(browser, path)
    for content, status in ((H1.replace("40,", "forty,"), 422), (H1, 303)):
        form = {"csrf_token": token, "actuals": (BytesIO(content.encode()), "h1.csv")}
        answer = browser.post(f"/plans/{plan_id}/actuals", data=form, headers={"Accept": "text/html"})
        assert answer.status_code == status
        assert ("forty" in answer.get_data(as_text=True)) == (status == 422)
    html = browser.get(f"/plans/{plan_id}/standing").get_data(as_text=True)
    assert "H1 is over" in html
    assert "93.9 %" in html
    assert "310 of 660" in html  # the company's bar
    drawn = re.findall(r"<title>([^:]+): (\d+) % attained at a pace of (\d+) %, ([\w ]+)</title>", html)
    assert sorted(
        drawn
    ) == [  # of 55, 110 and 165 that were due, 40, 120 and 150 were done: halves of the targets
        ("Acme", "36", "73", "off track"),
        ("Birch &amp; Sons, Ltd.", "55", "109", "ahead"),
        ("Cédar", "45", "91", "behind"),
    ]
    off = browser.get(f"/plans/{plan_id}/standing.json?state=off_track").json
    assert [row["path"] for row in off["rows"]] == [["acme"]]
    assert browser.get(f"/plans/{plan_id}/standing?state=lost").status_code == 400


def earlier() -> str:
    """The actuals of four earlier years, and of this one's first half."""
    years = {2023: (42, 90, 130, 45, 84, 140), 2024: (50, 92, 125, 47, 90, 133),
             2025: (45, 101, 139, 49, 95, 150), 2026: (52, 96, 150, 48, 104, 150)}  # fmt: skip
    keys = [(who, part) for part in ("H1", "H2") for who in ("acme", "birch", "cedar")]
    rows = [
        f"{who},revenue,FY{year}/{part},{amount},\n"
        for year, amounts in years.items()
        for (who, part), amount in zip(keys, amounts, strict=True)
    ]
    return H1 + "".join(rows)


def test_the_forecast_is_that_of_the_command(plan: tuple[ApiClient, ApiClient, str], tmp_path: Path) -> None:
    admin, prm, plan_id = plan
    upload(prm, earlier())
    (tmp_path / "actuals.csv").write_text(earlier())
    (tmp_path / "partners.csv").write_text(PARTNERS)
    (tmp_path / "targets.csv").write_text(ALLOCATION)
    text = SCENARIO.replace("rules: [rules.yaml]\n", CALENDAR)
    (tmp_path / "scenario.yaml").write_text(text)
    files = [str(tmp_path), str(tmp_path / "actuals.csv")]
    same = CliRunner().invoke(cascade, ["forecast", *files, "--as-of", "2027-06-30", "--json"])
    assert same.exit_code == 0, same.output
    asked = f"/plans/{plan_id}/forecast?as_of=2027-06-30"
    assert admin.get(asked).get_data(as_text=True) == same.stdout
    assert company(admin.get(asked))["odds"] is not None
    answer = admin.get(asked, headers={"Accept": "text/csv"})
    assert answer.content_type == "text/csv; charset=utf-8"  # else clients read Latin-1
    table = answer.get_data(as_text=True)
    assert table.splitlines()[0].endswith("forecast,low,high,odds")
    assert prm.get(asked).status_code == 403


def test_the_page_says_what_the_plan_will_come_to(
    app: Application, plan: tuple[ApiClient, ApiClient, str]
) -> None:
    admin, prm, plan_id = plan
    browser = logged_in(app, admin)
    upload(prm, H1)
    assert "a guess, for too few" in browser.get(f"/plans/{plan_id}/standing").get_data(as_text=True)
    upload(prm, earlier())
    html = browser.get(f"/plans/{plan_id}/standing").get_data(as_text=True)
    assert "3 of 3 times for the company" in html
    twin = browser.get(f"/plans/{plan_id}/standing.json").json["forecast"]
    assert [node["path"] for node in twin["nodes"]] == [[]]
    assert twin["nodes"][0]["metrics"]["revenue"] == company(admin.get(f"/plans/{plan_id}/forecast"))


def test_the_page_of_a_partner_shows_its_years_and_its_firsts(
    app: Application, plan: tuple[ApiClient, ApiClient, str]
) -> None:
    admin, prm, plan_id = plan
    browser = logged_in(app, admin)
    run = admin.get(f"/plans/{plan_id}").json["run"]
    path = f"/runs/{run}/partners?partner=birch"
    assert f"&amp;plan={plan_id}" in browser.get(path).get_data(as_text=True)
    upload(prm, earlier())
    html = browser.get(f"{path}&plan={plan_id}").get_data(as_text=True)
    years = "174 in FY2023, 182 in FY2024, 196 in FY2025, 200 in FY2026, a target of 220 in FY2027"
    assert f"revenue year by year: {years}" in html
    assert "revenue: 120 USD in H1, its best; 104 in H2 of FY2026 before" in html
    assert "120 done" in html


def test_a_change_of_state_is_messaged_once_and_only_beyond_the_band(
    app: Application, plan: tuple[ApiClient, ApiClient, str]
) -> None:
    admin, prm, plan_id = plan
    hook = made(admin.post("/webhooks", {"url": "http://127.0.0.1:1/hook", "events": ["standing.changed"]}))

    def messages() -> list[dict[str, Any]]:
        items = admin.get(f"/webhooks/{hook}/deliveries").json["items"]
        return [item["payload"]["data"] for item in reversed(items)]

    upload(prm, H1)  # acme is off track at 40 of 55, birch ahead, cedar behind at 150 of 165
    assert messages() == []
    upload(prm, HEAD + "acme,revenue,H1,44.5,2027-07-10\n")  # 80.9 %: behind, but within the band
    assert messages() == []
    upload(prm, HEAD + "acme,revenue,H1,46,2027-07-11\n")  # 83.6 %
    expected = {"plan": plan_id, "partner": "acme", "metric": "revenue", "from": "off_track", "to": "behind"}
    assert [{key: each[key] for key in expected} for each in messages()] == [expected]
    upload(prm, HEAD + "acme,revenue,H1,46.1,2027-07-12\n")
    assert len(messages()) == 1
    html = logged_in(app, admin).get(f"/plans/{plan_id}/standing").get_data(as_text=True)
    assert "Whose state changed" in html
    assert "1 partner in revenue, beyond the band" in html
