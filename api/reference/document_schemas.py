"""The schemas of the documents that analyses answer with, so that clients are typed to the last field."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic.json_schema import models_json_schema

from api.analysis.registry import ANALYSES

Schema = dict[str, Any]

_COMPONENTS = "#/components/schemas/"
ANSWERS = {"ComparisonView": "compare", "ResultView": "solve"}
"""Component of an answer to the analysis whose document it is."""
_ANY = {"AnalysisView": "check", "ResultOrDocument": "solve"}
"""Component of an answer that is the document of any analysis to the analysis of its example."""


def document_schemas() -> dict[str, Schema]:
    """Component name to schema: every document with its parts, and the answers that are one of them."""
    documents = {name: analysis.document for name, analysis in ANALYSES.items()}
    references, schema = models_json_schema(
        [(document, "serialization") for document in documents.values()],
        ref_template=_COMPONENTS + "{model}",
    )
    found = {name: references[document, "serialization"] for name, document in documents.items()}
    whole = {component: {**found[name], **_about(name)} for component, name in ANSWERS.items()}
    any_of = {component: {"anyOf": list(found.values()), **_about(name)} for component, name in _ANY.items()}
    answers: dict[str, Schema] = {**whole, **any_of}
    return {**schema["$defs"], **answers}


def _about(name: str) -> Schema:
    about = "The document of the analysis, the same to the byte as the command line prints with --json."
    return {"description": about, "examples": [example(name)]}


@cache
def example(name: str) -> Any:
    """A real answer of the analysis, about three partners."""
    return json.loads((files("api.reference") / "examples" / f"{name}.json").read_text(encoding="utf-8"))
