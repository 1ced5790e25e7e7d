"""The allocation and its receipts as Arrow tables: partners in the order of their table, then metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from api.outputs.decimals import from_exact, from_floats
from rules import Frame
from scenarios.exact import Exact
from scenarios.tables.arrow import strings
from solver import Allocation
from solver.levels import PARTNER, assigned_to_partners

Index = NDArray[np.intp]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def allocation_table(allocation: Allocation) -> Any:
    """One row per target; amounts in the metric's unit, growth and stretch as fractions.

    Empty where there is none: a baseline nobody has stated, a cap, the growth on nothing. Partners that are
    padded have a column `assigned` too.
    """
    frame, order = allocation.frame, in_table_order(allocation.frame)
    baseline, unknown = _baselines(frame)
    target = allocation.target.floats()
    columns = {
        "baseline": from_exact(baseline[order], null=unknown[order]),
        "fair_share": from_floats(allocation.fair_share[order]),
        "floor": from_floats(allocation.floor[order]),
        "cap": from_floats(allocation.cap[order]),
        "unrounded": from_floats(allocation.unrounded[order]),
        "target": from_exact(allocation.target[order]),
        **_assigned(allocation, order),
        "growth": from_floats(_over(target, np.where(unknown, 0.0, baseline.floats()))[order]),
        "stretch": from_floats(_over(target, allocation.fair_share)[order]),
        "binding": coded(allocation.binding[order]),
    }
    return pa.table(_names(frame, order) | columns)


def targets_table(allocation: Allocation) -> Any:
    """The columns of the allocation that say what is asked of whom."""
    order = in_table_order(allocation.frame)
    asked = {"target": from_exact(allocation.target[order]), **_assigned(allocation, order)}
    return pa.table(_names(allocation.frame, order) | asked)


def _assigned(allocation: Allocation, order: Index) -> dict[str, Any]:
    """The padded number of each target, where the scenario pads partners."""
    if PARTNER not in allocation.scenario.over_assign:
        return {}
    return {"assigned": from_exact(assigned_to_partners(allocation)[order])}


def receipts_table(allocation: Allocation) -> Any:
    """One row per item of every target's receipt, in the order in which they add up."""
    assert allocation.receipts is not None, "only an allocation with targets has receipts"
    frame, receipts = allocation.frame, allocation.receipts
    rank = np.empty(frame.size, dtype=np.intp)
    rank[in_table_order(frame)] = np.arange(frame.size)
    order = np.argsort(rank[receipts.cell], kind="stable")
    columns = {
        "item": coded(receipts.item[order]),
        "kind": coded(receipts.kind[order]),
        "amount": from_exact(receipts.amount[order]),
    }
    return pa.table(_names(frame, receipts.cell[order]) | columns)


def in_table_order(frame: Frame) -> Index:
    """(cells,) the cells by partner in the order of the partner table, then metric, then period."""
    by_partner = np.arange(frame.size, dtype=np.intp).reshape(-1, frame.partners).T
    return by_partner[np.argsort(frame.columns.order)].ravel()


def coded(texts: NDArray[np.object_]) -> Any:
    """(n,) texts as a dictionary column."""
    words = texts.tolist()
    numbers = {word: number for number, word in enumerate(dict.fromkeys(words))}
    return _coded(tuple(numbers), np.fromiter(map(numbers.__getitem__, words), np.intp, len(words)))


def _names(frame: Frame, cell: Index) -> dict[str, Any]:
    """The columns that say which target a row is about; the period only where there are several."""
    block = cell // frame.partners
    names = {
        "partner": _coded(frame.columns.ids, cell % frame.partners),
        "metric": _coded(tuple(frame.metrics), block // frame.parts),
    }
    return names | ({"period": _coded(frame.periods, block % frame.parts)} if frame.periods else {})


def _coded(names: Sequence[str], number: Index) -> Any:
    """(n,) the name of each number as a dictionary column."""
    codes = pa.Array.from_buffers(pa.int32(), len(number), [None, pa.py_buffer(number.astype(np.int32))])
    return pa.DictionaryArray.from_arrays(codes, strings(list(names)))


def _baselines(frame: Frame) -> tuple[Exact, Mask]:
    """(cells,) every target's baseline, and where nobody has stated one."""
    views = [frame.within(period) for period in frame.periods] or [frame]
    parts = [(view.baseline(metric), _unstated(frame, metric)) for metric in frame.metrics for view in views]
    return Exact.join([baseline for baseline, _ in parts]), np.concatenate([unknown for _, unknown in parts])


def _unstated(frame: Frame, metric: str) -> Mask:
    column = frame.metrics[metric].baseline
    return frame.columns.empty(column) if column else np.ones(frame.partners, dtype=bool)


def _over(target: Floats, base: Floats) -> Floats:
    """(cells,) target / base - 1; NaN where there is no base."""
    ratio = np.divide(target, base, out=np.full(len(target), np.nan), where=base > 0)
    return np.asarray(ratio - 1)
