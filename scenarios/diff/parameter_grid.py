"""Sweeping: a grid of values for fields of a scenario's targets and rules, and what is possible in it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any

from scenarios.findings.finding import Place, Report, did_you_mean
from scenarios.scenario import Entry, Scenario
from scenarios.values.located import Map
from scenarios.values.parse_number import parse_number
from scenarios.values.quoting import quoted
from scenarios.values.rational_array import decimal_text
from scenarios.yaml.scalars import resolve

MOST_POINTS = 10_000
"""How many points a grid may have."""

_SUFFIX = {"k": 1_000, "M": 1_000_000, "G": 1_000_000_000}
_SUFFIXED = re.compile(r"([-+]?[0-9.]+)([kMG])", re.ASCII)


class Unclear(ValueError):  # noqa: N818
    """What to sweep is not spelled as it should be."""


@dataclass(frozen=True)
class Value:
    """One value of a parameter."""

    text: str
    """As people wrote it, or would have."""
    data: Any
    """As a scenario file would hold it; None takes the field away."""


@dataclass(frozen=True)
class Parameter:
    """A field of a target or rule, and the values it is to take."""

    reference: str
    """`everyone grows.growth_min`, as it was given."""
    values: tuple[Value, ...]
    """In the order given; no two alike."""

    @property
    def place(self) -> Place:
        """Where findings about it point."""
        return Place(f"--set {self.reference}")


@dataclass(frozen=True)
class Spot:
    """Where in a scenario a parameter is set."""

    entry: str
    """The name of the target or rule."""
    path: tuple[str, ...]
    """The field, and keys within it."""


@dataclass(frozen=True)
class Reach:
    """For one choice of all other parameters, the values of one that can be had."""

    others: tuple[str, ...]
    """The other parameters' values, in the order of the parameters."""
    possible: tuple[str, ...]
    """The values for which there is an allocation, in order."""
    gaps: bool
    """Whether a value between the first and the last is not possible."""


def parse_parameter(text: str) -> Parameter:
    """The parameter in `NAME.FIELD=FROM:TO:STEP` or `NAME.FIELD=A,B,C`. Raises Unclear."""
    reference, sign, values = text.rpartition("=")
    if not sign or "." not in reference.strip(". ") or not values.strip():
        raise Unclear(f"{quoted(text)} is not NAME.FIELD=FROM:TO:STEP or NAME.FIELD=A,B,C")
    found = tuple(_values(values.strip()))
    if len({value.text for value in found}) < len(found):
        raise Unclear(f"{quoted(text)} names a value twice")
    return Parameter(reference.strip(), found)


def _values(text: str) -> Iterator[Value]:
    if ":" not in text:
        yield from (_value(part.strip()) for part in text.split(","))
        return
    parts = [part.strip() for part in text.split(":")]
    if len(parts) != 3:
        raise Unclear(f"{quoted(text)} is not FROM:TO:STEP")
    low, high, step = map(_number, parts)
    if step <= 0 or high < low:
        raise Unclear(f"{quoted(text)} leads nowhere; FROM is the least, TO the most, STEP above zero")
    count = int((high - low) / step) + 1
    if count > MOST_POINTS:
        raise Unclear(f"{quoted(text)} has {count:,} values, more than {MOST_POINTS:,}")
    yield from (_step(low + number * step, parts) for number in range(count))


def _value(text: str) -> Value:
    """A single value: a number with k or M, or whatever YAML would make of it."""
    if not text:
        raise Unclear("a value is empty; write null to take the field away")
    if _SUFFIXED.fullmatch(text):
        return Value(text, _plain(_number(text)))
    try:
        return Value(text, resolve(text))
    except ValueError as error:
        raise Unclear(str(error)) from None


def _number(text: str) -> Fraction:
    match = _SUFFIXED.fullmatch(text)
    try:
        return parse_number(match[1]) * _SUFFIX[match[2]] if match else parse_number(text)
    except ValueError as error:
        raise Unclear(f"a value {error}; write 3%, 1200.50, 40k or 38M") from None


def _step(number: Fraction, parts: Sequence[str]) -> Value:
    """A value of a range, spelled as its ends are."""
    if any(part.endswith("%") for part in parts):
        text = f"{decimal_text(number * 100)}%"
        return Value(text, text)
    for suffix in sorted({part[-1] for part in parts} & set(_SUFFIX), key=_SUFFIX.__getitem__, reverse=True):
        return Value(f"{decimal_text(number / _SUFFIX[suffix])}{suffix}", _plain(number))
    return Value(decimal_text(number), _plain(number))


def _plain(number: Fraction) -> int | Decimal:
    return int(number) if number.denominator == 1 else Decimal(decimal_text(number))


def locate(scenario: Scenario, parameter: Parameter, report: Report) -> Spot | None:
    """The target or rule and the field that a parameter speaks of; None with a finding."""
    names = [entry.name for entry in (*scenario.targets, *scenario.rules)]
    found = [name for name in names if parameter.reference.startswith(f"{name}.")]
    if found:
        name = max(found, key=len)
        return Spot(name, tuple(parameter.reference[len(name) + 1 :].split(".")))
    meant = parameter.reference.rpartition(".")[0]
    remedy = did_you_mean(meant, names) or f"There are: {', '.join(names)}."
    report.error("unknown-name", parameter.place, f"there is no rule or target {quoted(meant)}", remedy)
    return None


def grid(parameters: Sequence[Parameter]) -> Iterator[tuple[Value, ...]]:
    """Every combination of values, the last parameter's fastest."""
    yield from product(*(parameter.values for parameter in parameters))


def variant(scenario: Scenario, settings: Mapping[Spot, tuple[Value, Place]]) -> Scenario:
    """The scenario with fields set; findings about them will point to the given places."""
    entries = {entry.name: entry for entry in (*scenario.targets, *scenario.rules)}
    for spot, (value, place) in settings.items():
        entry = entries[spot.entry]
        entries[spot.entry] = replace(entry, data=_set(entry.data, spot.path, value.data, place))
    return replace(
        scenario,
        targets=_taken(scenario.targets, entries),
        rules=_taken(scenario.rules, entries),
    )


def _taken(entries: Sequence[Entry], by_name: Mapping[str, Entry]) -> tuple[Entry, ...]:
    return tuple(by_name[entry.name] for entry in entries)


def _set(data: Map, path: tuple[str, ...], value: Any, place: Place) -> Map:
    """A copy in which the field, or a key within it, has the value."""
    copy, (key, *rest) = data.copy(), path
    if rest:
        inner = data.get(key)
        value = _set(inner if isinstance(inner, Map) else Map(place), tuple(rest), value, place)
    if value is not None:
        copy.put(key, value, place, place)
    elif key in copy:
        copy.drop(key)
    return copy


def frontier(parameters: Sequence[Parameter], possible: Mapping[tuple[str, ...], bool]) -> list[list[Reach]]:
    """Per parameter, for each choice of the others, the values that can be had.

    `possible` says of each point, by the texts of its values, whether there is an allocation.
    """
    return [
        [_reach(parameters, number, others, possible) for others in _others(parameters, number)]
        for number in range(len(parameters))
    ]


def _others(parameters: Sequence[Parameter], number: int) -> Iterator[tuple[str, ...]]:
    rest = (*parameters[:number], *parameters[number + 1 :])
    yield from product(*([value.text for value in parameter.values] for parameter in rest))


def _reach(
    parameters: Sequence[Parameter],
    number: int,
    others: tuple[str, ...],
    possible: Mapping[tuple[str, ...], bool],
) -> Reach:
    texts = [value.text for value in parameters[number].values]
    had = [possible[(*others[:number], text, *others[number:])] for text in texts]
    first, last = (had.index(True), len(had) - had[::-1].index(True)) if any(had) else (0, 0)
    return Reach(others, tuple(t for t, can in zip(texts, had, strict=True) if can), not all(had[first:last]))
