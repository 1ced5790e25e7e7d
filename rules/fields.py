"""The field types of kinds: names of columns and metrics, amounts of money, who is spoken of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from pydantic import BaseModel, BeforeValidator
from pydantic_core import PydanticCustomError

from scenarios.numbers import Amount


@dataclass(frozen=True)
class Refers:
    """Marks a field whose text names something of the scenario."""

    to: Literal["number", "text", "metric"]
    """A column of numbers, a column of text, or a metric."""


NumberColumn = Annotated[str, Refers("number")]
"""The name of a column that holds amounts."""
TextColumn = Annotated[str, Refers("text")]
"""The name of a column that holds words."""
MetricName = Annotated[str, Refers("metric")]
"""The name of a metric."""
Per = Literal["partner", "together"]
"""Whether a rule speaks of each partner by itself or of all of them together."""


def no_percentage(value: object, *, remedy: str = "Write the amount in the metric's unit") -> object:
    """The value, unless it is a percentage, which is a finding with the remedy."""
    if isinstance(value, str) and value.strip().endswith("%"):
        said = f"is {value}, a share and not an amount"
        raise PydanticCustomError("bad-value", "{said}", {"said": said, "remedy": remedy})
    return value


Money = Annotated[Amount, BeforeValidator(no_percentage)]
"""Zero or more, in the metric's unit; never a percentage."""

Reference = tuple[tuple[str, ...], str, str]
"""The keys that lead to a name, the name, and what it refers to."""


def references(form: BaseModel) -> Iterator[Reference]:
    """Every name of a column or metric that the fields hold."""
    hints = get_type_hints(type(form), include_extras=True)
    for field in type(form).model_fields:
        yield from _walk(hints[field], getattr(form, field), (field,), None)


def _walk(hint: Any, value: Any, path: tuple[str, ...], to: str | None) -> Iterator[Reference]:
    if get_origin(hint) is Annotated:
        marks = [m.to for m in hint.__metadata__ if isinstance(m, Refers)]
        yield from _walk(hint.__origin__, value, path, marks[0] if marks else to)
    elif isinstance(value, str) and to:
        yield path, value, to
    elif isinstance(value, dict) and get_origin(hint) is dict:
        for key in value:
            yield from _walk(get_args(hint)[0], key, (*path, str(key)), None)
    elif isinstance(value, tuple) and get_origin(hint) is tuple:
        for number, item in enumerate(value):
            yield from _walk(get_args(hint)[0], item, (*path, str(number)), None)
    elif value is not None and not isinstance(value, dict | tuple):
        for option in get_args(hint):
            yield from _walk(option, value, path, to)
