"""A sweep as people, programs and spreadsheets read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from api.comparing.lines import head
from api.comparing.points import Point, Sweep
from api.comparing.sheets import Sheet, sheet
from api.outputs.layout import aligned, amount, counted, percent
from scenarios.sweep import Parameter, Reach

_FIVE = ("least", "lower_quartile", "median", "upper_quartile", "most")


def sweep_document(sweep: Sweep) -> dict[str, Any]:
    """The sweep as JSON."""
    return {
        "scenario": sweep.scenario,
        "parameters": [
            {"parameter": each.written, "values": [value.text for value in each.values]}
            for each in sweep.parameters
        ],
        "points": [_point(sweep, point) for point in sweep.points],
        "frontier": [
            {
                "parameter": parameter.written,
                "for_each": [_reach(sweep, parameter, reach) for reach in reaches],
            }
            for parameter, reaches in zip(sweep.parameters, sweep.frontier, strict=True)
        ],
    }


def _point(sweep: Sweep, point: Point) -> dict[str, Any]:
    document = point.solved.document
    names = [parameter.written for parameter in sweep.parameters]
    return {
        "values": dict(zip(names, point.values, strict=True)),
        "state": point.solved.state,
        **{key: document[key] for key in ("reason", "conflict") if key in document},
        "findings": [str(finding) for finding in point.solved.findings if finding.severity == "error"],
        "totals": document.get("totals", {}),
        "missed": [
            {key: effect[key] for key in ("rule", "priority", "missed", "unit", "partners", "against")}
            for effect in point.missed
        ],
        "stretch": {metric: point.stretch(metric) for metric in sweep.units if point.possible},
    }


def _reach(sweep: Sweep, parameter: Parameter, reach: Reach) -> dict[str, Any]:
    others = [each.written for each in sweep.parameters if each is not parameter]
    return {
        "others": dict(zip(others, reach.others, strict=True)),
        "first": _ends(reach)[0] or None,
        "last": _ends(reach)[1] or None,
        "gaps": reach.gaps,
    }


def sweep_lines(sweep: Sweep) -> Iterator[str]:
    """The lines to print: a line per point, then what is possible."""
    possible = sum(point.possible for point in sweep.points)
    yield head(f"{sweep.scenario}: {possible:,} of {counted(len(sweep.points), 'point')} possible")
    metrics = list(sweep.units)
    named = [f"{metric} " if len(metrics) > 1 else "" for metric in metrics]
    numbers = [f"{name}{what}" for name in named for what in ("placed", "stretch", "spread")]
    titles = (*(parameter.written for parameter in sweep.parameters), "", *numbers, "gave way")
    rows = [_row(point, metrics) for point in sweep.points]
    yield from aligned([titles, *rows], right=range(len(titles) - 1))
    yield ""
    yield head("What is possible")
    for parameter, reaches in zip(sweep.parameters, sweep.frontier, strict=True):
        yield from _frontier(sweep, parameter, reaches)


def _row(point: Point, metrics: Sequence[str]) -> tuple[str, ...]:
    numbers = [cell for metric in metrics for cell in _evenness(point, metric)]
    return (*point.values, "" if point.possible else point.solved.state, *numbers, _said(point))


def _evenness(point: Point, metric: str) -> tuple[str, str, str]:
    """What is placed, the median stretch, and how far its quartiles are apart."""
    found = point.stretch(metric)
    if not point.possible:
        return "", "", ""
    placed = amount(Fraction(point.solved.document["totals"][metric]["placed"]))
    if not found.get("partners"):
        return placed, "", ""
    return placed, percent(found["median"]), f"{_between_quartiles(found) * 100:.1f} %"


def _between_quartiles(found: dict[str, Any]) -> float:
    return float(found["upper_quartile"] - found["lower_quartile"])


def _said(point: Point) -> str:
    """What gave way, or why nothing is possible."""
    if point.clash:
        return f"cannot all hold: {', '.join(point.clash)}"
    if point.solved.state == "refused":
        return str(next(each for each in point.solved.findings if each.severity == "error"))
    if not point.possible:
        return str(point.solved.document.get("reason", ""))
    return "; ".join(
        f"{effect['rule']} by {amount(Fraction(effect['missed']))} {effect['unit']}".rstrip()
        for effect in point.missed
    )


def _frontier(sweep: Sweep, parameter: Parameter, reaches: Sequence[Reach]) -> Iterator[str]:
    others = [each.written for each in sweep.parameters if each is not parameter]
    rows = [(*reach.others, _from_to(reach, len(parameter.values))) for reach in reaches]
    yield from aligned([(*others, parameter.written), *rows], right=range(len(others)))
    yield ""


def _from_to(reach: Reach, of: int) -> str:
    if not reach.possible:
        return "none"
    first, last = reach.possible[0], reach.possible[-1]
    span = first if first == last else f"{first} to {last}"
    if len(reach.possible) == of > 1:
        return f"{span}, all"
    return f"{span}, with gaps: {', '.join(reach.possible)}" if reach.gaps else span


def points_sheet(sweep: Sweep) -> Sheet:
    """A row per point."""
    columns: dict[str, Any] = {
        parameter.written: [point.values[number] for point in sweep.points]
        for number, parameter in enumerate(sweep.parameters)
    }
    columns["state"] = [point.solved.state for point in sweep.points]
    for metric in sweep.units:
        columns[f"{metric} placed"] = [_placed(point, metric) for point in sweep.points]
        for name in _FIVE:
            columns[f"{metric} stretch {name}"] = [point.stretch(metric).get(name) for point in sweep.points]
    rules = dict.fromkeys(effect["rule"] for point in sweep.points for effect in point.missed)
    for rule in rules:
        columns[f"missed: {rule}"] = [_missed(point, rule) for point in sweep.points]
    columns["said"] = [_said(point) for point in sweep.points]
    return sheet("Points", columns)


def _placed(point: Point, metric: str) -> float | None:
    return float(point.solved.document["totals"][metric]["placed"]) if point.possible else None


def _missed(point: Point, rule: str) -> float | None:
    """By how much a rule was missed; None where nothing was solved."""
    found = [float(effect["missed"]) for effect in point.missed if effect["rule"] == rule]
    return (found or [0.0])[0] if point.possible else None


def frontier_sheet(sweep: Sweep) -> Sheet:
    """For each parameter and each choice of the others, the first and last value that can be had."""
    rows = [
        (parameter.written, ", ".join(reach.others), *_ends(reach), "yes" if reach.gaps else "no")
        for parameter, reaches in zip(sweep.parameters, sweep.frontier, strict=True)
        for reach in reaches
    ]
    titles = ("parameter", "others", "first", "last", "gaps")
    return sheet("Possible", dict(zip(titles, map(list, zip(*rows, strict=True)), strict=True)))


def _ends(reach: Reach) -> tuple[str, str]:
    """The first and the last value that can be had; empty if none can."""
    return (reach.possible[0], reach.possible[-1]) if reach.possible else ("", "")
