"""A frontier: what is sought and its best, then a line for each share given up."""

from __future__ import annotations

from collections.abc import Iterator

from api.analysis.frontier.document import FrontierDocument, SharePoint
from api.output.numbers import amount, percent
from api.output.result_parts import FivePart
from api.output.text_layout import aligned, bold

_LARGE = 1_000
"""From here on a value of the measure is shown without decimals."""


def frontier_lines(frontier: FrontierDocument) -> Iterator[str]:
    """The lines to print."""
    yield bold(f"{frontier.scenario}, goal {frontier.goal}: {frontier.measure}")
    if frontier.best is not None:
        better = "best possible" if frontier.more_is_better else "least possible"
        yield f"  {better}: {_value(frontier, frontier.best)}"
    points = (*frontier.points, frontier.without)
    metrics = list(dict.fromkeys(metric for point in points for metric in point.stretch))
    head = ["give up", "kept", "reached", "typical stretch"]
    for metric in metrics:
        of = f"{metric} " if len(metrics) > 1 else ""
        head += [f"{of}median", f"{of}middle half"]
    table = [[*head, "partners moved"], *(_line(frontier, point, metrics) for point in points)]
    yield from aligned(table, right=range(len(table[0])))
    for point in points:
        if point.reason:
            yield f"  {point.give_up or '-'}: {point.reason}"
    if frontier.without.reached is not None:
        yield "The last line is without the goal; partners moved are counted against it."


def _line(frontier: FrontierDocument, point: SharePoint, metrics: list[str]) -> list[str]:
    cells = [point.give_up or "-"]
    if point.reached is None or point.typical_stretch is None:
        return [*cells, "", point.state, *[""] * (2 + 2 * len(metrics))]
    cells += ["" if point.kept is None else _value(frontier, point.kept), _value(frontier, point.reached)]
    cells.append(f"±{percent(point.typical_stretch, sign=False)}")
    for metric in metrics:
        cells += _middle(point.stretch[metric])
    return [*cells, "" if point.partners_moved is None else f"{point.partners_moved:,}"]


def _middle(five: FivePart) -> tuple[str, str]:
    if five.median is None or five.lower_quartile is None or five.upper_quartile is None:
        return "", ""
    low = percent(five.lower_quartile).removesuffix(" %")
    return percent(five.median), f"{low} to {percent(five.upper_quartile)}"


def _value(frontier: FrontierDocument, value: float) -> str:
    if frontier.in_percent:
        return percent(value, decimals=2, sign=False)
    return amount(value, decimals=0 if abs(value) >= _LARGE else 2)
