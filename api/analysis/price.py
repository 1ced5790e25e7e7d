"""The price of other targets: what a solve with them differs in from the one without."""

from __future__ import annotations

from collections.abc import Mapping

from api.output.conflict_document import ConflictPart, conflict_of, reasons_of
from api.output.document import Amount, Document
from api.output.partner_names import PartnerNames, PartnerPart
from api.output.solve_state import State
from rules import RuleBook
from scenarios.values.rational_array import decimal_text
from solver import Allocation
from solver.questions.what_if import Move, moves, paying


class AboutRule(Document):
    """A rule, and why it is there."""

    rule: str
    kind: str
    priority: int | None
    """Null for a hard rule."""
    reason: str
    file: str
    line: int | None


class PayingPart(AboutRule):
    """A rule that gives way further, or less."""

    unit: str
    missed_before: Amount
    missed_after: Amount


class MovePart(PartnerPart):
    """A target that moves."""

    metric: str
    period: str | None
    before: Amount
    after: Amount
    change: Amount


class PricePart(Document):
    """What a change of targets does to everybody else."""

    state: State
    """Of the solve with the change; infeasible: hard rules forbid it."""
    reason: str | None
    """Why the solve failed."""
    conflict: ConflictPart | None
    """Why there are no targets with it."""
    unevenness_before: float
    unevenness_after: float | None
    """How far the targets are from fair shares, in all; null where there are none."""
    rules_that_pay: tuple[PayingPart, ...]
    """Rules that give way further, or less."""
    partners_moved: int
    """Partners with another target, those of the change among them."""
    moves: tuple[MovePart, ...]
    """Every target that moves: the furthest of each metric, then the second of each, and so on."""


def price(before: Allocation, after: Allocation, names: PartnerNames) -> PricePart:
    """What the second allocation differs in from the first, which has targets."""
    solved = after.state == "succeeded"
    moved = list(moves(before, after)) if solved else []
    return PricePart(
        state=after.state,
        reason=after.reason or None,
        conflict=conflict_of(after, names),
        unevenness_before=before.unevenness,
        unevenness_after=after.unevenness if solved else None,
        rules_that_pay=_paying(before, after) if solved else (),
        partners_moved=len({move.partner for move in moved}),
        moves=tuple(_move(move, names) for move in moved),
    )


def about_rule(name: str, book: RuleBook, reasons: Mapping[str, str]) -> AboutRule:
    """The rule in the book; one that what-if adds is a lock without a place in a file."""
    rule = next((rule for rule in book.rules if rule.name == name), None)
    place = book.places.get(name)
    return AboutRule(
        rule=name,
        kind=rule.kind if rule else "lock",
        priority=rule.priority if rule else None,
        reason=reasons.get(name, ""),
        file=place.file if place else "",
        line=place.line if place else None,
    )


def _paying(before: Allocation, after: Allocation) -> tuple[PayingPart, ...]:
    units = {effect.rule: effect.unit for effect in after.effects}
    reasons = reasons_of(after)
    return tuple(
        PayingPart(
            **dict(about_rule(name, after.book, reasons)),
            unit=units[name],
            missed_before=decimal_text(was),
            missed_after=decimal_text(now),
        )
        for name, was, now in paying(before.effects, after.effects)
    )


def _move(move: Move, names: PartnerNames) -> MovePart:
    return MovePart(
        **names.of(move.partner),
        metric=move.metric,
        period=move.period or None,
        before=decimal_text(move.before),
        after=decimal_text(move.after),
        change=decimal_text(move.by),
    )
