"""Incentives: what the plan would pay beside its budget, then by incentive, by group and for each partner listed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from api.analysis.incentives.document import IncentivePart, IncentivesDocument, PayoutPart
from api.output.findings import finding_lines
from api.output.numbers import amount, counted, percent, whole
from api.output.text_layout import aligned, bold

_HEAD = ("", "at target", "at forecast", "expected")
_UNKNOWN = "-"


def incentives_lines(document: IncentivesDocument) -> Iterator[str]:
    """The lines to print."""
    day = f", {document.as_of:%Y-%m-%d}" if document.as_of else ""
    yield bold(f"{document.title or document.scenario}{day}: what the plan would pay, {document.unit}")
    rows = [(each.name, *_cells(each.price)) for each in document.incentives]
    rows.append(("in all", *_cells(document.price)))
    if document.budget is not None and document.left is not None:
        rows.append((f"left of {amount(document.budget)}", *_cells(document.left)))
    yield from aligned([_HEAD, *rows], right=range(1, 4))
    yield ""
    for each in document.incentives:
        yield from _table(each)
    yield from _groups(document)
    yield from _partners(document)
    if document.findings:
        yield ""
        yield from finding_lines(document.findings, 20)


def _cells(price: PayoutPart) -> tuple[str, ...]:
    amounts = (price.at_target, price.at_forecast, price.expected)
    return tuple(_UNKNOWN if each is None else whole(each) for each in amounts)


def _table(each: IncentivePart) -> Iterator[str]:
    """The incentive in a line, and why it is paid."""
    rates = each.table != "points"
    bands = ", ".join(
        f"{_percent(band.pays) if rates else amount(band.pays)} from {_start(each, band.start)}"
        for band in each.bands
    )
    cap = f", no more from {_percent(each.cap)}" if each.cap else ""
    how = {"points": "joined", "rates": each.pays, "amounts": each.pays}[each.table]
    yield f"{each.name} ({each.metric}, {counted(each.partners, 'partner')}), {how}: {bands}{cap}"
    if each.reason:
        yield f"  {each.reason}"


def _start(each: IncentivePart, start: str) -> str:
    return amount(start) if each.table == "amounts" else _percent(start)


def _percent(ratio: str) -> str:
    return percent(ratio, sign=False)


def _groups(document: IncentivesDocument) -> Iterator[str]:
    if not document.groups:
        return
    yield ""
    rows = [(each.group or "(empty)", f"{each.partners:,}", *_cells(each.price)) for each in document.groups]
    yield from aligned([(str(document.by), "partners", *_HEAD[1:]), *rows], right=range(1, 5))


def _partners(document: IncentivesDocument) -> Iterator[str]:
    if not document.partner_prices:
        return
    yield ""
    head = (
        "",
        *_HEAD[1:],
        *(f"at {_percent(each.attainment)}" for each in document.partner_prices[0].payouts),
    )
    rows = [
        (_label((each.partner, each.name, each.tier)), *_cells(each.price),
         *(whole(earned.payout) for earned in each.payouts))
        for each in document.partner_prices
    ]  # fmt: skip
    yield from aligned([head, *rows], right=range(1, len(head)))


def _label(words: Sequence[str | None]) -> str:
    return " ".join(filter(None, words))
