"""What a page is: data from a handler, a template that shows it, and the same data as JSON at `.json`."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, Response, jsonify, make_response, render_template
from werkzeug.wrappers import Response as AnyResponse

from api import shown
from api.http.hooks import nonce
from api.keys import Scope
from api.pages.visitor import csrf_token, enter, visitor

Data = dict[str, Any]
F = TypeVar("F", bound=Callable[..., Data | AnyResponse])

blueprint = Blueprint("pages", __name__, template_folder="../templates")


def page(rule: str, template: str, *, scope: Scope | None = Scope.RUNS_READ) -> Callable[[F], F]:
    """Declare a page and its twin at `rule.json`; people without the scope are asked to log in."""

    def declare(view: F) -> F:
        name = view.__name__

        @functools.wraps(view)
        def as_page(**path: str) -> Response:
            found = enter(scope) or view(**path)
            return make_response(_rendered(template, found) if isinstance(found, dict) else found)

        @functools.wraps(view)
        def as_json(**path: str) -> Response:
            found = enter(scope) or view(**path)
            return jsonify(found) if isinstance(found, dict) else make_response(found)

        blueprint.add_url_rule(rule, name, as_page)
        blueprint.add_url_rule(f"{rule}.json", f"{name}_json", as_json)
        return view

    return declare


def _rendered(template: str, data: Data) -> str:
    return render_template(
        template, **data, **shown.FILTERS, visitor=visitor(), nonce=nonce(), csrf_token=csrf_token()
    )
