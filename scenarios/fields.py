"""Turning a mapping from a file into a checked model, or into findings at the right spot."""

from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from scenarios.codes import CODES
from scenarios.findings import Place, Report, did_you_mean
from scenarios.source import List, Map

_HIDDEN = frozenset({"name", "kind"})
_EXPECTED = {
    "string_type": "text",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
}
_DATES = frozenset({"date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"})
_RANGES = frozenset(
    {"greater_than", "greater_than_equal", "less_than", "less_than_equal", "too_short", "too_long"}
)


class Form(BaseModel):
    """The fields a user may write: unknown ones are refused and nothing is changed afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


M = TypeVar("M", bound=BaseModel)


def validate(model: type[M], data: Map, report: Report, *, what: str) -> M | None:
    """The model built from the data, or None after reporting every mistake at its line and column.

    `what` is how messages call the mapping, such as `capacity_limit` or `metric 'revenue'`.
    """
    try:
        return model.model_validate(data, context={"doubt_percents": True})
    except ValidationError as error:
        details = error.errors(include_url=False)
    for detail in details:
        _tell(detail, model, data, report, what)
    if any(detail["type"] != "percent-large" for detail in details):
        return None
    return model.model_validate(data)


def validate_leniently(model: type[M], data: Map, report: Report, *, what: str) -> M | None:
    """The same, built from the sound fields alone where some are not, so that reading can go on.

    None if what is left does not make a model; the mistakes are reported in either case.
    """
    whole = validate(model, data, report, what=what)
    if whole is not None:
        return whole
    try:
        model.model_validate(data)
    except ValidationError as error:
        wrong = {str(detail["loc"][0]) for detail in error.errors() if detail["loc"]}
    sound = {key: value for key, value in data.items() if key not in wrong}
    try:
        return model.model_validate(sound)
    except ValidationError:
        return None


def field_names(model: type[BaseModel]) -> tuple[str, ...]:
    """The fields a user may write, a class's own before those it inherits."""
    own = [field for base in model.__mro__ for field in getattr(base, "__annotations__", {})]
    return tuple(
        dict.fromkeys(field for field in own if field in model.model_fields and field not in _HIDDEN)
    )


def _tell(detail: ErrorDetails, model: type[BaseModel], data: Map, report: Report, what: str) -> None:
    kind, loc = detail["type"], detail["loc"]
    place = _place(data, loc, "key" if kind == "extra_forbidden" else "value")
    path = ".".join(str(part) for part in loc if part != "[key]") or what
    context: dict[str, Any] = detail.get("ctx", {})
    if kind == "extra_forbidden":
        owner, known = _fields_at(model, loc, what)
        remedy = f"{did_you_mean(str(loc[-1]), known)} Fields: {', '.join(known)}."
        report.error("unknown-field", place, f"{owner} has no field '{loc[-1]}'", remedy)
    elif kind == "missing":
        owner = what if len(loc) == 1 else f"{loc[0]} of {what}"
        report.error("missing-field", place, f"{owner} has no {loc[-1]}", f"Add {loc[-1]}.")
    elif kind in CODES:
        tell = report.warn if kind == "percent-large" else report.error
        tell(kind, place, f"{path} {detail['msg']}", _sentence(str(context.get("remedy", ""))))
    else:
        code, message, remedy = _plain(detail, path, context)
        report.error(code, place, message, remedy)


def _plain(detail: ErrorDetails, path: str, context: dict[str, Any]) -> tuple[str, str, str]:
    """Code, message and remedy of an error that is pydantic's own."""
    kind, said = detail["type"], _shown(detail["input"])
    if kind in _EXPECTED:
        return "wrong-type", f"{path} is {said}", f"Write {_EXPECTED[kind]}."
    if kind in _DATES:
        return "bad-date", f"{path} is {said}", "Write a date as 2021-03-31."
    if kind in _RANGES:
        return "out-of-range", f"{path} is {said}", _sentence(detail["msg"])
    if kind == "literal_error":
        return "bad-value", f"{path} is {said}", f"Write {context['expected']}."
    if kind == "value_error":
        return "bad-value", f"{path}: {context['error']}", ""
    return "bad-value", f"{path} is {said}", _sentence(detail["msg"])


def _fields_at(model: type[BaseModel], loc: tuple[int | str, ...], what: str) -> tuple[str, tuple[str, ...]]:
    """Who was given an unknown field, and which fields it has; inner models are found by annotation."""
    if len(loc) == 1:
        return what, field_names(model)
    field = model.model_fields.get(str(loc[0]))
    inner = [part for part in _parts(field.annotation if field else None) if _is_model(part)]
    return f"{loc[0]} of {what}", field_names(inner[0]) if inner else ()


def _parts(annotation: Any) -> list[Any]:
    inner = getattr(annotation, "__args__", ())
    return [annotation, *(part for each in inner for part in _parts(each))]


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _place(data: Map, loc: tuple[int | str, ...], side: Literal["key", "value"]) -> Place:
    """The deepest place that the location leads to."""
    place, here = data.place, data
    node: object = here
    for step, part in enumerate(loc):
        last = step == len(loc) - 1 or loc[step + 1] == "[key]"
        if isinstance(node, Map) and part in node:
            by_key = last and (side == "key" or step < len(loc) - 1)
            place = (node.places if by_key else node.value_places)[str(part)]
            node = node[str(part)]
        elif isinstance(node, List) and isinstance(part, int) and part < len(node):
            place, node = node.places[part], node[part]
        else:
            break
    return place


def _shown(value: object) -> str:
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    if value is None:
        return "empty"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:60]}..."


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text and not text.endswith((".", "?")) else text
