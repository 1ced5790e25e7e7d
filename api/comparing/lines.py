"""A comparison as a planner reads it on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import click
import numpy as np

from api.comparing.tables import causes
from api.outputs.layout import aligned, amount, counted, cut, percent
from scenarios.compare import Against, Comparison, Extent, Moves, Side, effects, extent, rule_names, spreads
from scenarios.exact import decimal_text

_NAME_WIDTH = 28
_RULE_WIDTH = 40
_BY_SHOWN = ("all", "tier", "type", "region")


def comparison_lines(comparison: Comparison, *, most: int) -> Iterator[str]:
    """The lines to print, headings styled; at most so many moves and partners at limits."""
    sides = comparison.sides
    yield head(" | ".join(side.name for side in sides))
    for side in sides:
        yield from state_lines(side)
    yield from _totals(sides)
    for against in comparison.against_first:
        yield ""
        yield head(f"{against.side.name} against {sides[0].name}")
        yield from against_lines(against, most=most)
    yield from _rules(sides)
    yield from _stretch(sides)


def head(text: str) -> str:
    """A heading."""
    return click.style(text, bold=True)


def state_lines(side: Side) -> Iterator[str]:
    """Why a side has no targets; nothing if it has."""
    if side.state == "infeasible":
        rules = ", ".join(each["rule"] for each in side.document["conflict"]["rules"])
        yield f"  {side.name}: these rules cannot all hold: {rules}"
        yield from (f"    {sentence}" for sentence in side.document["conflict"]["sentences"])
    elif side.state != "succeeded":
        yield f"  {side.name}: {side.state}: {side.document.get('reason', '')}".rstrip(": ")


def _totals(sides: Sequence[Side]) -> Iterator[str]:
    totals = [side.document.get("totals") or {} for side in sides]
    metrics = list(dict.fromkeys(metric for found in totals for metric in found))
    if not metrics:
        return
    rows = [_total(metric, [found.get(metric) for found in totals]) for metric in metrics]
    yield from ("", head("Placed"))
    titles = ("", *(side.name for side in sides), "", "")
    yield from aligned([titles, *rows], right=range(1, len(sides) + 2))


def _total(metric: str, found: Sequence[Mapping[str, Any] | None]) -> tuple[str, ...]:
    placed = [None if each is None else Fraction(each["placed"]) for each in found]
    shown = ["-" if each is None else _exactly(each) for each in placed]
    unit = next(each["unit"] for each in found if each is not None)
    first, last = placed[0], placed[-1]
    grown = "" if len(found) > 2 or not first or last in (None, first) else percent(last / first - 1)
    return (metric, *shown, grown, unit if unit != metric else "")


def _exactly(number: Fraction) -> str:
    return amount(number, decimals=len(decimal_text(number, decimals=2).partition(".")[2]))


def _stretch(sides: Sequence[Side]) -> Iterator[str]:
    found = [each for each in spreads(sides) if each[1] in _BY_SHOWN]
    if not found:
        return
    several = len({metric for metric, *_ in found}) > 1
    rows = [
        (f"{metric}, {group or 'all'}" if several else group or "all", *map(_quartiles, numbers))
        for metric, _, group, numbers in found
    ]
    yield from ("", head("Stretch: lower quartile, median, upper quartile"))
    yield from aligned([("", *(side.name for side in sides)), *rows], right=range(1, len(sides) + 1))


def _quartiles(numbers: Mapping[str, Any] | None) -> str:
    if numbers is None or not numbers["partners"]:
        return "-"
    return "  ".join(percent(numbers[name]) for name in ("lower_quartile", "median", "upper_quartile"))


def _rules(sides: Sequence[Side]) -> Iterator[str]:
    outcomes = [{effect["rule"]: _outcome(effect) for effect in effects(side)} for side in sides]
    rows = [
        (cut(rule, _RULE_WIDTH), *(found.get(rule, "-") for found in outcomes)) for rule in rule_names(sides)
    ]
    if rows:
        yield from ("", head("Rules"))
        yield from aligned([("", *(side.name for side in sides)), *rows])


def _outcome(effect: Mapping[str, Any]) -> str:
    binding = f"binding on {effect['binding']:,}" if effect["binding"] else "not binding"
    if effect["held"]:
        return f"held, {binding}"
    missed = f"missed by {amount(Fraction(effect['missed']))} {effect['unit']}".rstrip()
    times = f" for {len(effect['misses']):,}" if len(effect["misses"]) > 1 else ""
    return f"{missed}{times}, {binding}"


def against_lines(against: Against, *, most: int) -> Iterator[str]:
    """What moved from the first side to a later one, why, and who newly stands at a limit."""
    moved = against.moves
    if moved is None:
        yield "  nothing to compare: one of them has no targets"
        return
    for metric in moved.metrics():
        yield f"  {metric}: {extent_text(extent(moved, metric), len(np.flatnonzero(moved.of(metric))))}"
    yield from _why(against, moved)
    yield from _largest(against, moved, most)
    yield from _limits(moved, most)


def extent_text(found: Extent, of: int) -> str:
    """12 of 240 targets move: 5 up by 100, 7 down by 100."""
    if not found.moved:
        return f"none of {counted(of, 'target')} moves"
    parts = []
    if found.raised:
        parts.append(f"{found.raised:,} up by {_exactly(found.up)}")
    if found.lowered:
        parts.append(f"{found.lowered:,} down by {_exactly(found.down)}")
    parts += [f"{number:,} {word}" for number, word in ((found.new, "new"), (found.gone, "gone")) if number]
    return f"{found.moved:,} of {counted(of, 'target')} move: {', '.join(parts)}"


def _why(against: Against, moved: Moves) -> Iterator[str]:
    if not against.explained:
        if against.files:
            yield f"  inputs that differ: {', '.join(against.files)}"
        return
    names = causes(against)
    yield from ("", head("What moved them, one change after the other"))
    if not names:
        yield "  the scenarios ask the same"
    for number, name in enumerate(names):
        yield f"  {_numbered(number, names)}{name}"
        for metric in moved.metrics():
            found = extent(moved, metric, number)
            if found.moved:
                yield f"     {metric}: {extent_text(found, len(np.flatnonzero(moved.of(metric))))}"
        if not any(extent(moved, metric, number).moved for metric in moved.metrics()):
            yield "     moves nothing"


def _numbered(number: int, names: Sequence[str]) -> str:
    return f"{number + 1}. " if len(names) > 1 else ""


def _largest(against: Against, moved: Moves, most: int) -> Iterator[str]:
    rows = moved.largest(most)
    if not rows:
        return
    whys = causes(against) if len(causes(against)) > 1 else []
    names = against.side.names or {}
    titles = ("partner", "", "metric", "period", "before", "after", "change", "",
              *(f"by {number}." for number in range(1, len(whys) + 1)))  # fmt: skip
    table = [titles, *(_move(moved, row, names, len(whys)) for row in rows)]
    kept = [n for n in range(len(titles)) if any(each[n] for each in table[1:])]
    if len(moved.metrics()) == 1:
        kept.remove(2)
    yield from ("", head(f"The {counted(len(rows), 'largest move')}"))
    right = [kept.index(n) for n in kept if n >= 4]
    yield from aligned([[each[n] for n in kept] for each in table], right=right)


def _move(moved: Moves, row: int, names: Mapping[str, str], whys: int) -> tuple[str, ...]:
    change, was, became = moved.change.at(row), moved.before.at(row), moved.after.at(row)
    return (
        moved.partner[row],
        cut(names.get(moved.partner[row], ""), _NAME_WIDTH),
        moved.metric[row],
        moved.period[row],
        _exactly(was) if moved.was[row] else "-",
        _exactly(became) if moved.is_there[row] else "-",
        _signed(change),
        percent(change / was) if was else "",
        *(_signed(cause.at(row)) if cause.at(row) else "" for cause in moved.causes[:whys]),
    )


def _signed(number: Fraction) -> str:
    return f"{'+' if number > 0 else ''}{_exactly(number)}"


def _limits(moved: Moves, most: int) -> Iterator[str]:
    """Per limit and rule, how many newly stand there, and the first of them."""
    reached = np.flatnonzero(moved.reached)
    if not len(reached):
        return
    yield from ("", head(f"Newly at a limit: {counted(len(reached), 'target')}"))
    groups: dict[tuple[str, str], list[int]] = {}
    for row in reached.tolist():
        groups.setdefault((moved.stands[row], moved.binding[row]), []).append(row)
    rows = sorted(groups.items(), key=lambda each: (-len(each[1]), each[0]))
    yield from aligned(
        (f"{len(found):,} at a {limit}", cut(rules, 60), _first(moved, found, most))
        for (limit, rules), found in rows
    )


def _first(moved: Moves, rows: Sequence[int], most: int) -> str:
    names = sorted({moved.partner[row] for row in rows})
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"
