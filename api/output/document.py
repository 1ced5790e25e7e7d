"""What every document is: frozen, typed, closed, and one text as JSON for the file, the terminal and HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

Amount = str
"""An exact decimal as text, in the unit that stands beside it, so that no reader rounds it."""


class Described(BaseModel):
    """A frozen model whose JSON Schema describes each field by the line below it.

    Neither that nor its validator is made before it is needed: a solve imports dozens of models and uses a few.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        found = handler(schema)
        properties = handler.resolve_ref_schema(found).get("properties", {})
        for name, text in _lines_below(cls).items():
            if described := properties.get(cls.model_fields[name].alias or name):
                described["description"] = text
        return found


def _lines_below(model: type[BaseModel]) -> dict[str, str]:
    """Name of each field to the line below it, inherited ones too."""
    from rules.describe import attributes

    lines: dict[str, str] = {}
    for base in reversed(model.__mro__[: model.__mro__.index(BaseModel)]):
        with suppress(OSError):  # a model made at run time has no source, and nothing below its fields
            lines |= attributes(base)
    return {name: text for name, text in lines.items() if name in model.model_fields}


class Document(Described):
    """A document or a part of one. Every field is always there; null where there is nothing to say."""

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    def data(self) -> dict[str, Any]:
        """The document as JSON has it."""
        return self.model_dump(mode="json")

    def text(self) -> str:
        """The document as JSON text. Raises ValueError for a number that JSON does not have."""
        return json_text(self.data())


def json_text(document: Mapping[str, Any]) -> str:
    """A document as text: the bytes that every door gives. Raises ValueError for a number JSON does not have."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
