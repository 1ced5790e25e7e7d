"""The statement: one partner's receipts, item by item, with the reason of every rule in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import Any

import click
import numpy as np

from api.outputs.layout import aligned, amount, decimals_of, percent, width, wrapped
from scenarios.exact import decimal_text
from solver import Allocation

_NAME = "name"
_CENTS = 2
_NEARLY_NOTHING = 1e-9


@dataclass(frozen=True)
class Item:
    """One line of a receipt."""

    item: str
    """The rule's name, or what it is."""
    kind: str
    """fair share, pull, forced, floor, cap or rounding."""
    amount: Fraction
    """In the metric's unit."""
    reason: str
    """Why the rule is there."""


@dataclass(frozen=True)
class Statement:
    """How one target was made."""

    partner: str
    metric: str
    period: str
    """Empty where the period is not divided."""
    unit: str
    decimals: int
    """Of targets."""
    baseline: Fraction | None
    """None where nobody has stated one."""
    fair_share: float
    floor: float
    cap: float
    """inf: none."""
    unrounded: float
    target: Fraction
    binding: tuple[str, ...]
    """Names of rules that the target stands at or that pull it."""
    items: tuple[Item, ...]
    """They add up to the target."""

    @property
    def growth(self) -> Fraction | None:
        """On the baseline; None without one."""
        return self.target / self.baseline - 1 if self.baseline else None

    @property
    def stretch(self) -> float | None:
        """Beyond the fair share; None without one."""
        return float(self.target) / self.fair_share - 1 if self.fair_share > 0 else None

    def document(self) -> dict[str, Any]:
        """As JSON says it; amounts are decimals in quotes."""
        return {
            "metric": self.metric,
            **({"period": self.period} if self.period else {}),
            "unit": self.unit,
            "baseline": None if self.baseline is None else decimal_text(self.baseline),
            "fair_share": _text(self.fair_share),
            "floor": _text(self.floor),
            "cap": _text(self.cap) if isfinite(self.cap) else None,
            "unrounded": _text(self.unrounded),
            "target": decimal_text(self.target),
            "growth": None if self.growth is None else round(float(self.growth), 6),
            "stretch": None if self.stretch is None else round(self.stretch, 6),
            "binding": list(self.binding),
            "receipt": [
                {"item": i.item, "kind": i.kind, "amount": decimal_text(i.amount), "reason": i.reason}
                for i in self.items
            ],
        }


def statement_document(allocation: Allocation, found: list[Statement]) -> dict[str, Any]:
    """All statements of a partner, as JSON says them."""
    partner = found[0].partner
    return {
        "scenario": allocation.scenario.name,
        "partner": partner,
        "name": _name(allocation, partner),
        "targets": [statement.document() for statement in found],
    }


def _name(allocation: Allocation, partner: str) -> str:
    """What the partner is called, if the table has a column for it."""
    table = allocation.scenario.table
    row = table.position(partner)
    return str(table.text(_NAME)[row]) if _NAME in table.columns and row is not None else ""


def _text(number: float) -> str:
    return decimal_text(round(Fraction(number), 6))


def statements(allocation: Allocation, partner: str) -> list[Statement]:
    """The statements of a partner, by metric and period. Raises KeyError for an unknown partner."""
    frame = allocation.frame
    if allocation.scenario.table.position(partner) is None:
        raise KeyError(partner)
    position = frame.columns.ids.index(partner)
    return [_statement(allocation, cell) for cell in range(position, frame.size, frame.partners)]


def _statement(allocation: Allocation, cell: int) -> Statement:
    frame, receipts = allocation.frame, allocation.receipts
    assert receipts is not None, "only an allocation with targets has receipts"
    block, position = divmod(cell, frame.partners)
    name = tuple(frame.metrics)[block // frame.parts]
    period = frame.periods[block % frame.parts] if frame.periods else ""
    metric, reasons = frame.metrics[name], {rule.name: rule.reason for rule in allocation.book.rules}
    stated = metric.baseline is not None and not frame.columns.empty(metric.baseline)[position]
    baseline = (frame.within(period) if period else frame).baseline(name)
    return Statement(
        partner=frame.columns.ids[position],
        metric=name,
        period=period,
        unit=metric.unit,
        decimals=decimals_of(metric.round_to),
        baseline=baseline.at(position) if stated else None,
        fair_share=float(allocation.fair_share[cell]),
        floor=float(allocation.floor[cell]),
        cap=float(allocation.cap[cell]),
        unrounded=float(allocation.unrounded[cell]),
        target=allocation.target.at(cell),
        binding=tuple(part for part in str(allocation.binding[cell]).split("; ") if part),
        items=tuple(Item(*line, reasons.get(line[0], "")) for line in receipts.of(cell)),
    )


def statement_lines(
    allocation: Allocation, found: list[Statement], *, columns: int | None = None
) -> Iterator[str]:
    """The lines to print of a partner's statements, headings styled; reasons wrapped to so many columns."""
    partner = found[0].partner
    yield click.style(f"{partner}  {_name(allocation, partner)}".rstrip(), bold=True)
    yield allocation.scenario.title
    for statement in found:
        yield ""
        yield from _lines(statement, columns)
    if allocation.frame.periods:
        yield from _wholes(found)


def _wholes(found: list[Statement]) -> Iterator[str]:
    """For each metric, what the targets of all periods come to."""
    for metric in dict.fromkeys(statement.metric for statement in found):
        parts = [statement for statement in found if statement.metric == metric]
        whole = sum((part.target for part in parts), Fraction(0))
        yield ""
        yield f"{metric} in all: {amount(whole, decimals=parts[0].decimals)} {parts[0].unit}"


def _lines(statement: Statement, columns: int | None) -> Iterator[str]:
    period = f" in {statement.period}" if statement.period else ""
    unit = f", {statement.unit}" if statement.unit != statement.metric else ""
    yield click.style(f"{statement.metric}{period}{unit}", bold=True)
    amounts = [amount(item.amount, decimals=_CENTS, sign=n > 0) for n, item in enumerate(statement.items)]
    target = amount(statement.target, decimals=_CENTS)
    labels = [*(_label(item) for item in statement.items), "", "target"]
    amounts += ["-" * max(map(len, [*amounts, target])), target]
    beside = [*(item.reason for item in statement.items), "", _beside(statement)]
    left = aligned(zip(labels, amounts, strict=True), right=(1,))
    for line, note in zip(left, beside, strict=True):
        yield from _noted(line, note, columns)
    yield from wrapped(_range(statement), columns, indent=2)


def _noted(line: str, note: str, columns: int | None) -> Iterator[str]:
    """The line with a note beside it, which goes on below itself where it is long."""
    first, *more = wrapped(note, columns, indent=width(line) + 2) or [""]
    yield f"{line}  {first.strip()}".rstrip()
    yield from more


def _label(item: Item) -> str:
    return f"{item.kind}: {item.item}" if item.kind in ("floor", "cap") else item.item


def _beside(statement: Statement) -> str:
    said = []
    if statement.growth is not None and statement.baseline is not None:
        said.append(
            f"{percent(statement.growth)} on {amount(statement.baseline, decimals=statement.decimals)}"
        )
    if statement.stretch is not None:
        said.append(f"stretch {percent(statement.stretch)}")
    return ", ".join(said)


def _range(statement: Statement) -> str:
    least = amount(Fraction(statement.floor), decimals=statement.decimals)
    if not isfinite(statement.cap):
        said = f"at least {least}"
    elif np.isclose(statement.floor, statement.cap, rtol=_NEARLY_NOTHING):
        said = f"fixed at {least}"
    else:
        said = f"between {least} and {amount(Fraction(statement.cap), decimals=statement.decimals)}"
    binding = f"; at work: {', '.join(statement.binding)}" if statement.binding else ""
    return f"limits: {said}{binding}"
