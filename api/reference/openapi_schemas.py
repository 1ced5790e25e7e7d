"""The schemas of scenario and rule files as components of the OpenAPI document, so that clients are typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.reference.document_schemas import document_schemas
from api.reference.json_schema import Schema, rules_schema, scenario_schema
from rules import KINDS

_COMPONENTS = "#/components/schemas/"
_DEFINITIONS = "#/$defs/"


def component_schemas(examples: Mapping[str, Any]) -> dict[str, Schema]:
    """Component name to schema: the files of scenarios and rules, and the documents of analyses.

    `examples` are of the bodies that hold files.
    """
    return {**document_schemas(), **file_schemas(examples)}


def file_schemas(examples: Mapping[str, Any]) -> dict[str, Schema]:
    """Component name to schema: `ScenarioIn`, `RulesetIn`, and all that they are made of.

    A rule is one of the kinds, distinguished by its field `kind`. `examples` are of the two bodies.
    """
    scenario, rules = scenario_schema(), rules_schema()
    definitions = {**rules.pop("$defs"), **scenario.pop("$defs")}
    definitions["rule"] = {
        "oneOf": [{"$ref": f"{_DEFINITIONS}{kind}"} for kind in KINDS],
        "discriminator": {
            "propertyName": "kind",
            "mapping": {kind: f"{_COMPONENTS}{_name(kind)}" for kind in KINDS},
        },
        "description": "A rule, with the fields of its kind.",
    }
    for kind in KINDS:
        definitions[kind].setdefault("required", [])
        definitions[kind]["required"] = [*dict.fromkeys(["name", "kind", *definitions[kind]["required"]])]
    name = {"type": "string", "minLength": 1, "maxLength": 200, "description": "What to call it."}
    rules["properties"] = {"name": name, **rules["properties"]}
    rules["required"] = ["name", "rules"]
    bodies = {"ScenarioIn": scenario, "RulesetIn": rules}
    for body, schema in bodies.items():
        for keyword in ("$schema", "if", "then"):  # what a whole scenario needs, findings say
            schema.pop(keyword, None)
        schema["examples"] = [examples[body]]
    parts = {_name(key): schema for key, schema in definitions.items()}
    return {name: _moved(schema) for name, schema in {**bodies, **parts}.items()}


def _name(definition: str) -> str:
    """`growth_cap` is the component GrowthCapRule."""
    if definition in KINDS:
        return "".join(word.title() for word in definition.split("_")) + "Rule"
    return {"rule": "Rule", "target": "CompanyTarget"}.get(definition, definition)


def _moved(node: Any) -> Any:
    """The schema, its references leading to components."""
    if isinstance(node, list):
        return [_moved(each) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        key: f"{_COMPONENTS}{_name(value.removeprefix(_DEFINITIONS))}"
        if key == "$ref" and isinstance(value, str)
        else _moved(value)
        for key, value in node.items()
    }
