"""The documentation that the server brings along: every operation, and every problem."""

from typing import Any

from api.db.scopes import Scope
from api.pages.page import Data, page
from api.web.openapi import published
from api.web.problems import KINDS

_METHODS = ("get", "post", "put", "patch", "delete")


@page("/docs", "docs.html", scope=None)
def documentation() -> Data:
    """Every operation of the API"""
    document = published()
    return {
        "info": document["info"],
        "tags": [{**tag, "operations": _operations(document, tag["name"])} for tag in document["tags"]],
        "schemas": document["components"]["schemas"],
        "scopes": [{"name": str(scope)} for scope in Scope],
    }


@page("/help", "help.html")
def help_page() -> Data:
    """What can be done where"""
    return {}


@page("/docs/problems", "problems.html", scope=None)
def problems() -> Data:
    """Every code that a refusal may bear"""
    return {"problems": [{"code": code, **vars(kind)} for code, kind in KINDS.items()]}


def _operations(document: Data, tag: str) -> list[dict[str, Any]]:
    return [
        {"method": method, "path": path, **item[method]}
        for path, item in document["paths"].items()
        for method in _METHODS
        if method in item and tag in item[method].get("tags", ())
    ]
