"""What-if answers in lines that a planner reads: what would move a target, what another costs, what it would take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from api.outputs.conflict import conflict_lines

if TYPE_CHECKING:
    from solver import Instead, Way, Without
    from solver.whatif import Move

_SHOWN = 10


def why_lines(metric: str, found: Sequence[Without]) -> Iterator[str]:
    """What the target would be without each rule at work on it."""
    if not found:
        return
    yield f"What would move {metric}, each solved again:"
    width = max(len(one.rule) for one in found)
    for one in found:
        target = "no answer" if one.target is None else f"{one.target:,.2f}"
        yield f"  without {one.rule:<{width}}  {target:>16}"


def instead_lines(partner: str, metric: str, found: Instead) -> Iterator[str]:
    """What it costs to give a partner another target."""
    yield f"{partner}, {metric}: {_amount(found.target)} instead"
    if found.broken is not None:
        yield "  It cannot be, for hard rules stand against it:"
        yield from (f"  {line}" for line in conflict_lines(found.broken))
        return
    if found.answer.state != "succeeded":
        yield f"  The solve failed: {found.answer.reason}"
        return
    before, after = found.unevenness
    yield f"  Unevenness goes from {before:.6f} to {after:.6f}."
    if not found.paying:
        yield "  Every rule holds as it did."
    for rule, was, now in found.paying:
        yield f"  {rule}: missed by {_amount(now)} instead of {_amount(was)}."
    partners = len({move.partner for move in found.moves})
    yield f"  {partners:,} {'partner moves' if partners == 1 else 'partners move'}, the furthest:"
    yield from (_move_line(move) for move in found.moves[:_SHOWN])


def way_lines(partner: str, metric: str, target: Fraction, found: Sequence[Way]) -> Iterator[str]:
    """What would bring a partner's target to where it is wanted."""
    yield f"What would bring {metric} of {partner} to {_amount(target)}, each solved again, the least moving first:"
    if not found:
        yield "  No single number of a rule at work on it."
    for way in found:
        yield f"  {way.sentence}: {way.target:,.2f}, and {way.moved:,.0f} moves in all."


def _move_line(move: Move) -> str:
    part = f" {move.period}" if move.period else ""
    change = f"{'+' if move.by > 0 else ''}{_amount(move.by)}"
    return (
        f"    {move.partner} {move.metric}{part}  {_amount(move.before)} to {_amount(move.after)} ({change})"
    )


def _amount(number: Fraction) -> str:
    return f"{float(number):,.2f}".removesuffix(".00")
