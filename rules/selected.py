"""Selected: the partners that a `where` outside of rules speaks of, or what is wrong with it."""

from __future__ import annotations

from typing import Any

import numpy as np

from rules.arrays import Mask
from rules.cell_index import CellIndex
from rules.check import check_where, place_of
from rules.where import parse_selection
from scenarios import Entry, Report


def selected(where: dict[str, Any] | None, entry: Entry, frame: CellIndex, report: Report) -> Mask | None:
    """(partners,) those meant, all without a `where`; None after reporting what is wrong with it."""
    if where is None:
        return np.ones(frame.partners, dtype=bool)
    place = place_of(entry, ("where",))
    try:
        selection = parse_selection(where)
    except ValueError as error:
        report.error("bad-value", place, str(error))
        return None
    if not check_where(selection, entry.name, entry, frame, report):
        return None
    found = frame.who(selection)
    if not found.any():
        report.error("where-nobody", place, f"where of {entry.name!r} matches no partner", "Correct where.")
        return None
    return found
