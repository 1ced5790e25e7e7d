"""Partner tables in between two others, and scenarios that can be sent to another process."""

from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenarios.partners import PartnerTable
from scenarios.scenario import Scenario
from scenarios.tables.arrow import strings
from scenarios.tables.cells import Cells

Rows = NDArray[np.intp]


def rows_in(table: PartnerTable, ids: NDArray[np.object_]) -> Rows:
    """(ids,) the row of each partner in the table, -1 where it is not there."""
    rows = {partner: row for row, partner in enumerate(table.ids.tolist())}
    return np.array([rows.get(partner, -1) for partner in ids.tolist()], dtype=np.intp)


def blend(
    old: PartnerTable, new: PartnerTable, *, columns: Collection[str], leave: bool, join: bool
) -> PartnerTable:
    """The old table with some columns of the new one, and with its leavers gone or its joiners there."""
    staying = old.ids[rows_in(new, old.ids) >= 0] if leave else old.ids
    ids = np.concatenate([staying, new.ids[rows_in(old, new.ids) < 0]]) if join else staying
    in_old, in_new = rows_in(old, ids), rows_in(new, ids)
    names = [*old.columns, *(name for name in new.columns if name in columns and name not in old.columns)]
    texts = {
        name: _picked(_column(old, name, in_old), _column(new, name, in_new), in_old, in_new, name in columns)
        for name in names
        if name != old.id_column
    }
    return _table(new.name, old.id_column, ids, {old.id_column: ids, **texts})


def _column(table: PartnerTable, name: str, rows: Rows) -> NDArray[np.object_]:
    """(rows,) the cells; "" where the partner or the column is not there."""
    if name not in table.columns:
        return np.full(len(rows), "", dtype=object)
    return np.where(rows >= 0, _plain(table, name)[rows], "")


def _plain(table: PartnerTable, name: str) -> NDArray[np.object_]:
    """(partners,) the cells; numbers that are read by a table's own style are written plainly."""
    if name in table.used.numbers and (found := table.figures(name)).assumed and not found.wrong:
        texts = ["" if np.isnan(value) else f"{Decimal(repr(value)):f}" for value in found.values.tolist()]
        return np.array(texts, dtype=object)
    return table.text(name)


def _picked(
    old: NDArray[np.object_], new: NDArray[np.object_], in_old: Rows, in_new: Rows, newer: bool
) -> NDArray[np.object_]:
    """(rows,) the old cell where there is one, unless the newer is wanted and there."""
    return np.where((in_new >= 0) & (newer | (in_old < 0)), new, old)


def _table(
    name: str, id_column: str, ids: NDArray[np.object_], texts: dict[str, NDArray[np.object_]]
) -> PartnerTable:
    columns = tuple(strings(cells.tolist()) for cells in texts.values())
    typed = frozenset(range(len(columns)))  # whatever is doubtful was reported when it was read
    cells = Cells(tuple(texts), columns, partial(_numbered, len(ids)), typed=typed)
    return PartnerTable(name, id_column, ids, tuple(texts), cells)


def _numbered(rows: int) -> NDArray[np.int64]:
    return np.arange(1, rows + 1, dtype=np.int64)


def portable(scenario: Scenario) -> Scenario:
    """The same scenario, fit to be pickled: the lines of its table are known, nothing is remembered."""
    table = scenario.table
    lines: partial[Any] = partial(np.array, table.cells.lines())
    cells = replace(table.cells, lines=lines)
    twin = PartnerTable(table.name, table.id_column, table.ids, table.columns, cells, table.options)
    return replace(scenario, table=twin)
