"""Numbers from cells of text."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from scenarios.findings import Finding
from scenarios.tables.arrow import is_blank, take, values_of
from scenarios.tables.told import told
from scenarios.written import LARGEST, parse_number

_PLAIN = r"^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,2})?$"

Say = Callable[[int, str], Finding]
"""Makes the finding for a row and what its cell "is ..."."""


def figures(texts: Any, say: Say) -> tuple[NDArray[np.float64], tuple[Finding, ...]]:
    """(rows,) the numbers in a pyarrow array of strings, NaN where empty or wrong, and what is wrong."""
    try:
        values = _floats(pc.replace_substring_regex(texts, pattern="^$", replacement="nan"))
    except pa.ArrowInvalid:
        return _one_by_one(texts, say)
    sound = is_blank(texts) | (np.abs(values) <= LARGEST)
    return (values, ()) if sound.all() else _one_by_one(texts, say)


def _floats(texts: Any) -> NDArray[np.float64]:
    return np.array(values_of(pc.cast(texts, pa.float64())), dtype=np.float64)


def _one_by_one(texts: Any, say: Say) -> tuple[NDArray[np.float64], tuple[Finding, ...]]:
    """The same where some cells need a closer look, such as percentages."""
    values = np.full(len(texts), np.nan)
    plain = np.flatnonzero(values_of(pc.match_substring_regex(texts, _PLAIN)))
    values[plain] = _floats(take(texts, plain))
    odd = np.isnan(values) & ~is_blank(texts) | (np.abs(values) > LARGEST)
    wrong = dict[int, str]()
    for row in np.flatnonzero(odd).tolist():
        try:
            values[row] = float(parse_number(texts[row].as_py()))
        except ValueError as error:
            values[row] = np.nan
            wrong[row] = str(error)
    return values, told(list(wrong), lambda row: say(row, wrong[row]))
