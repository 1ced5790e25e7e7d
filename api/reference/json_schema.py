"""JSON Schema of scenario and rule files, made from the models that read them, for editors of YAML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from rules import KINDS
from rules.cases import CaseFile
from rules.describe import attributes
from scenarios.forms import RuleFileForm, ScenarioForm, VariantForm
from scenarios.incentives import IncentivesForm
from scenarios.objectives import ObjectivesForm

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TARGET = "company_target"
_KEYWORDS = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}
"""Bounds that pydantic leaves in its own words where a value may be of several types."""
_RULE = {"$ref": "#/$defs/rule"}


def scenario_schema() -> Schema:
    """The schema of scenario files: whole ones, and variants that name only what differs."""
    whole, variant = _of(ScenarioForm), _of(VariantForm)
    properties = whole["properties"] | variant["properties"]
    properties["targets"]["items"] = {"$ref": "#/$defs/target"}
    properties["add"]["items"] = _RULE
    whole["$defs"]["MetricForm"].pop("required")
    return {
        "$schema": _DIALECT,
        "title": "A scenario of Goal Cascade",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "required": ["scenario"],
        "if": {"not": {"required": ["extends"]}},
        "then": {
            "required": ["scenario", "partners", "metrics", "targets"],
            "properties": {"metrics": {"additionalProperties": {"required": ["unit"]}}},
        },
        "$defs": whole["$defs"] | _rule_definitions() | {"target": _target()},
    }


def rules_schema() -> Schema:
    """The schema of rule files: a list of rules, each with the fields of its kind."""
    form = _of(RuleFileForm)
    form["properties"]["rules"]["items"] = _RULE
    return {"$schema": _DIALECT, **form, "title": "A rule file of Goal Cascade", "$defs": _rule_definitions()}


def cases_schema() -> Schema:
    """The schema of case files: rules under test, named or written out, and what is expected of them."""
    form = _of(CaseFile)
    rule: Schema = {"type": ["string", "object"]}
    case = form["$defs"]["Case"]["properties"]
    case["rule"] |= rule
    case["beside"]["items"] = rule
    return {"$schema": _DIALECT, **form, "title": "A case file of Goal Cascade"}


def objectives_schema() -> Schema:
    """The schema of files of objectives."""
    return {"$schema": _DIALECT, **_of(ObjectivesForm), "title": "Objectives of Goal Cascade"}


def incentives_schema() -> Schema:
    """The schema of files of incentives."""
    return {"$schema": _DIALECT, **_of(IncentivesForm), "title": "Incentives of Goal Cascade"}


SCHEMAS = {
    "scenario": scenario_schema,
    "rules": rules_schema,
    "cases": cases_schema,
    "objectives": objectives_schema,
    "incentives": incentives_schema,
}
"""Sort of file to what makes its schema."""


def field_docs(model: type[BaseModel]) -> dict[str, str]:
    """Field name to the line below it, inherited fields too."""
    bases = [base for base in model.__mro__ if issubclass(base, BaseModel) and base is not BaseModel]
    return {name: text for base in reversed(bases) for name, text in attributes(base).items()}


def _of(model: type[BaseModel]) -> Schema:
    """The model's schema with the fields' own words, without titles and defaults that say nothing."""
    schema: Schema = _bare(model.model_json_schema())
    inner = {part.__name__: part for part in _models(model)}
    for name, definition in schema.get("$defs", {}).items():
        _describe(definition, inner[name])
    _describe(schema, model)
    return schema


def _bare(node: Any) -> Any:
    if isinstance(node, list):
        return [_bare(each) for each in node]
    if not isinstance(node, dict):
        return node
    names = "properties" in node and isinstance(node["properties"], dict)
    kept = {_KEYWORDS.get(key, key): value for key, value in node.items() if key not in ("title", "default")}
    if names:
        kept["properties"] = {name: _bare(value) for name, value in node["properties"].items()}
    return {key: value if key == "properties" and names else _bare(value) for key, value in kept.items()}


def _describe(schema: Schema, model: type[BaseModel]) -> None:
    for name, text in field_docs(model).items():
        field = model.model_fields[name].alias or name if name in model.model_fields else name
        if field in schema.get("properties", {}):
            schema["properties"][field]["description"] = text


def _models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """The models that a model's fields are made of."""
    for field in model.model_fields.values():
        for part in _parts(field.annotation):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield part
                yield from _models(part)


def _parts(annotation: Any) -> Iterator[Any]:
    yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _parts(inner)


def _rule_definitions() -> dict[str, Schema]:
    """A definition for each kind, and `rule`, which asks for the one that its kind names."""
    kinds = {name: _kind(name) for name in KINDS}
    rule = {
        "type": "object",
        "required": ["name", "kind"],
        "properties": {"kind": {"enum": list(kinds), "description": "What sort of rule it is."}},
        "allOf": [_if_kind(name) for name in kinds],
    }
    return kinds | {"rule": rule}


def _if_kind(name: str) -> Schema:
    named: Schema = {"properties": {"kind": {"const": name}}, "required": ["kind"]}
    return {"if": named, "then": {"$ref": f"#/$defs/{name}"}}


def _kind(name: str) -> Schema:
    schema = _of(KINDS[name])
    schema["properties"]["kind"] = {"const": name}
    return schema


def _target() -> Schema:
    """A target: a rule of kind company_target that need not say so."""
    schema = _kind(_TARGET)
    schema["required"] = ["name"]
    return schema
