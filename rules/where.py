"""Where: which partners a rule speaks of, as a mapping of column to what its cell must be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, GetCoreSchemaHandler, PlainSerializer, WithJsonSchema
from pydantic_core.core_schema import CoreSchema, is_instance_schema

from rules.arrays import Mask
from rules.columns import Columns
from rules.number_text import number_text
from scenarios.tables.truths import is_plain_truth
from scenarios.values.number_fields import parse_number
from scenarios.values.quoting import quoted

Word = str | Fraction | bool
Limit = Fraction | date
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Condition:
    """What one column's cell must be."""

    column: str
    any_of: tuple[Word, ...] | None = None
    """The cell is one of these words, numbers or truths."""
    minimum: Limit | None = None
    """The cell is at least this, or no day before it."""
    maximum: Limit | None = None
    """The cell is at most this, or no day after it."""
    empty: bool | None = None
    """The cell is empty (true) or filled (false)."""

    @property
    def compares(self) -> bool:
        """Whether the cell must be a number or a day."""
        return self.minimum is not None or self.maximum is not None

    @property
    def compares_days(self) -> bool:
        """Whether the cell must be a day."""
        return isinstance(self.minimum, date) or isinstance(self.maximum, date)

    def mask(self, columns: Columns) -> Mask:
        """(partners,) true where the cell is as wanted."""
        mask = np.ones(len(columns), dtype=bool)
        if self.empty is not None:
            mask &= columns.empty(self.column) == self.empty
        if self.any_of is not None:
            mask &= _one_of(columns, self.column, self.any_of)
        if self.minimum is not None:
            mask &= _at_least(columns, self.column, self.minimum)
        if self.maximum is not None:
            mask &= _at_most(columns, self.column, self.maximum)
        return mask


@dataclass(frozen=True)
class Selection:
    """All conditions hold, one of the alternatives where there are any, and none of the excluded selections."""

    conditions: tuple[Condition, ...] = ()
    excluded: tuple[Selection, ...] = ()
    alternatives: tuple[Selection, ...] = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """An instance: what its fields hold is `parse_selection`'s to see to, and every kind would build it anew."""
        return is_instance_schema(cls)

    def mask(self, columns: Columns) -> Mask:
        """(partners,) true for the selected."""
        mask = np.ones(len(columns), dtype=bool)
        for condition in self.conditions:
            mask &= condition.mask(columns)
        for selection in self.excluded:
            mask &= ~selection.mask(columns)
        if self.alternatives:
            mask &= np.any([selection.mask(columns) for selection in self.alternatives], axis=0)
        return mask

    def all_conditions(self) -> Iterator[tuple[tuple[str, ...], Condition]]:
        """Every condition, those of alternatives and excluded selections too, with the keys that lead to it."""
        yield from (((condition.column,), condition) for condition in self.conditions)
        for selection in self.excluded:
            yield from ((("not", *path), condition) for path, condition in selection.all_conditions())
        for number, selection in enumerate(self.alternatives):
            inner = selection.all_conditions()
            yield from (((ANY, str(number), *path), condition) for path, condition in inner)


def _at_least(columns: Columns, column: str, limit: Limit) -> Mask:
    if isinstance(limit, date):
        return columns.days(column) >= limit.toordinal()
    return columns.exact(column) >= limit


def _at_most(columns: Columns, column: str, limit: Limit) -> Mask:
    if isinstance(limit, date):
        return columns.days(column) <= limit.toordinal()
    return columns.exact(column) <= limit


def _one_of(columns: Columns, column: str, words: tuple[Word, ...]) -> Mask:
    mask = columns.one_of(column, [_text(word) for word in words if not isinstance(word, bool)])
    numbers = [float(word) for word in words if isinstance(word, Fraction)]
    if numbers:
        mask |= np.isin(columns.floats(column), numbers)
    for truth in _truths(columns, column, words):
        mask |= columns.true(column) if truth else columns.false(column)
    return mask


def _text(word: str | Fraction) -> str:
    if isinstance(word, str):
        return word
    return str(int(word)) if word.denominator == 1 else str(float(word))


def _truths(columns: Columns, column: str, words: tuple[Word, ...]) -> set[bool]:
    """The truths among the words: true and false, and yes and no in a column that holds nothing else."""
    found = {word for word in words if isinstance(word, bool)}
    spelled = [word for word in words if isinstance(word, str) and is_plain_truth(word)]
    if spelled and columns.holds_truths(column):
        found |= {word.casefold() in ("true", "yes") for word in spelled}
    return found


def parse_selection(value: object) -> Selection:
    """The selection a `where` mapping describes; ValueError says what is wrong with it."""
    if isinstance(value, Selection):
        return value
    if not isinstance(value, Mapping):
        raise ValueError(f"where is {value!r}. Write a mapping such as {{tier: [Gold, Silver]}}.")
    conditions = tuple(
        _condition(str(column), want)
        for column, want in value.items()
        if column != "not" and not (column in (ANY, "or", "and") and _are_mappings(want))
    )
    for word in ("or", "and"):
        if word in value and _are_mappings(value[word]):
            raise ValueError(f"where has {word}. {_OTHER_WORDS[word]}")
    if not conditions and "not" not in value and ANY not in value:
        raise ValueError("where is an empty mapping. Leave it out to mean every partner.")
    alternatives = value[ANY] if ANY in value and _are_mappings(value[ANY]) else ()
    return Selection(
        conditions,
        (parse_selection(value["not"]),) if "not" in value else (),
        tuple(map(parse_selection, alternatives)),
    )


ANY = "any"
"""The key before alternatives, of which one must hold."""
_OTHER_WORDS = {
    "or": "Write any: [{...}, {...}], of which one must hold.",
    "and": "Conditions beside each other must all hold; write them in one mapping.",
}


_EQUAL = ("is", "eq", "==", "=", "equals", "in")
_AT_LEAST = ("gt", "gte", "ge", ">", ">=", "above", "over", "more_than", "at_least", "from", "after", "since")
_AT_MOST = ("lt", "lte", "le", "<", "<=", "below", "under", "less_than", "at_most", "to", "before", "until")


def _are_mappings(want: object) -> bool:
    """Whether a key stands before selections, and is not the name of a column."""
    return isinstance(want, list | tuple) and bool(want) and all(isinstance(each, Mapping) for each in want)


def _condition(column: str, want: Any) -> Condition:
    if not isinstance(want, Mapping):
        return Condition(column, any_of=_words(column, want if isinstance(want, list) else [want]))
    unknown = [str(key) for key in want if key not in ("min", "max", "empty")]
    if unknown or not want:
        raise ValueError(f"where {column} has {', '.join(unknown) or 'nothing'}. {_meant(column, want)}")
    if not isinstance(want.get("empty", False), bool):
        raise ValueError(f"where {column} empty is {want['empty']!r}. Write true or false.")
    low, high = (_limit(column, key, want[key]) if key in want else None for key in ("min", "max"))
    if low is not None and high is not None and _is_above(column, low, high):
        raise ValueError(f"where {column} has min {want['min']} above max {want['max']}.")
    return Condition(column, minimum=low, maximum=high, empty=want.get("empty"))


def _meant(column: str, want: Mapping[Any, Any]) -> str:
    """What to write in place of words that a condition does not have."""
    if column == ANY:
        return "Write any: [{...}, {...}], of which one must hold."
    for key, value in want.items():
        if key == "not":
            return f"Write not: {{{column}: ...}} beside the other conditions."
        if key in _EQUAL:
            return f"Write {column}: {quoted(value)}."
        if key in _AT_LEAST:
            return "Write min, which is so much or more."
        if key in _AT_MOST:
            return "Write max, which is so much or less."
    return "Say min, max or empty."


def _limit(column: str, key: str, value: Any) -> Limit:
    try:
        if isinstance(value, str) and _DAY.fullmatch(value.strip()):
            return date.fromisoformat(value.strip())
        return parse_number(value)
    except ValueError:
        message = f"where {column} {key} is {value!r}"
        raise ValueError(f"{message[:200]}. Write a number, or a day such as 2026-01-31.") from None


def _is_above(column: str, low: Limit, high: Limit) -> bool:
    if isinstance(low, date) != isinstance(high, date):
        raise ValueError(f"where {column} has a number and a day. Write two of a kind.")
    return low > high  # type: ignore[operator]


def _words(column: str, values: list[Any]) -> tuple[Word, ...]:
    if not values:
        raise ValueError(f"where {column} is an empty list and matches no partner.")
    return tuple(_word(column, value) for value in values)


def _word(column: str, value: Any) -> Word:
    if isinstance(value, str | bool):
        return value
    if value is None or isinstance(value, list | Mapping):
        word = quoted(value)
        raise ValueError(f"where {column} is {word}. Write words in quotes, numbers, or {{empty: true}}.")
    return parse_number(value)


def selection_mapping(selection: Selection) -> dict[str, Any]:
    """The mapping that reads back as this selection."""
    mapping = {c.column: _plain(c) for c in selection.conditions}
    mapping |= {"not": selection_mapping(selection.excluded[0])} if selection.excluded else {}
    return mapping | (
        {ANY: [*map(selection_mapping, selection.alternatives)]} if selection.alternatives else {}
    )


def _plain(condition: Condition) -> Any:
    if condition.any_of is not None:
        return [
            w if isinstance(w, str | bool) else int(w) if w.denominator == 1 else float(w)
            for w in condition.any_of
        ]
    limits = {"min": condition.minimum, "max": condition.maximum}
    plain: dict[str, Any] = {
        key: value.isoformat() if isinstance(value, date) else number_text(value)
        for key, value in limits.items()
        if value is not None
    }
    return plain | ({} if condition.empty is None else {"empty": condition.empty})


_WORD_SCHEMA = {"type": ["string", "number", "boolean"]}
_WHERE_SCHEMA = {
    "type": "object",
    "description": (
        "Column to what its cell must be: a word, a list of words, {min, max, empty}; not: {...}; any: [{...}]."
    ),
    "additionalProperties": {
        "anyOf": [
            _WORD_SCHEMA,
            {"type": "array", "items": {"anyOf": [_WORD_SCHEMA, {"type": "object"}]}, "minItems": 1},
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
