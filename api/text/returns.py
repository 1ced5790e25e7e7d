"""The returns of a goal: what they come to, then a line per partner, the highest marginal return first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from api.analysis.returns.document import MetricReturn, PartnerReturn, ReturnsDocument
from api.output.numbers import amount, percent
from api.output.text_layout import aligned, bold, cut
from api.text.conflict import conflict_lines

_NAME_WIDTH = 24
HELD = {"floor": "at its floor", "cap": "at its cap", "rule": "held by a rule"}
"""Where a target stands."""
_MARGINAL = 4
"""Decimals of a marginal return."""


def returns_lines(document: ReturnsDocument, *, most: int | None = None) -> Iterator[str]:
    """The lines to print, of so many partners of each metric at most."""
    yield bold(document.title or document.scenario)
    if document.conflict:
        yield from conflict_lines(document.conflict)
    if document.state == "failed":
        yield f"The solve failed: {document.reason}."
    if document.reached is None:
        return
    yield from _summary(document)
    for metric in document.metrics:
        yield ""
        yield from _metric(
            metric, [each for each in document.by_partner if each.metric == metric.metric], most
        )


def _summary(document: ReturnsDocument) -> Iterator[str]:
    given_up = document.give_up or "0"
    giving = "" if given_up == "0" else f", giving up at most {percent(given_up, sign=False)}"
    rows = [
        ("reached", _cents(document.reached), ""),
        ("best", _cents(document.best), "before rounding"),
    ]
    if document.bound is not None:
        rows.append(("bound", _cents(document.bound), "no targets bring more: proved in exact arithmetic"))
    yield f"{document.goal}{giving}"
    yield from aligned(rows, right=(1,))


def _cents(number: str | None) -> str:
    return amount(number or 0, decimals=2)


def _metric(metric: MetricReturn, partners: Sequence[PartnerReturn], most: int | None) -> Iterator[str]:
    total, brings = amount(metric.target), _cents(metric.returns)
    yield bold(f"{metric.metric}: {total} {metric.unit} bring {brings}")
    if metric.least_marginal is not None and metric.most_marginal is not None:
        ends = [amount(each, decimals=_MARGINAL) for each in (metric.least_marginal, metric.most_marginal)]
        span = ends[0] if ends[0] == ends[1] else " to ".join(ends)
        yield f"  one more {metric.unit} brings {span} where no limit holds"
    head = ("partner", "", "tier", "target", "brings", "of at most", "half at", "one more", "")
    yield from aligned([head, *map(_partner, partners[:most])], right=(3, 4, 5, 6, 7))
    left = len(partners) - len(partners[:most])
    if left:
        yield f"  and {left:,} more: --most, -o FILE and --json have them"


def _partner(found: PartnerReturn) -> tuple[str, ...]:
    return (
        found.partner,
        cut(found.name or "", _NAME_WIDTH),
        found.tier or "",
        amount(found.target),
        _cents(found.returns),
        amount(found.most),
        amount(found.half_at),
        amount(found.marginal, decimals=_MARGINAL),
        HELD[found.held_by] if found.held_by else "",
    )
