"""From pydantic's errors to findings in a reader's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from scenarios.findings.codes import CODES
from scenarios.findings.finding import Finding, Place, Severity, did_you_mean
from scenarios.values.located import List, Map
from scenarios.values.quoting import escaped, printable, quoted

DOUBTS = frozenset({"percent-large", "ambiguous-number"})
"""Codes of numbers that are most likely slips; they are warnings."""
_HIDDEN = frozenset({"name", "kind"})
_EXPECTED = {
    "string_type": "text",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
}
_LIMITS = {
    "greater_than": "Write more than {gt}.",
    "greater_than_equal": "Write {ge} or more.",
    "less_than": "Write less than {lt}.",
    "less_than_equal": "Write {le} or less.",
    "too_short": "Name at least one.",
    "too_long": "List at most {max_length}.",
    "string_too_short": "Write some text.",
    "string_too_long": "Write at most {max_length} character(s).",
}


def field_names(model: type[BaseModel]) -> tuple[str, ...]:
    """The fields a user may write, a class's own before those it inherits."""
    own = [field for base in model.__mro__ for field in getattr(base, "__annotations__", {})]
    seen = {name: field.alias or name for name, field in model.model_fields.items() if name not in _HIDDEN}
    return tuple(dict.fromkeys(seen[field] for field in own if field in seen))


@dataclass(frozen=True)
class FieldError:
    """One error of pydantic about one mapping."""

    detail: ErrorDetails
    """What pydantic says."""
    model: type[BaseModel]
    """The model that refused."""
    data: Map
    """What it was given."""
    what: str
    """How messages call it."""

    @property
    def code(self) -> str:
        """The code of the finding."""
        return self._words()[0]

    def finding(self) -> Finding:
        """The finding, at the key that should not be there or the value that is wrong."""
        code, message, remedy = self._words()
        severity: Severity = "warning" if code in DOUBTS else "error"
        return Finding(code, self._place(), escaped(message), escaped(remedy), severity)

    def _words(self) -> tuple[str, str, str]:
        """Code, message and remedy."""
        kind, error = self.detail["type"], self.detail.get("ctx", {})
        if kind == "extra_forbidden":
            return self._unknown()
        if kind == "missing":
            last = self._path[-1]
            return "missing-field", f"{self._owner} has no {last}", f"Add {last}."
        if kind in CODES:
            return kind, f"{self._name} {self.detail['msg']}", _sentence(str(error.get("remedy", "")))
        if kind == "value_error":
            message = str(error["error"])
            return "bad-value", message if self._path else f"{self.what}: {message}", ""
        return self._plain(kind, error)

    def _plain(self, kind: str, error: dict[str, Any]) -> tuple[str, str, str]:
        """The same for what pydantic checks by itself."""
        message = f"{self._name} is {quoted(self.detail['input'])}"
        if kind in ("list_type", "tuple_type") and isinstance(self.detail["input"], str):
            return "wrong-type", message, f"Write a list: [{self.detail['input'][:60]}]."
        if kind in _EXPECTED:
            return "wrong-type", message, f"Write {_EXPECTED[kind]}."
        if kind in _LIMITS:
            return "out-of-range", message, _LIMITS[kind].format(**error)
        if kind == "literal_error":
            return "bad-value", message, f"Write {error['expected']}."
        return "bad-value", message, _sentence(self.detail["msg"])

    def _unknown(self) -> tuple[str, str, str]:
        field, known = self._path[-1], field_names(self._inner_model())
        remedy = f"{did_you_mean(field, known)} Fields: {', '.join(known)}."
        if field.partition(":")[0].strip() in known and ":" in field:
            remedy = f"A space is missing after the colon. Write {field.replace(':', ': ', 1)}."
        if any(mark.isspace() and mark != " " for mark in field):
            remedy = "A no-break space stands in it where a plain one is due. Type the space anew."
        return "unknown-field", f"{self._owner} has no field {quoted(field)}", remedy

    @property
    def _path(self) -> list[str]:
        """Keys and positions from the mapping to what is wrong."""
        return [step.part for step in self._steps()]

    @property
    def _name(self) -> str:
        return ".".join(map(printable, self._path)) or self.what

    @property
    def _owner(self) -> str:
        return ".".join(map(printable, self._path[:-1])) or self.what

    def _inner_model(self) -> type[BaseModel]:
        """The model of the mapping that holds the last key of the path."""
        model = self.model
        for part in self._path[:-1]:
            field = model.model_fields.get(part)
            inner = [each for each in _parts(field.annotation if field else None) if _is_model(each)]
            model = inner[0] if inner else model
        return model

    def _place(self) -> Place:
        """Where the key stands that is wrong, or the value."""
        steps = self._steps()
        if not steps:
            return self.data.place
        of_key = self.detail["type"] == "extra_forbidden" or "[key]" in self.detail["loc"]
        return steps[-1].key if of_key else steps[-1].value

    def _steps(self) -> list[_Step]:
        """The way to what is wrong, without pydantic's own marks, as far as it can be followed."""
        steps: list[_Step] = []
        node, place = cast(object, self.data), self.data.place
        for part in self.detail["loc"]:
            if isinstance(node, Map) and part in node:
                key, place, node = node.places[str(part)], node.value_places[str(part)], node[str(part)]
                steps.append(_Step(str(part), key, place))
            elif isinstance(node, List) and isinstance(part, int) and part < len(node):
                place, node = node.places[part], node[part]
                steps.append(_Step(str(part), place, place))
            elif not _is_mark(part):
                steps.append(_Step(str(part), place, place))
        return steps


@dataclass(frozen=True)
class _Step:
    """A key or position, and where it and its value stand."""

    part: str
    key: Place
    value: Place


def _is_mark(part: int | str) -> bool:
    """Whether pydantic says with this which branch of a choice, or that a key, is meant."""
    return isinstance(part, str) and (part == "[key]" or part.startswith("<"))


def _parts(annotation: Any) -> list[Any]:
    inner = getattr(annotation, "__args__", ())
    return [annotation, *(part for each in inner for part in _parts(each))]


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text and not text.endswith((".", "?")) else text
