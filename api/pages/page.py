"""What a page is: data from a handler, a template that shows it, and the same data as JSON at `.json`."""

import functools
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from flask.blueprints import BlueprintSetupState
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from api.db.scopes import Scope
from api.pages import filters
from api.pages.visitor import ask_for_turn, csrf_token, enter, visitor
from api.web.context import service

Data = dict[str, Any]
F = TypeVar("F", bound=Callable[..., Data | AnyResponse])

blueprint = Blueprint("pages", __name__, template_folder="../templates")


def page(rule: str, template: str, *, scope: Scope | None = Scope.RUNS_READ) -> Callable[[F], F]:
    """Declare a page and its twin at `rule.json`; people without the scope are asked to log in."""

    def declare(view: F) -> F:
        name = view.__name__

        @functools.wraps(view)
        def as_page(**path: str) -> Response:
            found = _found(scope, view, path)
            return make_response(_rendered(template, found) if isinstance(found, dict) else found)

        @functools.wraps(view)
        def as_json(**path: str) -> Response:
            found = _found(scope, view, path)
            return jsonify(found) if isinstance(found, dict) else make_response(found)

        blueprint.add_url_rule(rule, name, as_page)
        blueprint.add_url_rule(f"{rule}.json", f"{name}_json", as_json)
        return view

    return declare


def _found(
    scope: Scope | None, view: Callable[..., Data | AnyResponse], path: dict[str, str]
) -> Data | AnyResponse:
    """What the page shows, or the way to the login."""
    away = enter(scope)
    return view(**path) if away is None else away


def problem_page(problem: dict[str, Any]) -> str:
    """The page that says what was refused, and what helps."""
    return _rendered("problem.html", {"problem": problem})


def html(template: str, data: Data, status: int = 200) -> Response:
    """A page that is no twin of JSON: a form as it was filled in, with what is wrong with it."""
    return make_response(_rendered(template, data), status)


def _rendered(template: str, data: Data) -> str:
    return render_template(
        template,
        **data,
        visitor=visitor(),
        places=_places(),
        app_version=service().config.version,
        assets=_assets(),
    )


_PLACES = (
    ("/", "Plans", Scope.RUNS_READ),
    ("/runs", "Runs", Scope.RUNS_READ),
    ("/targets", "Targets", Scope.RUNS_READ),
    ("/rulesets", "Rules", Scope.RUNS_READ),
    ("/compare", "Compare", Scope.RUNS_READ),
    ("/users", "People", Scope.USERS_WRITE),
)
"""What the head of every page leads to."""


def _places() -> list[dict[str, Any]]:
    here, who = request.path, visitor()
    return [
        {"path": path, "title": title, "here": here == path or (path != "/" and here.startswith(f"{path}/"))}
        for path, title, scope in _PLACES
        if who is not None and who.may(scope)
    ]


@functools.cache
def _assets() -> str:
    """Changes when style or scripts change, so that browsers fetch them anew."""
    files = sorted(Path(__file__).parents[1].glob("static/*"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def _csrf() -> Markup:
    """The hidden field of every form."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(csrf_token())


blueprint.before_request(ask_for_turn)


@blueprint.after_request
def _by_reader(response: Response) -> Response:
    """A page is written in the number format of who reads it, which caches must know."""
    if response.mimetype == "text/html":
        response.vary.update(("Accept-Language", "Cookie"))
    return response


@blueprint.after_request
def _say_where(answer: Response) -> Response:
    """A script that sent a form hears where to go on: browsers do not let it see where a redirect leads."""
    if request.headers.get("Sent-By") == "script" and answer.status_code == 303:
        answer.status_code = 204
        answer.set_data(b"")
    return answer


@blueprint.record_once
def _prepare(state: BlueprintSetupState) -> None:
    """What templates and their macros may call."""
    state.app.jinja_env.globals.update(filters.FILTERS, csrf=_csrf, visitor=None)
    state.app.jinja_env.trim_blocks = state.app.jinja_env.lstrip_blocks = True
