"""A forecast: per metric a line for every node, then what earlier years teach and how often their intervals held."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from api.analysis.forecast.document import (
    ForecastAmounts,
    ForecastDocument,
    HeldPart,
    IntervalCoverage,
    LessonPart,
)
from api.output.findings import finding_lines
from api.output.numbers import amount, decimals_of, percent, places_of_parts
from api.output.text_layout import aligned, bold
from api.text.parts import over_text
from api.text.standing import fitting, node_label

_HEAD = ("", "target", "done", "forecast", "80 % interval", "odds")


def forecast_lines(
    document: ForecastDocument, *, metrics: Sequence[str] = (), columns: int | None = None
) -> Iterator[str]:
    """The lines to print, of some metrics or all; names are cut so that lines fit into so many columns."""
    head = f"{document.title or document.scenario}, {document.as_of:%Y-%m-%d}: {over_text(document.parts)}"
    yield bold(head)
    for metric in metrics or document.units:
        yield ""
        yield from _metric(document, metric, columns)
    if document.findings:
        yield ""
        yield from finding_lines(document.findings, 20)


def _metric(document: ForecastDocument, metric: str, columns: int | None) -> Iterator[str]:
    unit = document.units[metric]
    yield bold(f"{metric}, {unit.unit}" if unit.unit != metric else metric)
    targets = (node.metrics[metric].target for node in document.nodes)
    decimals = places_of_parts(targets, decimals_of(unit.round_to))
    rows = [
        (node_label(document.levels, node), *_cells(node.metrics[metric], decimals))
        for node in document.nodes
    ]
    yield from aligned([_HEAD, *fitting(_HEAD, rows, columns)], right=range(1, 6))
    yield from _lesson(document.lessons[metric])


def _cells(each: ForecastAmounts, decimals: int) -> tuple[str, ...]:
    interval = "-"
    if each.low is not None and each.high is not None:
        interval = f"{amount(each.low, decimals=decimals)} to {amount(each.high, decimals=decimals)}"
    return (
        amount(each.target, decimals=decimals),
        amount(each.done, decimals=decimals),
        amount(each.forecast, decimals=decimals),
        interval,
        "-" if each.odds is None else percent(each.odds, sign=False),
    )


def _lesson(lesson: LessonPart) -> Iterator[str]:
    if lesson.growth is not None:
        growth = percent(Fraction(lesson.growth) - 1)
        yield f"  learned from {', '.join(lesson.years)}, each beside the year before and {growth}"
    source = "" if lesson.learned else ": a guess, for too few years say it"
    yield f"  the rest keeps {percent(lesson.weight, sign=False)} of how far the pace is off{source}"
    if lesson.common is not None and lesson.own is not None:
        common, own = percent(lesson.common, sign=False), percent(lesson.own, sign=False)
        yield f"  the rest strayed from its forecast by {common} for all together, {own} for each apart"
    if lesson.coverage is not None:
        yield f"  intervals for each year made of the others held: {_held(lesson.coverage)}"


def _held(coverage: IntervalCoverage) -> str:
    levels = {"company": coverage.of_company, "levels": coverage.of_levels, "partners": coverage.of_partners}
    return ", ".join(f"{name} {_share(found)}" for name, found in levels.items() if found.of)


def _share(found: HeldPart) -> str:
    return f"{found.held:,} of {found.of:,} ({percent(found.held / found.of, decimals=0, sign=False)})"
