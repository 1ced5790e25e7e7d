"""The field types of kinds: names of columns and metrics, amounts of money, who is spoken of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, BeforeValidator, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from scenarios.values.number_fields import Sum, refuse
from scenarios.values.parse_number import TooLarge, parse_number
from scenarios.values.quoting import quoted


@dataclass(frozen=True)
class Refers:
    """Marks a field whose text names something of the scenario."""

    to: Literal["number", "value", "text", "date", "metric", "group"]
    """A column of amounts, of numbers that may be below zero, of text, of days, a metric, or a column of text or split."""


NumberColumn = Annotated[str, Refers("number")]
"""The name of a column that holds amounts."""
TextColumn = Annotated[str, Refers("text")]
"""The name of a column that holds words."""
GroupColumn = Annotated[str, Refers("group")]
"""The name of a column that holds words, or of a split of the scenario."""
DateColumn = Annotated[str, Refers("date")]
"""The name of a column that holds days."""
MetricName = Annotated[str, Refers("metric")]
"""The name of a metric."""
ValueColumn = Annotated[str, Refers("value")]
"""The name of a column that holds what one unit is worth or costs."""
Empty = Literal["no_limit"]
"""What an empty cell of a cap means."""
Per = Literal["partner", "together"]
"""Whether a rule speaks of each partner by itself or of all of them together."""


def no_percentage(value: object, *, remedy: str = "Write the amount in the metric's unit") -> object:
    """The value, unless it is a percentage, which is a finding with the remedy."""
    if isinstance(value, str) and value.strip().endswith("%"):
        message = f"is {value}, a share and not an amount"
        raise PydanticCustomError("bad-value", "{message}", {"message": message, "remedy": remedy})
    return value


Money = Annotated[Sum, BeforeValidator(no_percentage)]
"""Zero or more, in the metric's unit; never a percentage."""


def _value(value: object) -> object:
    """A number, or the text as the name of a column."""
    try:
        return parse_number(value)
    except TooLarge as error:
        raise refuse("not-a-number", str(error), "Write a smaller number") from None
    except ValueError:
        if isinstance(value, str) and value:
            return value
    raise refuse("bad-value", f"is {quoted(value)}", "Write a column or a number")


Value = Annotated[
    Fraction | ValueColumn,
    PlainValidator(_value),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "minLength": 1}]}),
]
"""What one unit is worth or costs: a column, or one number for everybody."""

Reference = tuple[tuple[str, ...], str, str]
"""The keys that lead to a name, the name, and what it refers to."""


def references(form: BaseModel) -> Iterator[Reference]:
    """Every name of a column or metric that the fields hold."""
    hints = _hints(type(form))
    for field in type(form).model_fields:
        yield from _walk(hints[field], getattr(form, field), (field,), None)


@cache
def _hints(model: type[BaseModel]) -> dict[str, Any]:
    """Field to its type; evaluating them takes longer than all else that is done with a rule's names."""
    return get_type_hints(model, include_extras=True)


def _walk(hint: Any, value: Any, path: tuple[str, ...], to: str | None) -> Iterator[Reference]:
    if get_origin(hint) is Annotated:
        marks = [m.to for m in hint.__metadata__ if isinstance(m, Refers)]
        yield from _walk(hint.__origin__, value, path, marks[0] if marks else to)
    elif isinstance(value, str) and to:
        yield path, value, to
    elif isinstance(value, dict) and get_origin(hint) is dict:
        of_key, of_value = get_args(hint)
        for key, each in value.items():
            yield from _walk(of_key, key, (*path, str(key)), None)
            # one step beyond the key, which leads to the value's place and not to that of the key
            yield from _walk(of_value, each, (*path, str(key), ""), None)
    elif isinstance(value, tuple) and get_origin(hint) is tuple:
        for number, item in enumerate(value):
            yield from _walk(get_args(hint)[0], item, (*path, str(number)), None)
    elif get_origin(hint) in (Union, UnionType):
        for option in get_args(hint):
            yield from _walk(option, value, path, to)
