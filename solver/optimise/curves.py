"""Curves of diminishing returns, in z = target / half_at: f(0) = 0, f(1) = 1/2, f(∞) = 1, concave.

hyperbolic: f = z / (1 + z) (Michaelis & Menten 1913); exponential: f = 1 - 2^(-z), Mantrala's k (1 - exp(-b x)) with
b = ln 2 / half_at. A line of slope p that touches f lies above it everywhere: f(z) ≤ intercept(p) + p z.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from math import log
from typing import Protocol

import numpy as np

from solver.engines.quadratic_program import Vector

DIGITS = 50
"""Of exact values and intercepts, ten more than they promise."""
_LN2 = log(2)


class Shape(Protocol):
    """A curve."""

    steepest: float
    """Its slope at zero."""

    def value(self, z: Vector) -> Vector:
        """f(z)."""
        ...

    def slope(self, z: Vector) -> Vector:
        """f'(z)."""
        ...

    def bend(self, z: Vector) -> Vector:
        """-f''(z)."""
        ...

    def touch(self, slope: Vector) -> Vector:
        """The z at which the curve has the slope, above zero and at most `steepest`."""
        ...

    def exact_value(self, z: Decimal) -> Decimal:
        """f(z), to the digits of the context."""
        ...

    def exact_intercept(self, slope: Decimal) -> Decimal:
        """The most of f(z) - slope · z, to the digits of the context."""
        ...


class Hyperbolic:
    """f = z / (1 + z)."""

    steepest = 1.0

    def value(self, z: Vector) -> Vector:
        return z / (1 + z)

    def slope(self, z: Vector) -> Vector:
        return 1 / (1 + z) ** 2

    def bend(self, z: Vector) -> Vector:
        return 2 / (1 + z) ** 3

    def touch(self, slope: Vector) -> Vector:
        # f'(z) = slope solved for z; a line steeper than f at zero touches it there.
        return 1 / np.sqrt(np.minimum(slope, 1.0)) - 1

    def exact_value(self, z: Decimal) -> Decimal:
        return z / (1 + z)

    def exact_intercept(self, slope: Decimal) -> Decimal:
        # At f'(z) = p, z = 1/√p - 1: f(z) - p z = (1 - √p)².
        return (1 - min(slope, Decimal(1)).sqrt()) ** 2


class Exponential:
    """f = 1 - 2^(-z)."""

    steepest = _LN2

    def value(self, z: Vector) -> Vector:
        # expm1: for small z, 1 - 2^(-z) would cancel.
        return -np.expm1(-_LN2 * z)

    def slope(self, z: Vector) -> Vector:
        return _LN2 * np.exp(-_LN2 * z)

    def bend(self, z: Vector) -> Vector:
        return _LN2**2 * np.exp(-_LN2 * z)

    def touch(self, slope: Vector) -> Vector:
        return -np.log(np.minimum(slope / _LN2, 1.0)) / _LN2

    def exact_value(self, z: Decimal) -> Decimal:
        return 1 - (-z * Decimal(2).ln()).exp()

    def exact_intercept(self, slope: Decimal) -> Decimal:
        steepest = Decimal(2).ln()
        if slope >= steepest:
            return Decimal(0)
        # Zero would ask for ln 0, though the limit of the formula is one: f(∞) = 1.
        if slope == 0:
            return Decimal(1)
        part = slope / steepest
        # At f'(z) = p, 2^(-z) = p / ln 2 = part: f(z) - p z = 1 - part + part · ln part.
        return 1 - part * (1 - part.ln())


SHAPES: dict[str, Shape] = {"hyperbolic": Hyperbolic(), "exponential": Exponential()}
"""By name."""


@dataclass(frozen=True, eq=False)
class Curves:
    """most · f(target / half) of several partners."""

    shape: Shape
    most: Vector
    """(units,) zero or more."""
    half: Vector
    """(units,) above zero."""

    def values(self, x: Vector) -> Vector:
        """(units,) what targets (units,) bring."""
        return self.most * self.shape.value(x / self.half)

    def slopes(self, x: Vector) -> Vector:
        """(units,) what one more unit of target would bring: the marginal return."""
        return self.most / self.half * self.shape.slope(x / self.half)

    def exact_values(self, x: list[Decimal]) -> Decimal:
        """What targets (units,) bring, to forty digits."""
        with localcontext() as context:
            context.prec = DIGITS
            terms = zip(self.most.tolist(), self.half.tolist(), x, strict=True)
            return sum(
                (Decimal(u) * self.shape.exact_value(each / Decimal(h)) for u, h, each in terms), Decimal(0)
            )

    def exact_intercepts(self, slopes: Vector) -> Decimal:
        """The sum of the most of most · f(x / half) - slope · x, to forty digits, for slopes (units,)."""
        with localcontext() as context:
            context.prec = DIGITS
            total = Decimal(0)
            for u, h, slope in zip(self.most.tolist(), self.half.tolist(), slopes.tolist(), strict=True):
                if u > 0:
                    total += Decimal(u) * self.shape.exact_intercept(Decimal(slope) * Decimal(h) / Decimal(u))
            return total
