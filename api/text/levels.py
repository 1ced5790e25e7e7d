"""Levels: per metric an indented table, then what each level is assigned in all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from api.analysis.levels import LevelsDocument
from api.output.levels_document import LevelsPart, NodeAmounts, NodePart
from api.output.numbers import amount, decimals_of, percent, places_of_parts
from api.output.text_layout import aligned, bold
from api.text.conflict import conflict_lines

_HEAD = ("", "", "tier", "partners", "baseline", "base", "growth", "stretch", "assigned")


def levels_lines(
    document: LevelsDocument,
    *,
    metrics: Sequence[str] = (),
    period: str | None = None,
    columns: int | None = None,
) -> Iterator[str]:
    """The lines to print, of some metrics or all, of one period or the whole."""
    if document.conflict is not None:
        yield from conflict_lines(document.conflict, columns=columns)
    if document.state == "failed":
        yield f"The solve failed: {document.reason}."
    if document.levels is None:
        return
    for number, metric in enumerate(metrics or document.levels.units):
        if number:
            yield ""
        yield from _metric(document.levels, metric, period)


def _metric(levels: LevelsPart, metric: str, period: str | None) -> Iterator[str]:
    unit, decimals = levels.units[metric].unit, decimals_of(levels.units[metric].round_to)
    parts = (metric, unit if unit != metric else "", period or "")
    yield bold(", ".join(part for part in parts if part))
    fine = _places(levels.nodes, metric, period, decimals)
    rows = [_line(levels, node, metric, period, fine) for node in levels.nodes]
    for name, groups in levels.splits.items():
        rows.append((f"by {name}", *[""] * (len(_HEAD) - 1)))
        places = _places(groups, metric, period, decimals)
        rows += [_line(levels, node, metric, period, places) for node in groups]
    kept = [n for n in range(len(_HEAD)) if n not in (1, 2, 8) or any(row[n] for row in rows)]
    kept = [n for n in kept if n != 8 or levels.over_assign]
    yield from aligned(
        [[row[n] for n in kept] for row in (_HEAD, *rows)], right=[kept.index(n) for n in kept if n > 2]
    )
    if levels.over_assign:
        yield ""
        yield from _assigned(levels, metric, decimals)


def _places(groups: Sequence[NodePart], metric: str, period: str | None, decimals: int) -> int:
    return places_of_parts([_amounts(node, metric, period).base for node in groups], decimals)


def _amounts(node: NodePart, metric: str, period: str | None) -> NodeAmounts:
    return node.metrics[metric].periods[period] if period else node.metrics[metric]


def _line(
    levels: LevelsPart, node: NodePart, metric: str, period: str | None, decimals: int
) -> tuple[str, ...]:
    found = _amounts(node, metric, period)
    # The groups of a split stand on a level of their own, below the company.
    depth = levels.names.index(node.level) if node.level in levels.names else 1
    return (
        "  " * depth + (node.path[-1] if node.path else levels.names[0]),
        node.name or "",
        node.tier or "",
        f"{node.partners:,}",
        "-" if found.baseline is None else amount(found.baseline, decimals=decimals),
        amount(found.base, decimals=decimals),
        _over(found.base, found.baseline),
        _over(found.base, found.fair_share),
        amount(found.assigned, decimals=decimals),
    )


def _over(base: str, below: str | None) -> str:
    return percent(float(base) / float(below) - 1) if below is not None and float(below) else ""


def _assigned(levels: LevelsPart, metric: str, decimals: int) -> Iterator[str]:
    """Per level of all periods: its over-assignment and what its nodes are assigned together."""
    head = ("level", "padded by", "assigned in all")
    table = [
        (name, levels.over_assign.get(name, ""), amount(total, decimals=decimals))
        for name, total in levels.assigned[metric].items()
    ]
    yield from aligned([head, *table], right=(1, 2))
