"""Numbers for Arrow tables that are printed as plain decimals: never 1e+07, never 0.30000000000000004.

Arrow prints a float as the shortest decimal that reads back as it, without an exponent below ten thousand
million. So a decimal of fifteen digits is printed as it was meant; larger numbers go as 128-bit decimals.
"""

from __future__ import annotations

from decimal import Context, Decimal
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from scenarios.values.rational_array import Exact

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_DECIMALS = 6
_AS_FLOAT = 10**9
_DIGITS = 38


def from_floats(values: Floats) -> Any:
    """(n,) the numbers to six decimals; null where not finite."""
    finite = np.isfinite(values)
    known = np.where(finite, values, 0.0)
    most = np.abs(known).max(initial=0.0)
    if most < _AS_FLOAT:
        return _floats(np.asarray(np.round(known, _DECIMALS) + 0.0, dtype=np.float64), finite)
    exact = [round(Decimal(value), _DECIMALS) for value in known.tolist()]
    return _decimals(exact, ~finite)


def from_exact(numbers: Exact, *, null: Mask | None = None) -> Any:
    """(n,) the same numbers, to six decimals where they do not end sooner; null where the mask says."""
    null = np.zeros(len(numbers), dtype=bool) if null is None else null
    ends = 10**_DECIMALS % numbers.denominator == 0
    floats = numbers.floats()
    if not ends or np.abs(floats).max(initial=0.0) < _AS_FLOAT:
        return from_floats(np.where(null, np.nan, floats))
    scaled = [int(n) * (10**_DECIMALS // numbers.denominator) for n in numbers.numerators]
    context = Context(prec=_DIGITS)
    return _decimals([context.scaleb(Decimal(number), -_DECIMALS) for number in scaled], null)


def _floats(values: Floats, valid: Mask) -> Any:
    """(n,) the floats, null where not valid; made without pa.array, which would import pandas."""
    bits = None if valid.all() else pa.py_buffer(np.packbits(valid, bitorder="little"))
    return pa.Array.from_buffers(pa.float64(), len(values), [bits, pa.py_buffer(values)])


def _decimals(numbers: list[Decimal], null: Mask) -> Any:
    """(n,) with as few places as all of them need."""
    places = max((_places(number) for number in numbers), default=0)
    known = [
        None if gap else round(number, places) for number, gap in zip(numbers, null.tolist(), strict=True)
    ]
    return pa.array(known, type=pa.decimal128(_DIGITS, places))


def _places(number: Decimal) -> int:
    exponent = number.normalize(Context(prec=_DIGITS)).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
