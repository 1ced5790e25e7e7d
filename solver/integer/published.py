"""A re-plan whose even spread is within a unit of the published plan keeps it: it is whole already, and no partner moves."""

from __future__ import annotations

import numpy as np

from rules import RuleBook
from rules.replan.rest import RestIndex
from scenarios.values.rational_array import Exact
from solver.engines.quadratic_program import Vector


def published_units(book: RuleBook, spread: Vector) -> Exact | None:
    """(cells,) the published targets, where each is within a unit of the spread (cells,) and hard rules hold; or None."""
    frame = book.frame
    if not isinstance(frame, RestIndex):
        return None
    published = frame.reference
    units = [float(metric.round_to) for metric in frame.metrics.values()]
    unit = np.repeat(units, frame.parts * frame.partners)
    if (np.abs(published.floats() - spread) >= unit).any():
        return None
    hard = (rows for rule, rows in zip(book.rules, book.rows, strict=True) if rule.hard)
    kept = all(_holds(rows.amounts(published), rows.lower, rows.upper) for rows in hard)
    return published if kept else None


def _holds(amounts: Exact, lower: Exact | None, upper: Exact | None) -> bool:
    above = lower is None or bool((amounts >= lower).all())
    return above and (upper is None or bool((amounts <= upper).all()))
