"""One partner's receipts, what people decided about it, and what would change its targets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from api.analysis.explain.document import (
    ExplainDocument,
    InsteadPart,
    ItemPart,
    ReachPart,
    TargetPart,
    WithoutPart,
)
from api.analysis.price import MovePart
from api.output.adjustments import AdjustmentPart
from api.output.numbers import amount, counted, decimals_of, percent, whole
from api.output.partner_names import PartnerPart
from api.output.text_layout import aligned, bold, cut, width, wrapped
from api.text.conflict import conflict_lines, partner_text

_CENTS = 2
_FIXED = 1e-9
"""Relative difference below which a floor and a cap are one number: they are floats to six decimals."""
_MOVES = 10
"""How many moves a terminal shows; --json has all."""
_NAME_WIDTH = 28


def explain_lines(document: ExplainDocument, *, columns: int | None = None) -> Iterator[str]:
    """The lines to print, reasons wrapped to so many columns."""
    if document.conflict is not None:
        yield from conflict_lines(document.conflict, columns=columns)
        return
    if document.state == "failed":
        yield f"The solve failed: {document.reason}."
        return
    if document.instead is None and document.reach is None:
        yield from _statement(document, columns)
    for metric, found in document.without.items():
        yield from _without(metric, found, columns)
    if document.instead is not None:
        yield from _instead(document, document.instead, columns)
    if document.reach is not None:
        yield from reach_lines(document, document.reach, columns)


def _statement(document: ExplainDocument, columns: int | None) -> Iterator[str]:
    title = "  ".join(part for part in (document.partner, document.name, document.tier) if part)
    yield bold(title)
    yield document.title
    for target in document.targets:
        yield ""
        yield from _target(target, columns)
    if any(target.period for target in document.targets):
        yield from _wholes(document.targets)
    yield from _adjustments(document.adjustments, columns)


def _wholes(targets: Sequence[TargetPart]) -> Iterator[str]:
    """For each metric, what the targets of all periods come to."""
    for metric in dict.fromkeys(target.metric for target in targets):
        parts = [target for target in targets if target.metric == metric]
        total = sum((Fraction(part.target) for part in parts), Fraction(0))
        yield ""
        yield f"{metric} in all: {amount(total, decimals=decimals_of(parts[0].round_to))} {parts[0].unit}"


def _adjustments(found: Sequence[AdjustmentPart], columns: int | None) -> Iterator[str]:
    for each in found:
        when = f" in {each.period}" if each.period else ""
        state = "" if each.applied else ", no longer applied"
        until = f" until {each.until}" if each.until else ""
        approved = f", approved by {each.approved_by}" if each.approved_by else ""
        yield ""
        message = f"{each.by} set {each.metric}{when} to {amount(each.target)}{until}{approved}{state}: {each.reason}"
        yield from wrapped(message, columns, indent=0)


def _target(target: TargetPart, columns: int | None) -> Iterator[str]:
    period = f" in {target.period}" if target.period else ""
    unit = f", {target.unit}" if target.unit != target.metric else ""
    yield bold(f"{target.metric}{period}{unit}")
    amounts = [amount(item.amount, decimals=_CENTS, sign=n > 0) for n, item in enumerate(target.receipt)]
    total = amount(target.target, decimals=_CENTS)
    labels = [*(_label(item) for item in target.receipt), "", "target"]
    amounts += ["-" * max(map(len, [*amounts, total])), total]
    beside = [*(item.reason for item in target.receipt), "", _beside(target)]
    left = aligned(zip(labels, amounts, strict=True), right=(1,))
    for line, note in zip(left, beside, strict=True):
        yield from _noted(line, note, columns)
    yield from wrapped(_range(target), columns, indent=2)


def _noted(line: str, note: str, columns: int | None) -> Iterator[str]:
    """The line with a note beside it, which goes on below itself where it is long."""
    first, *more = wrapped(note, columns, indent=width(line) + 2) or [""]
    yield f"{line}  {first.strip()}".rstrip()
    yield from more


def _label(item: ItemPart) -> str:
    return f"{item.kind}: {item.item}" if item.kind in ("floor", "cap") else item.item


def _beside(target: TargetPart) -> str:
    decimals = decimals_of(target.round_to)
    parts = []
    if target.growth is not None and target.baseline is not None:
        parts.append(f"{percent(target.growth)} on {amount(target.baseline, decimals=decimals)}")
    if target.stretch is not None:
        parts.append(f"stretch {percent(target.stretch)}")
    return ", ".join(parts)


def _range(target: TargetPart) -> str:
    decimals = decimals_of(target.round_to)
    least = amount(target.floor, decimals=decimals)
    if target.cap is None:
        limits = f"at least {least}"
    elif abs(float(target.cap) - float(target.floor)) <= _FIXED * float(target.cap):
        limits = f"fixed at {least}"
    else:
        limits = f"between {least} and {amount(target.cap, decimals=decimals)}"
    binding = f"; at work: {', '.join(target.binding)}" if target.binding else ""
    return f"limits: {limits}{binding}"


def _without(metric: str, found: Sequence[WithoutPart], columns: int | None) -> Iterator[str]:
    """What the target would be without each rule at work on it."""
    if not found:
        return
    yield ""
    yield f"What would move {metric}, each solved again:"
    rows = [
        (
            f"without {one.rule}",
            "no answer" if one.target is None else amount(one.target, decimals=_CENTS),
            "" if one.change is None else amount(one.change, decimals=_CENTS, sign=True),
        )
        for one in found
    ]
    for line, one in zip(aligned(rows, right=(1, 2)), found, strict=True):
        yield from _noted(line, one.reason, columns)


def _instead(document: ExplainDocument, found: InsteadPart, columns: int | None) -> Iterator[str]:
    """What it costs to give a partner another target."""
    yield bold(f"{partner_text(document)}, {found.metric}: {amount(found.target)} {found.unit} instead")
    if found.conflict is not None:
        yield "  It cannot be, for hard rules stand against it:"
        yield from (f"  {line}" for line in conflict_lines(found.conflict, columns=columns))
        return
    if found.unevenness_after is None:
        yield f"  The solve failed: {found.reason}"
        return
    yield f"  Unevenness goes from {found.unevenness_before:.6f} to {found.unevenness_after:.6f}."
    if not found.rules_that_pay:
        yield "  Every rule holds as it did."
    for rule in found.rules_that_pay:
        missed = f"missed by {amount(rule.missed_after)} instead of {amount(rule.missed_before)} {rule.unit}"
        reason = f" Its reason: {rule.reason}" if rule.reason else ""
        yield from wrapped(f"{rule.rule}: {missed.rstrip()}.{reason}", columns, indent=2)
    moves = "moves" if found.partners_moved == 1 else "move"
    yield f"  {counted(found.partners_moved, 'partner')} {moves}, the furthest:"
    yield from _moves(found.moves)


def _moves(moves: Sequence[MovePart]) -> Iterator[str]:
    rows = [
        (
            move.partner,
            cut(move.name or "", _NAME_WIDTH),
            move.tier or "",
            " ".join(part for part in (move.metric, move.period) if part),
            amount(move.before),
            "to",
            amount(move.after),
            f"({amount(move.change, sign=True)})",
        )
        for move in moves[:_MOVES]
    ]
    if rows:
        kept = [n for n in range(8) if any(row[n] for row in rows)]
        right = [kept.index(n) for n in (4, 6, 7)]
        yield from aligned([[row[n] for n in kept] for row in rows], right=right, indent=4)
    if len(moves) > _MOVES:
        yield f"    and {len(moves) - _MOVES:,} more; --json has all"


def reach_lines(partner: PartnerPart, found: ReachPart, columns: int | None = None) -> Iterator[str]:
    """What would bring a partner's target to where it is wanted."""
    wanted = f"{amount(found.target)} {found.unit}".rstrip()
    who = partner_text(partner)
    yield from wrapped(
        f"What would bring {found.metric} of {who} to {wanted}, each solved again, the least moving first:",
        columns,
        indent=0,
    )
    if not found.ways:
        yield "  No single number of a rule at work on it."
    for way in found.ways:
        moved = f"{amount(way.target, decimals=_CENTS)}, and {whole(way.moved)} moves in all."
        reason = f" Its reason: {way.reason}" if way.reason else ""
        yield from wrapped(f"{way.sentence}: {moved}{reason}", columns, indent=2)
