"""The levels of an allocation as part of a document, and as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import click

from api.outputs.layout import aligned, amount, decimals_of, percent
from api.outputs.levels import AMOUNTS, WHOLE, LevelRows, level_rows
from scenarios.exact import decimal_text
from solver import Allocation
from solver.levels import Levels, over_periods, roll_up

_HEAD = ("", "partners", "baseline", "base", "growth", "stretch", "assigned")


def levels_part(allocation: Allocation) -> dict[str, Any]:
    """The key `levels` of result.json; absent where the scenario asks for none or there are no targets."""
    scenario = allocation.scenario
    if allocation.rounded is None or not (scenario.cascade or scenario.over_assign):
        return {}
    return {"levels": levels_document(roll_up(allocation))}


def levels_document(levels: Levels, *, to: str | None = None) -> dict[str, Any]:
    """The levels down to one of them; down to the last above the partners if left out."""
    rows, scenario = level_rows(levels, to=to), levels.allocation.scenario
    return {
        "names": list(levels.names),
        "over_assign": {level: _share(rate) for level, rate in scenario.over_assign.items()},
        "assigned": {
            metric: {level: decimal_text(found) for level, found in _assigned(levels, metric).items()}
            for metric in rows.frame.metrics
        },
        "nodes": [_node(rows, node) for node in range(len(rows.nodes))],
    }


def _share(rate: Fraction) -> str:
    return f"{decimal_text(rate * 100)}%"


def _assigned(levels: Levels, metric: str) -> dict[str, Fraction]:
    """What the nodes of each level are assigned together."""
    frame = levels.allocation.frame
    at = list(frame.metrics).index(metric)
    found = {}
    for layer in levels.layers:
        nodes = len(layer.level)
        each = over_periods(frame, layer.assigned, nodes)
        found[layer.level.name] = each[at * nodes : (at + 1) * nodes].sum()
    return found


def _node(rows: LevelRows, node: int) -> dict[str, Any]:
    return {
        "level": rows.levels[int(rows.nodes.depth[node])],
        "path": list(rows.nodes.paths[node]),
        "partners": int(rows.nodes.partners[node]),
        "metrics": {metric: _metric(rows, node, metric) for metric in rows.frame.metrics},
    }


def _metric(rows: LevelRows, node: int, metric: str) -> dict[str, Any]:
    whole: dict[str, Any] = _told(rows, rows.row(node, metric))
    if not rows.frame.periods:
        return whole
    return whole | {"periods": {p: _told(rows, rows.row(node, metric, p)) for p in rows.frame.periods}}


def _told(rows: LevelRows, row: int) -> dict[str, str | None]:
    """The amounts, to six decimals where they do not end sooner."""
    cells = {name: rows.cell(name, row) for name in AMOUNTS}
    return {name: None if cell is None else decimal_text(round(cell, 6)) for name, cell in cells.items()}


def levels_lines(
    levels: Levels, *, to: str | None = None, metrics: Sequence[str] = (), period: str | None = None
) -> Iterator[str]:
    """The lines to print: per metric an indented table, then what each level is assigned in all."""
    rows, padded = level_rows(levels, to=to), bool(levels.allocation.scenario.over_assign)
    for number, metric in enumerate(metrics or rows.frame.metrics):
        if number:
            yield ""
        yield _heading(rows, metric, period)
        yield from _table(rows, metric, period or WHOLE, columns=len(_HEAD) - (not padded))
        if padded:
            yield ""
            yield from _padding(levels, metric)


def _heading(rows: LevelRows, metric: str, period: str | None) -> str:
    unit = rows.frame.metrics[metric].unit
    parts = (metric, unit if unit != metric else "", period or "")
    return click.style(", ".join(part for part in parts if part), bold=True)


def _table(rows: LevelRows, metric: str, span: str, *, columns: int) -> Iterator[str]:
    decimals = decimals_of(rows.frame.metrics[metric].round_to)
    lines = [_line(rows, node, rows.row(node, metric, span), decimals) for node in range(len(rows.nodes))]
    table = [line[:columns] for line in (_HEAD, *lines)]
    yield from aligned(table, right=range(1, columns))


def _line(rows: LevelRows, node: int, row: int, decimals: int) -> tuple[str, ...]:
    depth, path = int(rows.nodes.depth[node]), rows.nodes.paths[node]
    cells = {name: rows.cell(name, row) for name in AMOUNTS}
    base, baseline, share = cells["base"] or Fraction(0), cells["baseline"], cells["fair_share"]
    return (
        "  " * depth + (path[-1] if path else rows.levels[0]),
        f"{rows.nodes.partners[node]:,}",
        "-" if baseline is None else amount(baseline, decimals=decimals),
        amount(base, decimals=decimals),
        percent(base / baseline - 1) if baseline else "",
        percent(base / share - 1) if share else "",
        amount(cells["assigned"] or 0, decimals=decimals),
    )


def _padding(levels: Levels, metric: str) -> Iterator[str]:
    """Per level of all periods: its padding and what its nodes are assigned together."""
    frame, over_assign = levels.allocation.frame, levels.allocation.scenario.over_assign
    decimals = decimals_of(frame.metrics[metric].round_to)
    head = ("level", "padded by", "assigned in all")
    table = [
        (name, _share(over_assign[name]) if name in over_assign else "", amount(total, decimals=decimals))
        for name, total in _assigned(levels, metric).items()
    ]
    yield from aligned([head, *table], right=(1, 2))
