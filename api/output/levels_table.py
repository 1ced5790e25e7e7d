"""The levels of an allocation as rows: a node, then its metrics, then of each the whole and its periods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from api.output.arrow_decimals import from_exact, from_floats
from api.output.arrow_texts import coded
from api.output.partner_names import NAME, TIER, PartnerNames
from rules import CellIndex
from scenarios.values.rational_array import Exact
from solver import Allocation
from solver.cascade.levels import PARTNER, Layer, Level, Levels, over_periods, roll_up
from solver.cascade.nodes import Nodes, nodes_of
from solver.cascade.splits import Split, roll_up_splits

Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

AMOUNTS = ("baseline", "fair_share", "floor", "cap", "base", "assigned")
"""What is said of every node, metric and span."""
_NOWHERE = np.zeros(0, dtype=np.intp)
WHOLE = ""
"""The span of all periods together."""


@dataclass(frozen=True, eq=False)
class LevelRows:
    """Nodes of some levels, each followed by all below it, with their amounts."""

    frame: CellIndex
    levels: tuple[str, ...]
    """The names of the levels, from the company down."""
    nodes: Nodes
    amounts: Mapping[str, Exact]
    """(rows,) each of `AMOUNTS`, in the metric's unit."""
    gaps: Mapping[str, Mask]
    """(rows,) where there is no such amount: no baseline, somebody without a cap."""

    @property
    def spans(self) -> tuple[str, ...]:
        """The whole, and the periods where there are any."""
        return (WHOLE, *self.frame.periods)

    def row(self, node: int, metric: str, span: str = WHOLE) -> int:
        """Where a node's metric stands."""
        metrics = list(self.frame.metrics)
        return (node * len(metrics) + metrics.index(metric)) * len(self.spans) + self.spans.index(span)

    def cell(self, name: str, row: int) -> Fraction | None:
        """One amount; None where there is none."""
        return None if name in self.gaps and self.gaps[name][row] else self.amounts[name].at(row)


def level_rows(levels: Levels, *, to: str | None = None) -> LevelRows:
    """The rows of the levels down to one of them; down to the last above the partners if left out."""
    last = levels.names.index(to) + 1 if to else len(levels.names) - 1
    frame, layers = levels.allocation.frame, levels.layers[:last]
    nodes = nodes_of([layer.level for layer in layers])
    entry = _entries(frame, [len(layer.level) for layer in layers], nodes.order)
    unstated = np.array([metric.baseline is None for metric in frame.metrics.values()])
    return LevelRows(
        frame=frame,
        levels=levels.names[:last],
        nodes=nodes,
        amounts={name: _of_all(frame, [_amount(layer, name) for layer in layers])[entry] for name in AMOUNTS},
        gaps={
            "cap": (_of_all(frame, [layer.sums.endless for layer in layers])[entry] > 0),
            "baseline": np.tile(np.repeat(unstated, 1 + len(frame.periods)), len(nodes)),
        },
    )


def _amount(layer: Layer, name: str) -> Exact:
    found: Exact = layer.assigned if name == "assigned" else getattr(layer.sums, name)
    return found


def _of_all(frame: CellIndex, parts: Sequence[Exact]) -> Exact:
    """The amounts of all levels, one after the other; of each, those of the whole before those of the periods."""
    if not frame.periods:
        return Exact.join(parts)
    blocks = len(frame.metrics) * frame.parts
    return Exact.join([e for part in parts for e in (over_periods(frame, part, len(part) // blocks), part)])


def _entries(frame: CellIndex, sizes: Sequence[int], order: Index) -> Index:
    """(rows,) where in the amounts of all levels each row stands; `order` tells the order of their nodes."""
    metrics, periods = len(frame.metrics), len(frame.periods)
    found, start = [], 0
    for nodes in sizes:
        wholes = np.arange(metrics * nodes, dtype=np.intp).reshape(metrics, 1, nodes)
        parts = np.arange(metrics * periods * nodes, dtype=np.intp).reshape(metrics, periods, nodes)
        each = np.concatenate([wholes, parts + wholes.size], axis=1)
        found.append(each.reshape(-1, nodes).T + start)
        start += each.size
    return np.concatenate(found)[order].ravel()


def levels_table(allocation: Allocation, *, to: str | None = None) -> Any:
    """levels.csv: a row for each node down to a level, metric and span; then those of each split's groups.

    Left out, the level is the last above the partners; down to partners there are no groups.
    """
    tables = [rows_table(level_rows(roll_up(allocation), to=to))]
    if to == PARTNER:
        return tables[0]
    tables += [rows_table(split_rows(allocation.frame, split)) for split in roll_up_splits(allocation)]
    return tables[0] if len(tables) == 1 else _stacked(tables)


def split_rows(frame: CellIndex, split: Split) -> LevelRows:
    """The groups of a split as rows, as though each were a level of its own."""
    names = split.credit.names
    level = Level(split.name, np.array(names, dtype=object), _NOWHERE, np.zeros(0, dtype=np.intp))
    layer = Layer(level, split.sums, split.sums.base)
    entry = _entries(frame, [len(names)], np.arange(len(names), dtype=np.intp))
    unstated = np.array([metric.baseline is None for metric in frame.metrics.values()])
    return LevelRows(
        frame=frame,
        levels=(split.name,),
        nodes=Nodes(
            order=np.arange(len(names), dtype=np.intp),
            depth=np.zeros(len(names), dtype=np.intp),
            paths=tuple((name,) for name in names),
            partners=split.partners,
        ),
        amounts={name: _of_all(frame, [_amount(layer, name)])[entry] for name in AMOUNTS},
        gaps={
            "cap": _of_all(frame, [split.sums.endless])[entry] > 0,
            "baseline": np.tile(np.repeat(unstated, 1 + len(frame.periods)), len(names)),
        },
    )


def _stacked(tables: list[Any]) -> Any:
    """The rows of all tables, texts once each; amounts as floats where some are not 128-bit decimals."""
    columns = {}
    for name in tables[0].column_names:
        parts = [table[name] for table in tables]
        kinds = {part.type for part in parts}
        if pa.types.is_dictionary(parts[0].type):
            parts = [part.cast(pa.string()) for part in parts]
        elif len(kinds) > 1:
            parts = [part.cast(pa.float64()) for part in parts]
        whole = pa.chunked_array([chunk for part in parts for chunk in part.chunks]).combine_chunks()
        columns[name] = whole.dictionary_encode() if pa.types.is_string(whole.type) else whole
    return pa.table(columns)


def rows_table(rows: LevelRows) -> Any:
    """The rows as an Arrow table; amounts in the metric's unit, growth and stretch as fractions."""
    metrics, spans, nodes = list(rows.frame.metrics), list(rows.spans), rows.nodes
    node = np.repeat(np.arange(len(nodes)), len(metrics) * len(spans))
    names: dict[str, Any] = {
        "level": coded(np.array(rows.levels, dtype=object)[nodes.depth][node]),
        "path": coded(np.array([path_text(path) for path in nodes.paths], dtype=object)[node]),
        **_names(rows, node),
        "partners": from_floats(nodes.partners[node].astype(np.float64)),
        "metric": coded(np.tile(np.repeat(np.array(metrics, dtype=object), len(spans)), len(nodes))),
    }
    if rows.frame.periods:
        names["period"] = coded(np.tile(np.array(spans, dtype=object), len(nodes) * len(metrics)))
    amounts = {name: from_exact(each, null=rows.gaps.get(name)) for name, each in rows.amounts.items()}
    ratios = {"growth": _over(rows, "baseline"), "stretch": _over(rows, "fair_share")}
    return pa.table(names | amounts | ratios)


def _names(rows: LevelRows, node: Index) -> dict[str, Any]:
    """(rows,) the name and the tier beside each partner's id, where the rows lead down to partners."""
    if rows.levels[-1] != PARTNER:
        return {}
    names = PartnerNames.of_table(rows.frame.columns.table)
    last = len(rows.levels) - 1
    pairs = zip(rows.nodes.paths, rows.nodes.depth.tolist(), strict=True)
    ids = np.array([path[-1] if depth == last else "" for path, depth in pairs], dtype=object)
    return {each: coded(names.column(each, ids)[node]) for each in (NAME, TIER) if names.has(each)}


def path_text(path: Sequence[str]) -> str:
    """A path as people read it."""
    return " / ".join(path)


def _over(rows: LevelRows, name: str) -> Any:
    """(rows,) base / amount - 1; null where there is none."""
    base, below = rows.amounts["base"].floats(), rows.amounts[name].floats()
    known = (below > 0) & ~rows.gaps.get(name, np.zeros(len(below), dtype=bool))
    return from_floats(np.divide(base, below, out=np.full(len(base), np.nan), where=known) - 1)
