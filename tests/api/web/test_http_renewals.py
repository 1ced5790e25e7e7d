"""Renewals over HTTP and in the browser: the next period's scenario from a plan and what was done, kept and solved on."""

from typing import Any

import pytest
from api_client import ApiClient
from flask.testing import FlaskClient
from test_http_actuals import H1, HEAD, published_halves, upload
from test_pages import logged_in, token_of

from api.app import Application
from api.db import Store

YEAR = H1 + "".join(
    f"{who},revenue,H2,{amount},2027-12-31\n"
    for who, amount in (("acme", 60), ("birch", 100), ("cedar", 150))
)


@pytest.fixture
def plan(app: Application, store: Store) -> tuple[ApiClient, ApiClient, str]:
    return published_halves(app, store)


def renew(who: ApiClient, plan_id: str, key: str = "1", **body: Any) -> Any:
    return who.post(f"/plans/{plan_id}/renewals", body, headers={"Idempotency-Key": key})


def test_the_next_period_is_a_scenario_that_can_be_solved(plan: tuple[ApiClient, ApiClient, str]) -> None:
    admin, prm, plan_id = plan
    assert renew(admin, plan_id).json["code"] == "no-actuals"
    assert upload(prm, YEAR).status_code == 201
    made = renew(admin, plan_id, "2")
    assert made.status_code == 201, made.get_data(as_text=True)
    document = made.json["renewal"]
    assert (document["period"], document["previous"]) == ("FY2028", "small")
    scenario = admin.get(f"/scenarios/{made.json['scenario']['id']}").json
    assert made.headers["Location"].endswith(f"/scenarios/{scenario['id']}")
    assert (scenario["name"], scenario["document"]["period"]) == (document["scenario"], "FY2028")
    assert scenario["inputs"], "the table with the new columns is a dataset"
    assert admin.post(f"/scenarios/{scenario['id']}/runs").status_code == 202
    again = renew(admin, plan_id, "2")
    assert (again.status_code, again.json["scenario"]["id"]) == (201, scenario["id"])
    assert renew(admin, plan_id, "3").json["code"] == "name-taken"
    assert renew(admin, plan_id, "4", scenario="other").status_code == 201


def test_what_has_no_row_is_a_finding_until_it_counts_as_nothing(
    app: Application, plan: tuple[ApiClient, ApiClient, str]
) -> None:
    admin, prm, plan_id = plan
    upload(prm, "".join(line for line in YEAR.splitlines(keepends=True) if "acme" not in line))
    assert renew(admin, plan_id, "1").json["code"] == "findings"
    assert renew(admin, plan_id, "2", missing="zero").status_code == 201
    browser, path = logged_in(app, admin), f"/plans/{plan_id}/next"
    assert f"{path}?missing=zero" in browser.get(path).get_data(as_text=True)
    assert "FY2028" in browser.get(f"{path}?missing=zero").get_data(as_text=True)


def test_who_may_not_write_inputs_may_not_renew(plan: tuple[ApiClient, ApiClient, str]) -> None:
    _, prm, plan_id = plan
    upload(prm, YEAR)
    assert renew(prm, plan_id).status_code == 403


def test_a_planner_looks_at_the_next_period_and_makes_it(
    app: Application, plan: tuple[ApiClient, ApiClient, str]
) -> None:
    admin, prm, plan_id = plan
    upload(prm, HEAD + YEAR.partition("\n")[2])
    browser: FlaskClient = logged_in(app, admin)
    path = f"/plans/{plan_id}/next"
    seen = browser.get(path).get_data(as_text=True)
    assert "FY2028" in seen
    assert "company target" in seen, "the amount that it states is to be decided"
    form = {"csrf_token": token_of(browser, path), "period": "FY2028", "scenario": "next", "title": "Next"}
    done = browser.post(path, data=form)
    assert done.status_code == 303, done.get_data(as_text=True)
    assert done.headers["Location"].startswith("/runs/")
    taken = browser.post(path, data=form)
    assert (taken.status_code, "already" in taken.get_data(as_text=True)) == (422, True)
