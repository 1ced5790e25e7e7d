"""Evenness: how stretch is spread over the partners, and over each part of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules import CellIndex
from solver.engines.quadratic_program import Vector

BY = ("tier", "type", "region")
"""The columns by which stretch is summed up where the table has them."""


def stretch(fair_share: Vector, target: Vector) -> Vector:
    """(cells,) target / fair share - 1; NaN where there is no fair share."""
    ratio = np.divide(target, fair_share, out=np.full(len(target), np.nan), where=fair_share > 0)
    return np.asarray(ratio - 1)


def evenness(frame: CellIndex, fair_share: Vector, target: Vector, by: tuple[str, ...]) -> dict[str, Any]:
    """Per metric, over all partners and per group of each column: the least, quartiles and most of the stretch."""
    known = [column for column in dict.fromkeys((*BY, *by)) if column in frame.columns.table.columns]
    return {
        metric: {
            "all": _five_numbers(stretched),
            **{f"by {column}": _by_group(frame, column, stretched) for column in known},
        }
        for metric, stretched in _of_partners(frame, fair_share, target)
    }


def overall(frame: CellIndex, fair_share: Vector, target: Vector) -> dict[str, dict[str, Any]]:
    """The same over all partners alone."""
    return {metric: _five_numbers(stretched) for metric, stretched in _of_partners(frame, fair_share, target)}


def _of_partners(frame: CellIndex, fair_share: Vector, target: Vector) -> Iterator[tuple[str, Vector]]:
    """Each metric and (partners,) their stretch, all periods together."""
    for metric in frame.metrics:
        cells = frame.cells(metric)
        # The ratio of sums: a mean of the parts' ratios would count a small month like a large one.
        yield metric, stretch(fair_share[cells].sum(axis=0), target[cells].sum(axis=0))


def _by_group(frame: CellIndex, column: str, stretched: Vector) -> dict[str, Any]:
    group, names = frame.groups(column, np.ones(frame.partners, dtype=bool))
    return {name: _five_numbers(stretched[group == number]) for number, name in enumerate(names)}


def _five_numbers(stretched: NDArray[np.float64]) -> dict[str, Any]:
    # Without a fair share there is no stretch; as zero it would flatter the quartiles.
    known = stretched[~np.isnan(stretched)]
    if not len(known):
        return {"partners": 0}
    names = ("least", "lower_quartile", "median", "upper_quartile", "most")
    # Quantiles, without the masked arrays that np.quantile loads.
    last = len(known) - 1
    values = np.interp(np.array([0, 0.25, 0.5, 0.75, 1]) * last, np.arange(last + 1), np.sort(known))
    return {"partners": len(known), **{n: round(float(v), 6) for n, v in zip(names, values, strict=True)}}
