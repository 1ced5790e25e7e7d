"""Numbers on pages: in the reader's format, and read in the format in which they were typed."""

from pathlib import Path

import pytest
from api_client import ApiClient
from flask.testing import FlaskClient
from test_pages import logged_in, token_of
from test_pages_flow import brought, chosen
from world import inputs, solved

from api.app import Application
from api.db import Store

GERMAN = {"Accept": "text/html", "Accept-Language": "de-DE,de;q=0.9,en;q=0.5"}
RESELLERS = Path(__file__).parents[3] / "api" / "starters" / "reseller" / "partners.csv"


@pytest.fixture
def browser(app: Application, admin: ApiClient) -> FlaskClient:
    """A browser of a new organisation."""
    return logged_in(app, admin)


@pytest.fixture
def run(admin: ApiClient, store: Store) -> str:
    return solved(admin, store, inputs(admin)["scenario_id"], partners=1200)


def text_of(browser: FlaskClient, path: str, headers: dict[str, str] = GERMAN) -> str:
    return browser.get(path, headers=headers).get_data(as_text=True)


def test_a_page_is_in_the_format_of_its_reader_and_says_so_to_caches(browser: FlaskClient, run: str) -> None:
    path = f"/runs/{run}/targets"
    assert "1,200 partners" in text_of(browser, path, {})
    german = browser.get(path, headers=GERMAN)
    assert "1.200 partners" in german.get_data(as_text=True)
    assert {"Accept-Language", "Cookie"} <= set(german.vary.as_set(preserve_casing=True))
    documents = [browser.get(f"{path}.json", headers=headers).json for headers in ({}, GERMAN)]
    assert documents[0] == documents[1]


def test_a_choice_goes_before_the_language_of_the_browser(browser: FlaskClient, run: str) -> None:
    token = token_of(browser, "/account")
    assert "1.234.567,5 (as its language has it)" in text_of(browser, "/account")
    for name, count in (("fr", "1\u202f200 partners"), ("in", "1,200 partners"), ("", "1.200 partners")):
        answer = browser.post("/account/numbers", data={"csrf_token": token, "format": name})
        assert answer.status_code == 303
        assert count in text_of(browser, f"/runs/{run}/targets")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("1,234", "The target is &#39;1,234&#39;, which may be 1.234 or 1,2340. Write one of the two."),
        ("1.5", "The target is &#39;1.5&#39;. Numbers are written here as 1.234.567,5."),
        ("much", "The target is &#39;much&#39;. Write a number such as 120000."),
        ("1" * 101, "The target has 101 letters. Write a number such as 120000."),
    ],
    ids=["two readings", "another format", "no number", "too long"],
)
def test_a_target_that_is_not_clear_is_refused(browser: FlaskClient, run: str, typed: str, says: str) -> None:
    path = f"/runs/{run}/partners?partner=P00001&metric=revenue&instead={typed}&numbers=de"
    assert says in text_of(browser, path)
    form = {"csrf_token": token_of(browser, "/account"), "partner": "P00001", "metric": "revenue", "target": typed,
            "reason": "Agreed", "version": "1", "numbers": "de"}  # fmt: skip
    answer = browser.post(f"/runs/{run}/override", data=form, headers=GERMAN)
    assert (answer.status_code, says in answer.get_data(as_text=True)) == (422, True)


def test_an_english_point_between_thousands_is_refused(browser: FlaskClient, run: str) -> None:
    text = text_of(browser, f"/runs/{run}/partners?partner=P00001&metric=revenue&instead=1.234", {})
    assert "The target is &#39;1.234&#39;, which is 1 or 1234. Write 1 or 1234." in text


def test_numbers_of_what_if_are_read_as_they_were_typed_whoever_opens_the_address(
    browser: FlaskClient, admin: ApiClient, store: Store
) -> None:
    run = solved(admin, store, inputs(admin)["scenario_id"])
    path = f"/runs/{run}/what-if"
    fields = browser.get(f"{path}.json").json["fields"]
    cap = next(each["at"] for each in fields if each["label"] == "growth max")
    page = text_of(browser, path)
    assert '<input type="hidden" name="numbers" value="de">' in page
    assert 'data-group="." data-decimal=","' in page
    for headers in (GERMAN, {}):
        found = browser.get(f"{path}.json?{cap}=6,5%25&numbers=de", headers=headers).json
        assert found["changes"] == {cap: "6.5%"}
    assert 'value="6,5%"' in text_of(browser, f"{path}?{cap}=6.5%25")
    wrong = text_of(browser, f"{path}?{cap}=6.5%25&numbers=de")
    assert "Numbers are written here as 1.234.567,5." in wrong
    assert 'value="6.5%"' in wrong
    assert browser.get(f"{path}?{cap}=7&numbers=xx", headers=GERMAN).status_code == 400


def test_a_new_plan_reads_the_numbers_of_its_form(browser: FlaskClient, admin: ApiClient) -> None:
    path = brought(browser, RESELLERS.read_bytes(), "partners 2027.csv")
    fields = {"growth": "", "total": "9.500.000", "round_to": "1.000", "growth_min": "2,5%", "numbers": "de"}
    wrong = browser.post(path, data=chosen(browser, path, **fields | {"total": "9,500"}), headers=GERMAN)
    assert (wrong.status_code, wrong.mimetype) == (422, "text/html")
    answer = browser.post(path, data=chosen(browser, path, **fields), headers=GERMAN)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    found = admin.get("/scenarios").json["items"][0]["id"]
    document = admin.get(f"/scenarios/{found}").json["document"]
    assert (document["targets"][0]["total"], document["metrics"]["revenue"]["round_to"]) == (
        "9500000",
        "1000",
    )
