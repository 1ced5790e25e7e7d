"""Forms and addresses that are not ours: whatever stands in their fields, the answer is none of ours being at fault."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from test_pages import logged_in, token_of
from world import World

from api.app import Application

TEMPLATES = Path(__file__).parents[3] / "api" / "templates"
LOGS_OUT = ("/login", "/logout", "/account/password", "/account/sessions/end", "/invitation")
VALUES = {
    "missing": None,
    "nothing": "",
    "text": "abc",
    "a digit that is none": "²",
    "many digits": "9" * 5000,
    "below zero": "-1",
    "beyond floats": "1e999",
    "no number": "NaN",
    "no such day": "2026-13-45",
    "an id of nothing": "run_00000000000000000000000000",
    "a zero byte": "a\x00b",
}


def fields() -> list[str]:
    """The names of all fields of all forms."""
    text = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES.glob("*.html"))
    named = set(re.findall(r'name="(\w+)"', text))
    return sorted(named - {"csrf_token"} | {"n0", "partner", "metric", "period", "until", "write", "save"})


def routes(app: Application, world: World, method: str) -> Iterator[str]:
    """The pages by method, about things that are there."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("pages.") and method in (rule.methods or ()):
            path = world.path(str(rule)).replace("<step>", "approve")
            if "<" not in path and path not in LOGS_OUT:
                yield path


@pytest.fixture(scope="module")
def known() -> list[str]:
    return fields()


SENT = [("POST", name) for name in VALUES] + [("GET", "text"), ("GET", "many digits"), ("GET", "a zero byte")]


@pytest.mark.parametrize(("method", "sort"), SENT, ids=[" ".join(each) for each in SENT])
def test_no_field_of_a_page_ends_in_a_fault_of_ours(
    app: Application, world: World, known: list[str], method: str, sort: str
) -> None:
    browser = logged_in(app, world.admin)
    faults = [
        path
        for path in routes(app, world, method)
        if asked(browser, method, path, dict.fromkeys(known, VALUES[sort])) >= 500
    ]
    assert faults == []


def asked(browser: FlaskClient, method: str, path: str, given: dict[str, str | None]) -> int:
    """The status of the answer."""
    stated = {name: text for name, text in given.items() if text is not None}
    if method == "GET":
        return browser.get(path, query_string=stated).status_code
    form = {**stated, "csrf_token": token_of(browser, "/new")}
    return browser.post(path, data=form).status_code


@pytest.mark.parametrize(
    "body", [b"email=" + b"a" * (1 << 20), b"a&" * 1000], ids=["too many bytes", "too many fields"]
)
def test_a_strangers_form_is_read_within_limits(app: Application, body: bytes) -> None:
    answer = app.test_client().post(
        "/login", data=body, content_type="application/x-www-form-urlencoded; charset=utf-8"
    )
    assert answer.status_code == 413
