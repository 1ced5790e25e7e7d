"""Unkept totals: which totals and targets that people read are a unit or more from what they were, and by how much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from scenarios.values.rational_array import Exact, decimal_text
from solver.engines.quadratic_program import Vector
from solver.explain.effects import tight
from solver.integer.margins import WHOLE, Margins
from solver.integer.ranks import TIGHT, TOTALS
from solver.integer.start import Start
from solver.model.matrices import Matrix, by_columns, times
from solver.model.program import ConstraintBlock

TARGET = "target"
"""What a single target is called among totals."""
_NAMED = 100
"""Single targets that are named; all of them stand beside what they were in the table of targets."""
_PLACES = 6
"""Decimals to which a row's sum over random numbers tells it from others: of two rows alike the same cells are summed."""
_WITHIN = 1e-6
"""Units: noise of the even spread in sums that are just a unit away."""


@dataclass(frozen=True)
class UnkeptTotal:
    """A total that whole units move by a unit or more."""

    total: str
    """company, cascade, year, period, rule (a row of a rule that held with nothing to spare) or target (one alone)."""
    of: tuple[str, ...]
    """The path of its node, or the partner; empty for the company. Of a rule its name, and whom the row is about."""
    metric: str
    """Empty for a rule over several metrics."""
    period: str
    """Empty for all periods together."""
    unrounded: float
    """What it was, in the metric's unit; of a rule, what its row came to."""
    rounded: Fraction
    """What it is."""
    units: float
    """How far that is, in units of round_to; of a rule, in what its row moves by with one unit of one of its targets."""

    def document(self) -> dict[str, Any]:
        """As it stands in result.json."""
        return {
            "total": self.total,
            "of": " / ".join(self.of),
            "metric": self.metric,
            "period": self.period,
            "unrounded": round(self.unrounded, 6),
            "rounded": decimal_text(self.rounded),
            "units": round(self.units, 6),
        }

    def sentence(self) -> str:
        """As people read it."""
        whose = " / ".join(self.of) or "the company"
        when = f" in {self.period}" if self.period else ""
        return (
            f"{self.metric} of {whose}{when} is {float(self.rounded):,.10g}, {self.units:,.1f} units"
            f" from {self.unrounded:,.2f}"
        )


def unkept(start: Start, margins: Margins, targets: Exact) -> tuple[UnkeptTotal, ...]:
    """Totals, tight rows of rules and the furthest targets that targets (cells,) move by a unit or more, the furthest of
    each first.
    """
    return (
        *_unkept_margins(start, margins, targets),
        *_unkept_rows(start, margins, targets),
        *_unkept_targets(start, targets),
    )


def _unkept_margins(start: Start, margins: Margins, targets: Exact) -> tuple[UnkeptTotal, ...]:
    """By rank, the furthest first."""
    unit = start.units.floats
    was, now = times(margins.matrix, start.unrounded / unit), times(margins.matrix, targets.floats() / unit)
    away = np.abs(now - was)
    far = np.flatnonzero(away >= 1 + _WITHIN * np.maximum(1, np.abs(was) * _WITHIN))
    order = far[np.lexsort((far, -away[far], margins.rank[far]))]
    return tuple(_named(start, margins, targets, number, float(away[number])) for number in order.tolist())


def targets_off(start: Start, targets: Exact) -> Vector:
    """(cells,) how many units each of the targets (cells,) is off where that is a unit or more; zero elsewhere."""
    unit = start.units.floats
    away = np.abs(targets.floats() - start.unrounded) / unit
    return np.where(away >= 1 + _WITHIN * np.maximum(1, start.unrounded / unit * _WITHIN), away, 0.0)


def _unkept_targets(start: Start, targets: Exact) -> Iterator[UnkeptTotal]:
    """The furthest first, and of those that are as far the first by id."""
    frame, away = start.book.frame, targets_off(start, targets)
    far = np.flatnonzero(away)
    for cell in far[np.lexsort((far, -away[far]))][:_NAMED].tolist():
        period = cell // frame.partners % frame.parts
        yield UnkeptTotal(
            total=TARGET,
            of=(frame.columns.ids[cell % frame.partners],),
            metric=list(frame.metrics)[start.units.metric[cell]],
            period=frame.periods[period] if frame.parts > 1 else "",
            unrounded=float(start.unrounded[cell]),
            rounded=targets.at(cell),
            units=float(away[cell]),
        )


def _unkept_rows(start: Start, margins: Margins, targets: Exact) -> tuple[UnkeptTotal, ...]:
    """Rows of several cells that had nothing to spare and are no margins, the furthest first."""
    probe = np.random.default_rng(41).random(len(start.unrounded))
    known = np.round(margins.matrix @ probe, _PLACES)
    found = [each for block in start.blocks for each in _rows_of(start, block, targets, probe, known)]
    return tuple(sorted(found, key=lambda each: -each.units))


def _rows_of(
    start: Start, block: ConstraintBlock, targets: Exact, probe: Vector, known: Vector
) -> Iterator[UnkeptTotal]:
    held = np.flatnonzero((block.shape.entries > 1) & tight(block, start.unrounded))
    if not len(held):
        return
    matrix = Matrix(block.matrix[held])
    largest = np.maximum.reduceat(np.abs(by_columns(matrix, start.units.floats).data), matrix.indptr[:-1])
    away = np.abs(times(matrix, targets.floats()) - times(matrix, start.unrounded)) / largest
    if not (away >= 1 + _WITHIN).any():
        return
    plain = np.isin(np.round(times(matrix, probe), _PLACES), known)
    rows, rule = start.book.rows[block.rule], start.book.rules[block.rule]
    amounts = rows.amounts(targets)
    for place in np.flatnonzero((away >= 1 + _WITHIN) & ~plain).tolist():
        row = int(held[place])
        subject = rows.subject(row, start.book.frame.columns.ids)
        yield UnkeptTotal(
            total=TOTALS[TIGHT],
            of=(rule.name, subject) if subject else (rule.name,),
            metric=rule.metric or "",
            period="",
            unrounded=float((matrix[[place]] @ start.unrounded)[0]),
            rounded=amounts.at(row),
            units=float(away[place]),
        )


def _named(start: Start, margins: Margins, targets: Exact, number: int, away: float) -> UnkeptTotal:
    frame = start.book.frame
    cells = margins.matrix[[number]].indices
    metric = list(frame.metrics)[margins.metric[number]]
    period = int(margins.period[number])
    return UnkeptTotal(
        total=TOTALS[margins.rank[number]],
        of=_path(start, int(margins.level[number]), int(margins.node[number])),
        metric=metric,
        period="" if period == WHOLE else frame.periods[period],
        unrounded=float(start.unrounded[cells].sum()),
        rounded=targets[cells].sum(),
        units=away,
    )


def _path(start: Start, level: int, node: int) -> tuple[str, ...]:
    if level == len(start.levels):
        return (start.book.frame.columns.ids[node],)
    path: list[str] = []
    for depth in range(level, 0, -1):
        path.insert(0, str(start.levels[depth].names[node]))
        node = int(start.levels[depth].parent[node])
    return tuple(path)
