"""The OpenAPI document, finished: refusals in one shape, examples, headers, who may ask."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, cast

from flask import current_app
from flask_openapi.openapi import OpenAPI
from pydantic import BaseModel

from api.web.problems import KINDS, HttpProblem
from api.web.schemas import FindingView, View

TEMPLATE = "#/components/schemas/{model}"


class ErrorView(View):
    """One wrong value."""

    pointer: str
    """JSON pointer into the body, or to the parameter."""
    detail: str
    code: str


class ProblemView(View):
    """A refusal (RFC 9457); every one looks like this."""

    type: str
    """Where the documentation explains the code."""
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    errors: list[ErrorView]
    error_count: int
    findings: list[FindingView]
    finding_count: int


def install(
    app: OpenAPI,
    *,
    models: Sequence[type[BaseModel]],
    groups: Mapping[str, Sequence[str]],
    schemas: Callable[[Mapping[str, Any]], Mapping[str, Any]],
) -> None:
    """Have the application publish its document.

    `models` are of bodies that no signature declares; `groups` are who uses the service, to the tags for them;
    `schemas` makes components, from the examples of bodies that they stand for.
    """
    app.extensions["openapi_models"] = models
    app.extensions["openapi_groups"] = groups
    app.extensions["openapi_schemas"] = schemas


def published() -> dict[str, Any]:
    """The OpenAPI document of the application that answers this request, made once."""
    app = cast(OpenAPI, current_app)
    if "openapi_document" not in app.extensions:
        document = finish(app.api_doc, app.extensions["openapi_models"], app.extensions["openapi_schemas"])
        groups = app.extensions["openapi_groups"]
        document["x-tagGroups"] = [{"name": name, "tags": list(tags)} for name, tags in groups.items()]
        app.extensions["openapi_document"] = document
    found: dict[str, Any] = app.extensions["openapi_document"]
    return found


def finish(
    document: dict[str, Any],
    models: Iterable[type[BaseModel]],
    made: Callable[[Mapping[str, Any]], Mapping[str, Any]],
) -> dict[str, Any]:
    """The document as it is published; `models` are of bodies that no handler's signature declares."""
    done = deepcopy(document)
    schemas: dict[str, Any] = done["components"]["schemas"]
    for name in [name for name in schemas if name.startswith("ValidationError")]:
        del schemas[name]
    problem = ProblemView.model_json_schema(mode="serialization", ref_template=TEMPLATE)
    schemas |= problem.pop("$defs") | {"Problem": problem}
    for model in models:
        schema = model.model_json_schema(ref_template=TEMPLATE)
        schemas |= schema.pop("$defs", {}) | {model.__name__: schema}
    schemas |= made({name: schema.get("examples", [None])[0] for name, schema in schemas.items()})
    for schema in schemas.values():
        schema.pop("$defs", None)
    for operation in _operations(done):
        _finish_operation(operation, schemas)
    used = str(done["paths"])
    done["components"]["responses"] = {
        _name(code): _refusal(code) for code in KINDS if f"#/components/responses/{_name(code)}'" in used
    }
    done["security"] = [{"key": []}]
    done["servers"] = [{"url": "/", "description": "The server that gave out this document."}]
    return done


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from path.values()


def _finish_operation(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    responses: dict[str, Any] = operation["responses"]
    responses.pop("422", None)
    codes: dict[int, list[str]] = {}
    for code in operation.pop("x-problems", ()):
        codes.setdefault(KINDS[code].status, []).append(code)
    for status, alike in sorted(codes.items()):
        single = {"$ref": f"#/components/responses/{_name(alike[0])}"}
        responses[str(status)] = single if len(alike) == 1 else _refusal(*alike)
    for kind in operation.pop("x-offers", ()):
        if "content" in responses.get("200", {}):
            responses["200"]["content"].setdefault(kind, {"schema": {}})
    bodies = [*responses.values(), operation.get("requestBody", {})]
    for content in [body.get("content", {}) for body in bodies]:
        _give_example(content, schemas)


def _give_example(content: dict[str, Any], schemas: dict[str, Any]) -> None:
    for medium in content.values():
        name = medium.get("schema", {}).get("$ref", "").rpartition("/")[2]
        if examples := schemas.get(name, {}).get("examples"):
            medium.setdefault("example", examples[0])


def _refusal(*codes: str) -> dict[str, Any]:
    titles = "; ".join(f"`{code}`: {KINDS[code].title}. {KINDS[code].about}" for code in codes)
    schema = {"$ref": TEMPLATE.format(model="Problem")}
    example = HttpProblem(codes[0], KINDS[codes[0]].about).document("3f2c9f0e8c5d4b4f9a5f0a3c1d2e4b6a")
    return {
        "description": titles,
        "content": {"application/problem+json": {"schema": schema, "example": example}},
    }


def _name(code: str) -> str:
    return "".join(word.title() for word in code.split("-"))
