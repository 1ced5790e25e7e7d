"""Overrides and what they cost, as lines to read before they are written."""

from __future__ import annotations

from collections.abc import Iterator

from api.analysis.adjust.document import AdjustDocument, OverridePart
from api.analysis.price import PricePart
from api.output.numbers import amount, counted
from api.output.text_layout import aligned, bold, wrapped
from api.text.conflict import conflict_lines, partner_text

_MOVES = 10
"""How many moves a terminal shows; --json has all."""


def adjust_lines(document: AdjustDocument, *, columns: int | None = None) -> Iterator[str]:
    """The lines to print, wrapped to so many columns."""
    if document.together is None:
        yield "No override is filled in."
        return
    yield bold(f"{counted(len(document.overrides), 'override')} by {document.by}: {document.title}")
    for each in document.overrides:
        yield from _override(each, columns)
    yield ""
    yield bold("All together")
    yield from price_lines(document.together, columns)


def _override(each: OverridePart, columns: int | None) -> Iterator[str]:
    when = f" in {each.period}" if each.period else ""
    until = f" until {each.until}" if each.until else ""
    change = amount(each.change, sign=True)
    yield ""
    line = (
        f"{partner_text(each)}, {each.metric}{when}: {amount(each.target_before)} to {amount(each.target)} "
        f"{each.unit} ({change}){until}: {each.reason}"
    )
    yield from wrapped(line, columns, indent=0)
    if each.replaces:
        yield from wrapped(f"in place of what {each.replaces}", columns, indent=2)
    yield from price_lines(each.alone, columns, moves=3)


def price_lines(price: PricePart, columns: int | None, *, moves: int = _MOVES) -> Iterator[str]:
    """What a change of targets does to everybody else."""
    if price.conflict is not None:
        yield "  It cannot be, for hard rules stand against it:"
        yield from (f"  {line}" for line in conflict_lines(price.conflict, columns=columns))
        return
    if price.unevenness_after is None:
        yield f"  The solve failed: {price.reason}"
        return
    yield f"  Unevenness goes from {price.unevenness_before:.6f} to {price.unevenness_after:.6f}."
    for rule in price.rules_that_pay:
        missed = f"missed by {amount(rule.missed_after)} instead of {amount(rule.missed_before)} {rule.unit}"
        reason = f" Its reason: {rule.reason}" if rule.reason else ""
        yield from wrapped(f"{rule.rule}: {missed.rstrip()}.{reason}", columns, indent=2)
    verb = "moves" if price.partners_moved == 1 else "move"
    yield f"  {counted(price.partners_moved, 'partner')} {verb}{', the furthest:' if price.moves else '.'}"
    rows = [
        (
            partner_text(move),
            " ".join(part for part in (move.metric, move.period) if part),
            amount(move.before),
            "to",
            amount(move.after),
            f"({amount(move.change, sign=True)})",
        )
        for move in price.moves[:moves]
    ]
    if rows:
        yield from aligned(rows, right=(2, 4, 5), indent=4)
    if len(price.moves) > moves:
        yield f"    and {len(price.moves) - moves:,} more; --json has all"
