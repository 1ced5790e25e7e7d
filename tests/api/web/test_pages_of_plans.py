"""Pages of a plan under way: a partner in it, and the rest planned anew."""

from typing import Any

import pytest
from api_client import ApiClient
from flask.testing import FlaskClient
from test_http_actuals import H1, HEAD, published_halves, upload
from test_pages import logged_in, token_of

from api.app import Application
from api.db import Store
from api.resources.plans.rest import Limits, Rest, document_of

NO_CALENDAR = "periods: [H1, H2]\n"
"""Parts, and no days on which they end."""


@pytest.fixture
def plan(app: Application, store: Store) -> tuple[ApiClient, ApiClient, str]:
    """An administrator, a PRM tool's key, and a published plan of which only people know what is over."""
    return published_halves(app, store, NO_CALENDAR)


def partner_page(plan: tuple[ApiClient, ApiClient, str], more: str = "") -> str:
    admin, _, plan_id = plan
    run = admin.get(f"/plans/{plan_id}").json["run"]
    return f"/runs/{run}/partners?partner=acme&plan={plan_id}{more}"


def test_a_partner_without_a_standing_says_why_and_what_to_do(
    app: Application, plan: tuple[ApiClient, ApiClient, str]
) -> None:
    admin, prm, plan_id = plan
    browser = logged_in(app, admin)
    text = browser.get(partner_page(plan)).get_data(as_text=True)
    assert "No actuals of channel, FY2027 were uploaded." in text
    assert f'<a class="button" href="/plans/{plan_id}/standing">Upload what was done</a>' in text
    upload(prm, H1)
    text = browser.get(partner_page(plan)).get_data(as_text=True)
    assert "<p>Say which parts are over, such as H1, or give the scenario a calendar.</p>" in text
    assert '<option value="H1">H1</option><option value="H1,H2">H2</option>' in text
    text = browser.get(partner_page(plan, "&done=H1")).get_data(as_text=True)
    assert "Say which parts" not in text
    assert '<td class="n strong">40</td><td class="n">55</td>' in text  # done, and due
    assert browser.get(partner_page(plan, "&as_of=soon")).status_code == 400


def test_findings_about_actuals_are_on_the_page_of_a_partner(
    app: Application, plan: tuple[ApiClient, ApiClient, str]
) -> None:
    admin, prm, _ = plan
    upload(prm, HEAD + "akme,revenue,H1,40,2027-06-30\n")
    text = logged_in(app, admin).get(partner_page(plan, "&done=H1")).get_data(as_text=True)
    assert "akme" in text


def test_parts_before_the_last_one_that_is_over_are_over_as_well(
    app: Application, plan: tuple[ApiClient, ApiClient, str]
) -> None:
    admin, prm, plan_id = plan
    upload(prm, H1 + "acme,revenue,H2,50,2027-12-31\n")
    text = logged_in(app, admin).get(f"/plans/{plan_id}/standing").get_data(as_text=True)
    assert '<option value="H1">H1</option><option value="H1,H2">H2</option>' in text


def rest(browser: FlaskClient, plan_id: str, **fields: str) -> Any:
    path = f"/plans/{plan_id}/rest"
    form = {"csrf_token": token_of(browser, path), "done": "H1", "title": "The rest", **fields}
    return browser.post(path, data=form, headers={"Accept": "text/html"})


def test_the_rest_is_planned_within_the_limits_of_the_page(
    app: Application, plan: tuple[ApiClient, ApiClient, str]
) -> None:
    admin, prm, plan_id = plan
    upload(prm, H1)
    browser = logged_in(app, admin)
    wrong = rest(browser, plan_id, rise0="a lot")
    assert (wrong.status_code, "is no percentage" in wrong.get_data(as_text=True)) == (422, True)
    made = rest(browser, plan_id, drop0="0 %", rise0="12.5")
    assert made.status_code == 303, made.get_data(as_text=True)
    newest = admin.get("/scenarios").json["items"][0]["id"]
    rule = admin.get(f"/scenarios/{newest}").json["document"]["add"][0]
    assert (rule["drop_max"], rule["rise_max"], rule["metric"]) == ("0%", "12.5%", "revenue")


def test_each_metric_has_limits_of_its_own() -> None:
    asked = Rest("rest", "The rest", ("Q1",), {"revenue": Limits("0%", "15%"), "funds": Limits()})
    found = document_of("plan", "scn", asked, ["revenue", "funds"], known=())
    assert [(each["metric"], each["drop_max"], each["rise_max"]) for each in found["add"]] == [
        ("revenue", "0%", "15%")
    ]
    later = Rest("rest", "The rest", ("Q1",), {"revenue": Limits(rise_max="5%"), "funds": Limits("10%")})
    known = ("near the plan: revenue", "near the plan: funds")
    found = document_of("plan", "scn", later, ["revenue", "funds"], known)
    assert found["change"] == {
        "near the plan: revenue": {"drop_max": None, "rise_max": "5%"},
        "near the plan: funds": {"drop_max": "10%", "rise_max": None},
    }
    free = Rest("rest", "The rest", ("Q1",), {})
    assert document_of("plan", "scn", free, ["revenue", "funds"], known)["remove"] == list(known)
