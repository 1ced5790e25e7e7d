"""Expected payouts: a curve over normally distributed results, in closed form; at the mean it pays something else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solver.incentives.curve import Curve

Floats = NDArray[np.float64]
Index = NDArray[np.intp]


_FAR = 40.0
"""Deviations: beyond them the normal distribution is 0 or 1 in floats."""


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What partners may come to; (partners,) each, in the unit of the metric."""

    mean: Floats
    deviation: Floats
    """Standard deviations; zero where nothing is open."""
    target: Floats


def payouts(curve: Curve, done: Floats, target: Floats) -> Floats:
    """(partners,) what the curve pays for this much done of a target."""
    scale = _scale(curve, target)
    paid = _values(curve, np.minimum(done / scale, _cap(curve, target)))
    return _in_money(curve, paid, target)


def expected_payouts(curve: Curve, outcomes: Outcomes) -> Floats:
    """(partners,) E p(z) for z ~ N(m, σ²).

    Σ over the pieces g + h z on [l, u): (g + h m)(Φ(u′) − Φ(l′)) + h σ (φ(l′) − φ(u′)), l′ = (l − m)/σ.
    """
    from scipy.special import ndtr  # a tenth of the start of whoever only might ask

    scale = _scale(curve, outcomes.target)
    mean, deviation = outcomes.mean / scale, outcomes.deviation / scale
    cap = _cap(curve, outcomes.target)
    sure = deviation <= 0
    # A one where nothing is open: what comes of it is replaced below, and nothing is divided by zero.
    spread = np.where(sure, 1.0, deviation)
    # Pieces beyond the cap get no width, and so no weight.
    starts = [np.minimum(float(piece.start), cap) for piece in curve.pieces]
    paid = np.zeros_like(mean)
    for piece, low, high in zip(curve.pieces, starts, [*starts[1:], cap], strict=True):
        below, above = (_standard(end, mean, spread) for end in (low, high))
        value = float(piece.base) + float(piece.slope) * mean
        paid += value * (ndtr(above) - ndtr(below)) + float(piece.slope) * spread * (
            _phi(below) - _phi(above)
        )
    # The rest of the distribution lies above the cap and is paid at it.
    if curve.cap is not None:
        paid += _values(curve, cap) * ndtr(-_standard(cap, mean, spread))
    # Payouts never fall below zero; differences of distributions may, by rounding.
    paid = np.where(sure, _values(curve, np.minimum(mean, cap)), np.maximum(paid, 0))
    return _in_money(curve, paid, outcomes.target)


def _standard(z: Floats, mean: Floats, deviation: Floats) -> Floats:
    """(partners,) how many deviations z is from the mean, as far as floats see a difference to infinity."""
    with np.errstate(over="ignore"):
        return np.clip((z - mean) / deviation, -_FAR, _FAR)


def _scale(curve: Curve, target: Floats) -> Floats:
    """(partners,) what z is counted in; 1 where there is no target."""
    return np.where(target > 0, target, 1.0) if curve.by_attainment else np.ones_like(target)


def _cap(curve: Curve, target: Floats) -> Floats:
    """(partners,) the most that is paid for, as z."""
    if curve.cap is None:
        return np.full_like(target, np.inf)
    return float(curve.cap) * (np.ones_like(target) if curve.by_attainment else target)


def _values(curve: Curve, z: Floats) -> Floats:
    """(partners,) the curve at z."""
    starts, base, slope = (
        np.array([float(getattr(piece, name)) for piece in curve.pieces])
        for name in ("start", "base", "slope")
    )
    at = np.searchsorted(starts, z, side="right") - 1
    return np.where(at >= 0, base[at] + slope[at] * z, 0.0)


def _in_money(curve: Curve, paid: Floats, target: Floats) -> Floats:
    if not curve.by_attainment:
        return paid
    return np.where(target > 0, paid * (target if curve.times_target else 1.0), 0.0)


def _phi(z: Floats) -> Floats:
    """(partners,) the density of the standard normal distribution; zero at infinity."""
    return np.asarray(np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi), dtype=np.float64)
