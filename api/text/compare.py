"""A comparison: totals, what moved and why, limits, rules and stretch side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from api.analysis.compare.document import (
    AgainstPart,
    CompareDocument,
    ExtentPart,
    NewLimit,
    RuleOutcome,
    SidePart,
    StepPart,
    TargetMove,
)
from api.output.numbers import amount, counted, percent, whole
from api.output.result_parts import FivePart
from api.output.text_layout import aligned, bold, cut

_NAME_WIDTH = 28
_RULE_WIDTH = 40
_BY_TEXT = ("all", "tier", "type", "region")


def compare_lines(document: CompareDocument, *, most: int) -> Iterator[str]:
    """The lines to print; at most so many moves and partners at limits."""
    sides = document.sides
    yield bold(" | ".join(side.name for side in sides))
    for side in sides:
        yield from state_lines(side)
    yield from _totals(sides)
    for against in document.against_first:
        yield ""
        yield bold(f"{against.side} against {sides[0].name}")
        yield from against_lines(against, most=most)
    yield from _rules(document)
    yield from _stretch(document)


def state_lines(side: SidePart) -> Iterator[str]:
    """Why a side has no targets; nothing if it has."""
    if side.conflict is not None:
        rules = ", ".join(each.rule for each in side.conflict.rules)
        yield f"  {side.name}: these rules cannot all hold: {rules}"
        yield from (f"    {sentence}" for sentence in side.conflict.sentences)
        for repair in side.conflict.repairs[:1]:
            yield f"    the cheapest repair: {repair.sentence}"
    elif side.state != "succeeded":
        yield f"  {side.name}: {side.state}: {side.reason or ''}".rstrip(": ")


def _totals(sides: Sequence[SidePart]) -> Iterator[str]:
    metrics = list(dict.fromkeys(metric for side in sides for metric in side.totals))
    if not metrics:
        return
    rows = [_total(metric, sides) for metric in metrics]
    yield from ("", bold("Placed"))
    titles = ("", *(side.name for side in sides), "", "")
    yield from aligned([titles, *rows], right=range(1, len(sides) + 2))


def _total(metric: str, sides: Sequence[SidePart]) -> tuple[str, ...]:
    found = [side.totals.get(metric) for side in sides]
    placed = [None if each is None else Fraction(each.placed) for each in found]
    cells = [
        _without_targets(side) if each is None else amount(each)
        for each, side in zip(placed, sides, strict=True)
    ]
    units = dict.fromkeys(each.unit for each in found if each is not None)
    if len(units) > 1:
        of_each = [f"{cell} {each.unit}" if each else cell for cell, each in zip(cells, found, strict=True)]
        return (metric, *of_each, "", "")
    unit = next(iter(units))
    first, last = placed[0], placed[-1]
    grown = "" if len(found) > 2 or not first or last is None or last == first else percent(last / first - 1)
    return (metric, *cells, grown, unit if unit != metric else "")


def _without_targets(side: SidePart) -> str:
    return "-" if side.state == "succeeded" else side.state


def against_lines(against: AgainstPart, *, most: int) -> Iterator[str]:
    """What moved from the first side to a later one, why, and who newly stands at a limit."""
    if not against.comparable:
        yield "  nothing to compare: one of them has no targets"
        return
    for metric, (was, became) in against.other_units.items():
        yield f"  {metric}: {was} in the first and {became} in {against.side}: two units are not compared"
    for metric, found in against.metrics.items():
        yield f"  {metric}: {extent_text(found)}"
    yield from _why(against)
    yield from _largest(against, most)
    yield from _limits(against, most)


def extent_text(found: ExtentPart) -> str:
    """12 of 240 targets move: 5 up by 100, 7 down by 100 (of 80 partners 3 up, 4 down)."""
    moved = found.targets_raised + found.targets_lowered
    if not moved:
        return f"none of {counted(found.targets, 'target')} moves"
    parts = []
    if found.targets_raised:
        parts.append(f"{found.targets_raised:,} up by {amount(found.up)}")
    if found.targets_lowered:
        parts.append(f"{found.targets_lowered:,} down by {amount(found.down)}")
    for number, word in ((found.targets_new, "new"), (found.targets_gone, "gone")):
        parts += [f"{number:,} {word}"] if number else []
    text = f"{moved:,} of {counted(found.targets, 'target')} move: {', '.join(parts)}"
    if found.partners == found.targets:
        return text
    return f"{text} (of {counted(found.partners, 'partner')} {_partners(found)})"


def _partners(found: ExtentPart) -> str:
    parts = [f"{found.partners_raised:,} up, {found.partners_lowered:,} down"]
    for number, word in ((found.partners_new, "new"), (found.partners_gone, "gone")):
        parts += [f"{number:,} {word}"] if number else []
    return ", ".join(parts)


def _why(against: AgainstPart) -> Iterator[str]:
    if not against.explained:
        if against.files:
            yield f"  inputs that differ: {', '.join(against.files)}"
        return
    yield from ("", bold("What moved them, one change after the other"))
    if not against.why:
        yield "  the scenarios ask the same"
    for number, step in enumerate(against.why):
        yield f"  {f'{number + 1}. ' if len(against.why) > 1 else ''}{step.sentence}"
        yield from _moved_by(step)


def _moved_by(step: StepPart) -> Iterator[str]:
    moved = {
        metric: found
        for metric, found in step.metrics.items()
        if found.targets_raised + found.targets_lowered
    }
    for metric, found in moved.items():
        yield f"     {metric}: {extent_text(found)}"
    if not moved:
        yield "     moves nothing"


def _largest(against: AgainstPart, most: int) -> Iterator[str]:
    moves = against.moves[:most]
    if not moves:
        return
    whys = len(against.why) if len(against.why) > 1 else 0
    numbers = (f"by {number}." for number in range(1, whys + 1))
    titles = ("partner", "", "tier", "metric", "period", "before", "after", "change", "", *numbers)
    table = [titles, *(_move(move, whys) for move in moves)]
    kept = [n for n in range(len(titles)) if any(each[n] for each in table[1:])]
    if len(against.metrics) == 1:
        kept.remove(3)
    yield from ("", bold(f"The {counted(len(moves), 'largest move')}"))
    right = [kept.index(n) for n in kept if n >= 5]
    yield from aligned([[each[n] for n in kept] for each in table], right=right)


def _move(move: TargetMove, whys: int) -> tuple[str, ...]:
    return (
        move.partner,
        cut(move.name or "", _NAME_WIDTH),
        move.tier or "",
        move.metric,
        move.period or "",
        "-" if move.before is None else amount(move.before),
        "-" if move.after is None else amount(move.after),
        amount(move.change, sign=True),
        "" if move.growth is None else percent(move.growth),
        *(amount(why, sign=True) if float(why) else "" for why in move.why[:whys]),
    )


def _limits(against: AgainstPart, most: int) -> Iterator[str]:
    """Per limit and rule, how many newly stand there, and the first of them."""
    if not against.newly_at_a_limit_in_all:
        return
    yield from ("", bold(f"Newly at a limit: {counted(against.newly_at_a_limit_in_all, 'target')}"))
    groups: dict[tuple[str, str], list[NewLimit]] = {}
    for each in against.newly_at_a_limit:
        groups.setdefault((each.limit, ", ".join(each.binding)), []).append(each)
    rows = sorted(groups.items(), key=lambda each: (-len(each[1]), each[0]))
    yield from aligned(
        (f"{len(found):,} at a {limit}", cut(rules, 60), _first(found, most))
        for (limit, rules), found in rows
    )


def _first(found: Sequence[NewLimit], most: int) -> str:
    names = sorted({each.partner for each in found})
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def _rules(document: CompareDocument) -> Iterator[str]:
    rows = [
        (cut(row.rule, _RULE_WIDTH), *("-" if each is None else _outcome(each) for each in row.sides))
        for row in document.rules
    ]
    if rows:
        yield from ("", bold("Rules"))
        yield from aligned([("", *(side.name for side in document.sides)), *rows])


def _outcome(rule: RuleOutcome) -> str:
    binding = f"binding on {rule.binding:,}" if rule.binding else "not binding"
    if rule.held:
        return f"held, {binding}"
    missed = f"missed by {whole(rule.missed)} {rule.unit}".rstrip()
    times = f" for {rule.missed_by:,}" if rule.missed_by > 1 else ""
    return f"{missed}{times}, {binding}"


def _stretch(document: CompareDocument) -> Iterator[str]:
    found = [row for row in document.spread if row.by in _BY_TEXT]
    if not found:
        return
    several = len({row.metric for row in found}) > 1
    rows = [
        (
            f"{row.metric}, {row.group or 'all'}" if several else row.group or "all",
            *map(_quartiles, row.sides),
        )
        for row in found
    ]
    yield from ("", bold("Stretch: lower quartile, median, upper quartile"))
    titles = ("", *(side.name for side in document.sides))
    yield from aligned([titles, *rows], right=range(1, len(document.sides) + 1))


def _quartiles(five: FivePart | None) -> str:
    if five is None or five.lower_quartile is None or five.median is None or five.upper_quartile is None:
        return "-"
    return "  ".join(map(percent, (five.lower_quartile, five.median, five.upper_quartile)))
