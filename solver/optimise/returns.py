"""Returns: what targets bring in the measure of a goal that maximises, metrics with diminishing returns among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from rules import CellIndex
from scenarios import Goal
from scenarios.values.rational_array import Exact
from solver.engines.quadratic_program import Vector
from solver.optimise.curves import DIGITS, SHAPES, Curves


@dataclass(frozen=True, eq=False)
class Returns:
    """Σ value · target over the metrics that are linear, Σ most · f(target / half) over the others.

    A unit is one partner's target of one metric with diminishing returns, over the whole period.
    """

    frame: CellIndex
    linear: Vector
    """(cells,) what a unit of target is worth; zero where returns diminish."""
    metrics: tuple[str, ...]
    """Those with diminishing returns; each has a unit per partner, in this order."""
    curves: Curves
    done: Vector
    """(units,) what was done in parts that are over, in a re-plan."""

    @classmethod
    def of(cls, goal: Goal, frame: CellIndex) -> Returns:
        """What a goal that maximises measures."""
        assert goal.maximise is not None
        linear, curved = np.zeros(frame.size), list[tuple[Vector, Vector]]()
        metrics = tuple(metric for metric in frame.metrics if metric in goal.half_at)
        for metric, weights in goal.maximise.items():
            value = worth_of(weights, frame).floats()
            if metric not in metrics:
                linear[frame.cells(metric)] = value
        for metric in metrics:
            curved.append(
                (worth_of(goal.maximise[metric], frame).floats(), frame.column(goal.half_at[metric]).floats())
            )
        most = np.concatenate([each for each, _ in curved] or [np.empty(0)])
        half = np.concatenate([each for _, each in curved] or [np.empty(0)])
        return cls(frame, linear, metrics, Curves(SHAPES[goal.curve], most, half), _done(frame, metrics))

    @cached_property
    def sums(self) -> sparse.csr_array:
        """(units, cells) adds up each unit's targets over the parts of the period."""
        cells = np.concatenate([self.frame.cells(metric).T for metric in self.metrics])
        row = np.repeat(np.arange(len(cells)), cells.shape[1])
        entries = (np.ones(cells.size), (row, cells.ravel()))
        return sparse.csr_array(entries, shape=(len(cells), self.frame.size))

    def amounts(self, targets: Vector) -> Vector:
        """(units,) the whole period's, with what was done."""
        return self.done + self.sums @ targets if self.metrics else self.done

    def value(self, targets: Vector) -> float:
        """What targets (cells,) come to."""
        return float(self.linear @ targets + self.curves.values(self.amounts(targets)).sum())

    def gradient(self, targets: Vector) -> Vector:
        """(cells,) what one more unit of each target would bring."""
        if not self.metrics:
            return self.linear
        steep: Vector = self.sums.T @ self.curves.slopes(self.amounts(targets))
        return self.linear + steep

    def exact_value(self, targets: Exact) -> Decimal:
        """What whole targets (cells,) come to, to forty digits."""
        linear = (Exact.from_floats(self.linear) * targets).sum()
        with localcontext() as context:
            context.prec = DIGITS
            amounts = [_decimal(self._amount(unit, targets)) for unit in range(len(self.done))]
            return _decimal(linear) + self.curves.exact_values(amounts)

    def _amount(self, unit: int, targets: Exact) -> Fraction:
        start, end = self.sums.indptr[unit : unit + 2]
        parts = (targets.at(cell) for cell in self.sums.indices[start:end].tolist())
        # Fractions add up without rounding; decimals only begin with the curve.
        return sum(parts, Fraction(self.done[unit]))


def worth_of(weights: Mapping[str, Fraction], frame: CellIndex) -> Exact:
    """(partners,) the weighted sum of value columns."""
    return sum((frame.column(column) * weight for column, weight in weights.items()), frame.nothing)


def _done(frame: CellIndex, metrics: tuple[str, ...]) -> NDArray[np.float64]:
    """(units,) what was done of the metrics in parts that are over, where the frame has the cells of the rest alone.

    A credit beyond zero counts as none.
    """
    past, year = frame.past, frame.year
    if past is None or frame.periods == past.periods:
        return np.zeros(len(metrics) * frame.partners)
    floats = past.actual.floats()
    done = [floats[year.cells(metric)].sum(axis=0) for metric in metrics]
    found: Vector = np.maximum(np.concatenate(done or [np.empty(0)]), 0.0)
    return found


def _decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)
