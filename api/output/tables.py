"""The allocation and its receipts as Arrow tables: partners in the order of their table, then metrics."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from api.output.arrow_decimals import from_exact
from api.output.arrow_texts import from_codes
from api.output.columns import ALLOCATION, TARGETS, WHOSE, Rows, made
from rules import CellIndex
from solver import Allocation
from solver.explain.receipts import KINDS
from solver.whole_period import whole_period, whole_receipts

Index = NDArray[np.intp]


def allocation_table(allocation: Allocation) -> Any:
    """One row per target, with the columns of `ALLOCATION` that the scenario has."""
    whole = whole_period(allocation)
    return pa.table(made(ALLOCATION, Rows(whole, in_table_order(whole.frame))))


def targets_table(allocation: Allocation) -> Any:
    """The columns of the allocation that say what is asked of whom."""
    whole = whole_period(allocation)
    return pa.table(made(TARGETS, Rows(whole, in_table_order(whole.frame))))


def receipts_table(allocation: Allocation) -> Any:
    """One row per item of every target's receipt, in the order in which they add up."""
    whole, receipts = whole_period(allocation), whole_receipts(allocation)
    frame = whole.frame
    rank = np.empty(frame.size, dtype=np.intp)
    rank[in_table_order(frame)] = np.arange(frame.size)
    order = np.argsort(rank[receipts.cell], kind="stable")
    columns = {
        "item": from_codes(receipts.names, receipts.item_code[order]),
        "kind": from_codes(KINDS, receipts.kind_code[order]),
        "amount": from_exact(receipts.amount[order]),
    }
    return pa.table(made(WHOSE, Rows(whole, receipts.cell[order])) | columns)


def in_table_order(frame: CellIndex) -> Index:
    """(cells,) the cells by partner in the order of the partner table, then metric, then period."""
    by_partner = np.arange(frame.size, dtype=np.intp).reshape(-1, frame.partners).T
    return by_partner[np.argsort(frame.columns.order)].ravel()
