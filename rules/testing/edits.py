"""Edits: small changes to one thing that a rule says, a number or a part of its `where`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from rules.number_text import number_text
from rules.rule import Rule

Path = tuple[str, ...]
"""The keys that lead to what is changed."""
Data = Mapping[str, Any]
"""The fields of a rule, as written."""

_NOT_EDITED = frozenset({"name", "kind", "metric", "period", "where", "priority", "weight", "reason"})
_PERCENT = Fraction(1, 100)


@dataclass(frozen=True)
class Edit:
    """A rule with one thing changed."""

    path: Path
    """What is changed; of a list also the entry."""
    description: str
    """The change, as people say it."""
    data: Data
    """The fields with the change."""
    widens: bool = False
    """Whether the rule then speaks of partners that this part of it leaves out."""


def number_edits(data: Data, rule: Rule, step: Fraction) -> Iterator[Edit]:
    """Each number of the rule, larger and smaller by a share of itself (zero: by one, or one percent)."""
    for path, number in _numbers(rule):
        before = _at(data, path)
        unit = _PERCENT if isinstance(before, str) and before.endswith("%") else Fraction(1)
        size = abs(number) * step or unit * min(Fraction(1), 10 * step)
        for changed in (number + size, number - size):
            description = f"{'.'.join(path)} {before} → {_formatted(changed, before)}"
            yield Edit(path, description, _with(data, path, number_text(changed)))


def list_edits(data: Data, rule: Rule) -> Iterator[Edit]:
    """Each list of names without one of them."""
    for field in sorted(rule.model_fields_set - _NOT_EDITED):
        names = getattr(rule, field)
        if isinstance(names, tuple) and len(names) > 1:
            for number, name in enumerate(names):
                fewer = [*names[:number], *names[number + 1 :]]
                yield Edit((field, str(name)), f"{field} without {name}", _with(data, (field,), fewer))


def where_edits(data: Data) -> Iterator[Edit]:
    """The rule without one of its conditions, and without one of the words of a condition."""
    where = data.get("where")
    if not isinstance(where, Mapping):
        return
    for column, wanted in where.items():
        path = ("where", column)
        yield Edit(path, f"without where {column}", _without(data, path), widens=True)
        if isinstance(wanted, list) and len(wanted) > 1:
            for number, word in enumerate(wanted):
                fewer = [*wanted[:number], *wanted[number + 1 :]]
                yield Edit((*path, str(word)), f"where {column} without {word}", _with(data, path, fewer))
        elif isinstance(wanted, Mapping) and len(wanted) > 1 and column != "not":
            for key in wanted:
                inner = (*path, key)
                yield Edit(inner, f"where {column} without {key}", _without(data, inner), widens=True)


def _numbers(rule: Rule) -> Iterator[tuple[Path, Fraction]]:
    for field in type(rule).model_fields:
        if field not in rule.model_fields_set or field in _NOT_EDITED:
            continue
        value = getattr(rule, field)
        items = value.items() if isinstance(value, dict) else ()
        for path, number in [((field,), value), *(((field, str(key)), each) for key, each in items)]:
            if isinstance(number, Fraction):
                yield path, number


def _at(data: Data, path: Path) -> Any:
    return data[path[0]] if len(path) == 1 else _at(data[path[0]], path[1:])


def _with(data: Data, path: Path, value: object) -> dict[str, Any]:
    inner = value if len(path) == 1 else _with(data[path[0]], path[1:], value)
    return {**data, path[0]: inner}


def _without(data: Data, path: Path) -> dict[str, Any]:
    """The fields without the one that the keys lead to, and without mappings that this leaves empty."""
    rest = {key: value for key, value in data.items() if key != path[0]}
    if len(path) == 1:
        return rest
    inner = _without(data[path[0]], path[1:])
    return {**rest, path[0]: inner} if inner else rest


def _formatted(number: Fraction, like: object) -> str:
    """The number written as another one is: in percent, or plainly."""
    if isinstance(like, str) and like.endswith("%"):
        return f"{number_text(number * 100)}%"
    return number_text(number)
