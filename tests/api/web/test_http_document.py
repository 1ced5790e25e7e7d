"""The OpenAPI document: complete, with examples that fit, and readable offline."""

import re
from typing import Any

import pytest
from api_client import ApiClient
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from api.analysis.registry import ANALYSES
from api.app import Application
from api.reference.document_schemas import example
from api.resources.registry import RESOURCES
from api.web.problems import KINDS
from docs.examples import examples, settled


@pytest.fixture(scope="module")
def document(app: Application) -> dict[str, Any]:
    reported: dict[str, Any] = app.test_client().get("/openapi.json").get_json()
    return reported


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method} {path}", operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]


def test_every_route_of_the_api_is_described(app: Application, document: dict[str, Any]) -> None:
    described = {key for key, _ in operations(document)}
    served = {
        f"{method.lower()} {re.sub(r'<(?:path:)?(.+?)>', r'{' + chr(92) + r'1}', rule.rule)}"
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/v1/")
    }
    assert served <= described
    assert document["openapi"] == "3.1.0"


def test_every_operation_says_what_it_does_and_may_refuse(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(set(names)) == len(names)
    for key, operation in operations(document):
        assert operation["summary"], key
        assert operation["description"], key
        if "/api/v1/" in key:
            assert {"400", "401", "403", "406", "422", "429", "503"} <= set(operation["responses"]), key


def test_every_json_body_and_answer_has_an_example_that_fits(document: dict[str, Any]) -> None:
    registry = Registry().with_resource("urn:api", Resource(contents=document, specification=DRAFT202012))
    checked = 0
    for key, operation in operations(document):
        bodies = [*operation["responses"].values(), operation.get("requestBody", {})]
        for body in bodies:
            for kind, medium in body.get("content", {}).items():
                if kind.endswith("json"):
                    assert "example" in medium, (key, kind)
                    schema = {"$ref": "urn:api" + medium["schema"]["$ref"]}
                    Draft202012Validator(schema, registry=registry).validate(medium["example"])
                    checked += 1
    assert checked > 100


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for reference in re.findall(r"'\$ref': '#/components/(\w+)/([\w.]+)'", str(document)):
        assert reference[1] in document["components"][reference[0]], reference


def test_what_is_public_needs_no_key(document: dict[str, Any]) -> None:
    public = {key for key, operation in operations(document) if operation.get("security") == [{}]}
    assert public == {"get /livez", "get /readyz", "get /api"}
    assert document["security"] == [{"key": []}]


def test_the_documentation_page_shows_every_operation_and_problem(
    app: Application, document: dict[str, Any]
) -> None:
    page = app.test_client().get("/docs").get_data(as_text=True)
    for _, operation in operations(document):
        assert f'id="{operation["operationId"]}"' in page
    problems = app.test_client().get("/docs/problems").get_data(as_text=True)
    for code in KINDS:
        assert f'id="{code}"' in problems
    for text in (page, problems):
        assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", text)


def test_limits_are_published_and_health_is_reported(app: Application, admin: ApiClient) -> None:
    limits = admin.get("/limits").json
    assert limits["page_items"] == 200
    assert limits["partners"] >= 100_000
    client = app.test_client()
    assert client.get("/livez").json == {"live": True}
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json["ready"], ready.json["why"]) == (200, True, [])
    about = client.get("/api").json
    assert (about["name"], about["versions"][0]["path"]) == ("goal-cascade", "/api/v1")


def test_there_is_a_file_for_every_resource() -> None:
    assert len({routes.blueprint.name for routes in RESOURCES}) == len(RESOURCES)


def test_examples_of_answers_are_what_analyses_answer() -> None:
    """Written by `make docs`; each fits the schema of its document, to the last field."""
    for name, answer in examples().items():
        assert settled(answer.data()) == example(name), name


def test_answers_are_typed_to_the_last_field(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for answer in ("AnalysisView", "ComparisonView", "ResultView"):
        assert "additionalProperties" not in schemas[answer] or not schemas[answer]["additionalProperties"]
    assert schemas["ResultDocument"]["additionalProperties"] is False
    assert len(schemas["AnalysisView"]["anyOf"]) == len(ANALYSES)
    assert [name for name in schemas if "__" in name] == [], "two parts of documents have one name"
