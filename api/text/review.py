"""A review as lines: the numbers of one partner, what they were made of, what was answered and agreed."""

from __future__ import annotations

from collections.abc import Iterator

from api.analysis.review.document import ReviewDocument, ReviewMetric, ReviewResponse
from api.output.findings import finding_lines
from api.output.numbers import amount, decimals_of, percent
from api.output.text_layout import aligned, bold, wrapped
from api.text.parts import over_text
from api.text.standing import STATES

COMMITMENTS = 3
"""Lines for what is agreed."""


def review_lines(document: ReviewDocument, *, columns: int | None = None) -> Iterator[str]:
    """The lines to print, wrapped to so many columns."""
    yield bold(f"{who(document)}: {document.title or document.scenario}, {document.as_of}")
    yield over_text(document.parts)
    for name, metric in document.metrics.items():
        yield ""
        yield from _metric(name, metric, columns)
    if document.responses:
        yield ""
        yield bold("Answered")
        for each in document.responses:
            yield from wrapped(response_text(each), columns, indent=2)
    for section in document.sections:
        yield ""
        yield bold(section.title)
        yield from (f"  {line}" for line in section.lines)
    if document.commitments:
        yield ""
        yield bold("Agreed")
        yield from (f"  {number}. {each}" for number, each in enumerate(document.commitments, 1))
    if document.findings:
        yield ""
        yield from finding_lines(document.findings, 20)


def who(document: ReviewDocument) -> str:
    """The partner with its name and tier."""
    return " ".join(filter(None, (document.partner, document.name, document.tier)))


def _metric(name: str, metric: ReviewMetric, columns: int | None) -> Iterator[str]:
    at, decimals = metric.standing, decimals_of(metric.round_to)
    yield bold(f"{name}, {metric.unit}" if metric.unit != name else name)
    yield from aligned([standing_cells(metric)], right=(1, 3, 5, 7, 9))
    yield f"  {forecast_text(metric)}; {STATES.get(at.state, at.state)}"
    rows = [
        (part.name, amount(part.done, decimals=decimals) if part.done is not None else "-", "of",
         amount(part.target, decimals=decimals))
        for part in metric.parts
    ]  # fmt: skip
    yield from aligned(rows, right=(1, 3), indent=4)
    if metric.before:
        yield from wrapped(f"before: {before_text(metric)}", columns, indent=2)
    if metric.receipt:
        yield from wrapped(f"made of: {receipt_text(metric)}", columns, indent=2)


def standing_cells(metric: ReviewMetric) -> tuple[str, ...]:
    """Words and numbers in turn: target, done, attained, pace, needed."""
    at, decimals = metric.standing, decimals_of(metric.round_to)
    return (
        "target", amount(at.target, decimals=decimals), "done", amount(at.done, decimals=decimals),
        "attained", ratio(at.attainment), "pace", ratio(at.pace), "needed", ratio(at.required_pace),
    )  # fmt: skip


def ratio(number: str | None) -> str:
    """The ratio in percent; a dash where there is none."""
    return "-" if number is None else percent(number, sign=False)


def forecast_text(metric: ReviewMetric) -> str:
    """What the period comes to, its interval, and how often such intervals held."""
    found, decimals = metric.forecast, decimals_of(metric.round_to)
    text = f"forecast {amount(found.forecast, decimals=decimals)}"
    if found.low is not None and found.high is not None:
        low, high = (amount(each, decimals=decimals) for each in (found.low, found.high))
        text += f", four times of five {low} to {high}"
    if metric.interval_held is not None and metric.interval_held.of:
        text += f" (held {metric.interval_held.held:,} of {metric.interval_held.of:,} times)"
    return text


def before_text(metric: ReviewMetric) -> str:
    """Earlier years in a line."""
    decimals = decimals_of(metric.round_to)
    return ", ".join(f"{each.year} {amount(each.done, decimals=decimals)}" for each in metric.before)


def receipt_text(metric: ReviewMetric) -> str:
    """The receipt in a line: the first item as it is, what it was changed by, the target."""
    lines = [
        f"{each.item} {amount(each.amount, sign=number > 0)}" for number, each in enumerate(metric.receipt)
    ]
    return f"{', '.join(lines)}: {amount(metric.standing.target, decimals=decimals_of(metric.round_to))}"


def response_text(each: ReviewResponse) -> str:
    """A response in a line."""
    what = " ".join(filter(None, (each.metric, each.period)))
    asked = f" {amount(each.target)}" if each.target is not None else ""
    when = f" on {each.on}" if each.on else ""
    return f"{what}: {each.says}{asked}{when}{f': {each.reason}' if each.reason else ''}"
