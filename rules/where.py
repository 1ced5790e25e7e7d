"""Where: which partners a rule speaks of, as a mapping of column to what its cell must be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from rules.arrays import Mask
from rules.columns import Columns
from rules.written import number_text
from scenarios.numbers import parse_number

Word = str | Fraction


@dataclass(frozen=True)
class Condition:
    """What one column's cell must be."""

    column: str
    any_of: tuple[Word, ...] | None = None
    """The cell is one of these words or numbers."""
    minimum: Fraction | None = None
    """The cell is at least this."""
    maximum: Fraction | None = None
    """The cell is at most this."""
    empty: bool | None = None
    """The cell is empty (true) or filled (false)."""

    @property
    def compares(self) -> bool:
        """Whether the cell must be a number."""
        return self.minimum is not None or self.maximum is not None

    def mask(self, columns: Columns) -> Mask:
        """(partners,) true where the cell is as wanted."""
        mask = np.ones(len(columns), dtype=bool)
        if self.empty is not None:
            mask &= columns.empty(self.column) == self.empty
        if self.any_of is not None:
            mask &= _one_of(columns, self.column, self.any_of)
        if self.minimum is not None:
            mask &= columns.exact(self.column) >= self.minimum
        if self.maximum is not None:
            mask &= columns.exact(self.column) <= self.maximum
        return mask


@dataclass(frozen=True)
class Selection:
    """All conditions hold, and none of the excluded selections."""

    conditions: tuple[Condition, ...] = ()
    excluded: tuple[Selection, ...] = ()

    def mask(self, columns: Columns) -> Mask:
        """(partners,) true for the selected."""
        mask = np.ones(len(columns), dtype=bool)
        for condition in self.conditions:
            mask &= condition.mask(columns)
        for selection in self.excluded:
            mask &= ~selection.mask(columns)
        return mask

    def all_conditions(self) -> Iterator[tuple[tuple[str, ...], Condition]]:
        """Every condition, those of the excluded selections too, with the keys that lead to it."""
        yield from (((condition.column,), condition) for condition in self.conditions)
        for selection in self.excluded:
            yield from ((("not", *path), condition) for path, condition in selection.all_conditions())


def _one_of(columns: Columns, column: str, words: tuple[Word, ...]) -> Mask:
    texts = [w if isinstance(w, str) else str(int(w)) if w.denominator == 1 else str(float(w)) for w in words]
    mask = columns.one_of(column, texts)
    if numbers := [float(w) for w in words if not isinstance(w, str)]:
        mask |= np.isin(columns.floats(column), numbers)
    return mask


def parse_selection(value: object) -> Selection:
    """The selection a `where` mapping describes; ValueError says what is wrong with it."""
    if isinstance(value, Selection):
        return value
    if not isinstance(value, Mapping):
        raise ValueError(f"where is {value!r}. Write a mapping such as {{tier: [Gold, Silver]}}.")
    conditions = tuple(_condition(str(column), want) for column, want in value.items() if column != "not")
    if not conditions and "not" not in value:
        raise ValueError("where is an empty mapping. Leave it out to mean every partner.")
    return Selection(conditions, (parse_selection(value["not"]),) if "not" in value else ())


def _condition(column: str, want: Any) -> Condition:
    if not isinstance(want, Mapping):
        return Condition(column, any_of=_words(column, want if isinstance(want, list) else [want]))
    unknown = [str(key) for key in want if key not in ("min", "max", "empty")]
    if unknown or not want:
        raise ValueError(f"where {column} has {', '.join(unknown) or 'nothing'}. Say min, max or empty.")
    if not isinstance(want.get("empty", False), bool):
        raise ValueError(f"where {column} empty is {want['empty']!r}. Write true or false.")
    low, high = (parse_number(want[key]) if key in want else None for key in ("min", "max"))
    if low is not None and high is not None and low > high:
        raise ValueError(f"where {column} has min {want['min']} above max {want['max']}.")
    return Condition(column, minimum=low, maximum=high, empty=want.get("empty"))


def _words(column: str, values: list[Any]) -> tuple[Word, ...]:
    if not values:
        raise ValueError(f"where {column} is an empty list and matches nobody.")
    return tuple(_word(column, value) for value in values)


def _word(column: str, value: Any) -> Word:
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool | list | Mapping):
        raise ValueError(f"where {column} is {value!r}. Write words in quotes, numbers, or {{empty: true}}.")
    return parse_number(value)


def selection_mapping(selection: Selection) -> dict[str, Any]:
    """The mapping that reads back as this selection."""
    mapping = {c.column: _plain(c) for c in selection.conditions}
    return mapping | ({"not": selection_mapping(selection.excluded[0])} if selection.excluded else {})


def _plain(condition: Condition) -> Any:
    if condition.any_of is not None:
        return [
            w if isinstance(w, str) else int(w) if w.denominator == 1 else float(w) for w in condition.any_of
        ]
    limits = {"min": condition.minimum, "max": condition.maximum}
    plain: dict[str, Any] = {key: number_text(value) for key, value in limits.items() if value is not None}
    return plain | ({} if condition.empty is None else {"empty": condition.empty})


_WORD_SCHEMA = {"type": ["string", "number"]}
_WHERE_SCHEMA = {
    "type": "object",
    "description": "Column to what its cell must be: a word, a list of words, {min, max, empty}; not: {...}.",
    "additionalProperties": {
        "anyOf": [
            _WORD_SCHEMA,
            {"type": "array", "items": _WORD_SCHEMA, "minItems": 1},
            {"type": "object"},
        ]
    },
}

Where = Annotated[
    Selection,
    BeforeValidator(parse_selection),
    PlainSerializer(selection_mapping, return_type=dict),
    WithJsonSchema(_WHERE_SCHEMA),
]
"""A field that selects partners."""
