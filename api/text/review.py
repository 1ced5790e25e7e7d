"""A review as lines: the numbers of one partner, what they were made of, what was answered and agreed."""

from __future__ import annotations

from collections.abc import Iterator

from api.analysis.gaps.document import NeedPart
from api.analysis.incentives.document import PayoutAt
from api.analysis.returns.document import PartnerReturn
from api.analysis.review.document import ObjectiveRole, ReviewDocument, ReviewMetric, ReviewResponse
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
    for title, lines in review_sections(document):
        yield ""
        yield bold(title)
        yield from (f"  {line}" for line in lines)
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


Section = tuple[str, list[str]]
"""Its title and its lines."""


def review_sections(document: ReviewDocument) -> Iterator[Section]:
    """What else is known of the partner: firsts, what lacks to the next tier, payout, fund, objectives."""
    if firsts := [line for metric in document.firsts for line in _firsts(document, metric)]:
        yield "Firsts", firsts
    if tier := document.next_tier:
        then = "its targets carry it there" if tier.carried else "its targets do not carry it there"
        yield f"What lacks to {tier.tier}", [*(_need(each) for each in tier.needs if each.lacks != "0"), then]
    if earns := document.earns:
        yield "What it would earn", [_payout(each, earns.unit) for each in earns.at]
    if document.returns:
        yield "What it brings", [_return(each) for each in document.returns]
    if document.key_results:
        yield "Its part in objectives", [_key_result(each) for each in document.key_results]


def _firsts(document: ReviewDocument, metric: str) -> Iterator[str]:
    part, unit = document.firsts[metric], document.metrics[metric].unit
    if part.first_at_target:
        yield f"{metric}: at target in {part.first_at_target}, for the first time in this period"
    if part.best:
        done, before = amount(part.best.done), amount(part.best.before)
        yield f"{metric}: {done} {unit} in {part.best.part}, its best; {before} in {part.best.since} before"
    if len(part.longest_run) > 1:
        going = ", and it goes on" if part.run_lasts else ""
        yield f"{metric}: at target in {', '.join(part.longest_run)}, one after the other{going}"


def _need(need: NeedPart) -> str:
    met = "nothing" if need.lacks_then == "0" else amount(need.lacks_then)
    then = "" if need.target is None else f", and {met} once its target is met"
    return f"{need.name}: {amount(need.lacks)} of {amount(need.need)}{then}"


def _payout(each: PayoutAt, unit: str) -> str:
    return (
        f"at {percent(each.attainment, decimals=0, sign=False)} of its targets: {amount(each.payout)} {unit}"
    )


def _return(each: PartnerReturn) -> str:
    bring = f"{each.metric}: {amount(each.target)} bring {amount(each.returns)}, at most {amount(each.most)}"
    return f"{bring}; one more brings {amount(each.marginal, decimals=4)}"


def _key_result(each: ObjectiveRole) -> str:
    due = "" if each.due_score is None else f", {amount(each.due_score, decimals=2)} due"
    reached = f"{amount(each.now)} of {amount(each.to)} {each.unit}"
    return f"{each.objective}, {each.name}: {reached}, scores {amount(each.score, decimals=2)}{due}"
