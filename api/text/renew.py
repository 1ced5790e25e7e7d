"""The next period: what it takes from this one, what ended with it, and what people have yet to decide."""

from __future__ import annotations

from collections.abc import Iterator

from api.analysis.renew.document import RenewDocument
from api.output.adjustments import AdjustmentPart
from api.output.findings import finding_lines
from api.output.numbers import amount, counted
from api.output.text_layout import aligned, bold


def renew_lines(document: RenewDocument) -> Iterator[str]:
    """The lines to print."""
    yield bold(f"{document.title}  ({document.scenario})")
    yield f"  {document.period}, from {document.previous} as known on {document.as_of}"
    if document.calendar:
        days = list(document.calendar.values())
        yield f"  {days[0]} to {days[-1]}"
    yield ""
    yield bold("New columns of the partner table")
    rows = [
        (each.name, each.metric, each.holds, amount(each.total))
        for each in document.columns
        if not each.period
    ]
    yield from aligned([("column", "metric", "holds", "total"), *rows], right=(3,))
    periods = dict.fromkeys(each.period for each in document.columns if each.period)
    if periods:
        yield f"  and each of them for {', '.join(periods)}"
    yield ""
    yield bold("Reads them")
    yield from aligned([(each.name, each.field, f"{each.was} → {each.now}") for each in document.renewed])
    yield from _adjustments("Decisions that still hold", document.kept_adjustments)
    yield from _adjustments("Decisions that ended", document.ended_adjustments)
    if document.left_out:
        yield f"  left out, being about {document.previous} alone: {', '.join(document.left_out)}"
    yield ""
    yield bold("For you to decide")
    yield from _open(document)
    yield ""
    if document.findings:
        yield from finding_lines(document.findings, 20)
        yield ""
    yield f"{counted(len(document.files), 'file')}: -o FOLDER writes them, --json has them within"


def _adjustments(title: str, parts: tuple[AdjustmentPart, ...]) -> Iterator[str]:
    if parts:
        yield ""
        yield bold(title)
    for each in parts:
        until = f" until {each.until}" if each.until else ""
        of = f"{each.metric} {each.period}" if each.period else each.metric
        who = f"{each.by}, approved by {each.approved_by}" if each.approved_by else each.by
        yield f"  {each.partner}, {of}: {amount(each.target)}{until} ({who}: {each.reason})"


def _open(document: RenewDocument) -> Iterator[str]:
    for each in document.stated:
        yield f"  {each.name}: {each.field} still is {each.value}"
    if document.unchanged:
        yield f"  columns that hold what they held: {', '.join(document.unchanged)}"
    for metric, done in document.by_others.items():
        yield f"  {amount(done)} of {metric} was done by partners who are not in the table: add those who stay"
    if not (document.stated or document.unchanged or document.by_others):
        yield "  nothing: every target follows from the new columns"
