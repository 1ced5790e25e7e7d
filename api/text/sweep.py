"""A sweep: a line per point, then what is feasible."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from api.analysis.sweep.document import FeasibleRange, FeasibleValues, GridPoint, SweepDocument
from api.output.numbers import counted, percent, whole
from api.output.text_layout import aligned, bold


def sweep_lines(sweep: SweepDocument) -> Iterator[str]:
    """The lines to print."""
    feasible = sum(point.state == "succeeded" for point in sweep.points)
    yield bold(f"{sweep.scenario}: {feasible:,} of {counted(len(sweep.points), 'point')} feasible")
    metrics = list(sweep.units)
    named = [f"{metric} " if len(metrics) > 1 else "" for metric in metrics]
    numbers = [f"{name}{what}" for name in named for what in ("placed", "stretch", "spread")]
    titles = (*(each.parameter for each in sweep.parameters), "", *numbers, "gave way")
    rows = [_row(point, metrics) for point in sweep.points]
    yield from aligned([titles, *rows], right=range(len(titles) - 1))
    yield ""
    yield bold("What is feasible")
    for number, part in enumerate(sweep.frontier):
        if number:
            yield ""
        yield from _frontier(sweep, part)


def _row(point: GridPoint, metrics: Sequence[str]) -> tuple[str, ...]:
    numbers = [cell for metric in metrics for cell in _evenness(point, metric)]
    state = "" if point.state == "succeeded" else point.state
    return (*point.values.values(), state, *numbers, outcome_text(point))


def _evenness(point: GridPoint, metric: str) -> tuple[str, str, str]:
    """What is placed, the median stretch, and how far its quartiles are apart."""
    if metric not in point.totals:
        return "", "", ""
    placed, five = whole(point.totals[metric].placed), point.stretch[metric]
    if five.median is None or five.lower_quartile is None or five.upper_quartile is None:
        return placed, "", ""
    apart = percent(five.upper_quartile - five.lower_quartile, sign=False)
    return placed, percent(five.median), apart


def outcome_text(point: GridPoint) -> str:
    """What gave way, or why there are no targets."""
    if point.conflict is not None:
        return f"cannot all hold: {', '.join(rule.rule for rule in point.conflict.rules)}"
    if point.findings:
        return str(point.findings[0])
    if point.state != "succeeded":
        return point.reason or ""
    return "; ".join(f"{rule.rule} by {whole(rule.missed)} {rule.unit}".rstrip() for rule in point.missed)


def _frontier(sweep: SweepDocument, part: FeasibleValues) -> Iterator[str]:
    others = [each.parameter for each in sweep.parameters if each.parameter != part.parameter]
    values = next(len(each.values) for each in sweep.parameters if each.parameter == part.parameter)
    rows = [(*reach.others.values(), _from_to(reach, values)) for reach in part.for_each]
    yield from aligned([(*others, part.parameter), *rows], right=range(len(others)))


def _from_to(reach: FeasibleRange, of: int) -> str:
    if reach.first is None:
        return "none"
    span = reach.first if reach.first == reach.last else f"{reach.first} to {reach.last}"
    if len(reach.feasible) == of > 1:
        return f"{span}, all"
    return f"{span}, with gaps: {', '.join(reach.feasible)}" if reach.gaps else span
