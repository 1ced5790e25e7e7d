"""The reference page of endpoints: every operation of the service, and everything it may refuse."""

from collections.abc import Iterator

from flask_openapi.models.operation import Operation

from api.reference.markdown import Lines, code, table
from api.resources.registry import AUDIENCES, RESOURCES
from api.web.problems import KINDS
from api.web.routing import Routes

_METHODS = ("get", "post", "put", "patch", "delete")


def endpoints_page() -> Lines:
    """Every operation by resource, then the codes of problems."""
    yield from (
        "# Endpoints",
        "",
        "Bodies, answers and examples stand in `/openapi.json` of a server, and at `/docs`.",
    )
    for audience, group in AUDIENCES.items():
        yield from ("", f"## {audience}")
        for routes in group:
            yield from ("", f"### {routes.blueprint.name[:1].upper()}{routes.blueprint.name[1:]}", "")
            yield from table(("operation", "does", "needs"), _rows(routes))
    yield from (
        "",
        "## Problems",
        "",
        "Every refusal is `application/problem+json` with one of these codes.",
        "",
    )
    rows = [(code(name), str(kind.status), f"{kind.title}. {kind.about}") for name, kind in KINDS.items()]
    yield from table(("code", "status", "meaning"), rows)


def operations() -> Iterator[tuple[str, Operation]]:
    """Method and path of every operation of the service, and the operation."""
    for routes in RESOURCES:
        yield from _operations(routes)


def _operations(routes: Routes) -> Iterator[tuple[str, Operation]]:
    for path, item in routes.blueprint.paths.items():
        for method in _METHODS:
            if (operation := getattr(item, method)) is not None:
                yield f"{method.upper()} {path}", operation


def _rows(routes: Routes) -> Iterator[tuple[str, str, str]]:
    for asked, operation in _operations(routes):
        needs = (operation.description or "").rpartition("\n")[2].removeprefix("Scope: ").rstrip(".")
        yield code(asked), operation.summary or "", needs
