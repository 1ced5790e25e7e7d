"""Numbers from cells of text."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from scenarios.findings import Finding
from scenarios.written import LARGEST, parse_number

MAX_SHOWN = 20
"""How many cells of one column are named one by one; the last tells how many more there are."""

_PLAIN = r"^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,2})?$"

Say = Callable[[int, str], Finding]


def figures(texts: Any, say: Say) -> tuple[NDArray[np.float64], tuple[Finding, ...]]:
    """(rows,) the numbers in a pyarrow array of strings, NaN where empty or wrong, and what is wrong."""
    filled = pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
    try:
        values = _floats(filled)
    except pa.ArrowInvalid:
        return _one_by_one(filled, say)
    sound = (np.abs(values) <= LARGEST) | np.asarray(pc.is_null(filled))
    return (values, ()) if sound.all() else _one_by_one(filled, say)


def _floats(texts: Any) -> NDArray[np.float64]:
    return np.array(pc.cast(texts, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def _one_by_one(texts: Any, say: Say) -> tuple[NDArray[np.float64], tuple[Finding, ...]]:
    """The same where some cells need a closer look, such as percentages."""
    plain = pc.fill_null(pc.match_substring_regex(texts, _PLAIN), False)
    values = _floats(pc.if_else(plain, texts, pa.scalar(None, pa.string())))
    odd = ~np.asarray(plain) & np.asarray(pc.is_valid(texts))
    odd |= np.abs(np.nan_to_num(values)) > LARGEST
    wrong = []
    for row in np.flatnonzero(odd).tolist():
        cell = texts[row].as_py()
        try:
            values[row] = float(parse_number(cell))
        except ValueError as error:
            values[row] = np.nan
            wrong.append((row, str(error).removeprefix("is ")))
    return values, told(wrong, say)


def told(wrong: list[tuple[int, str]], say: Say) -> tuple[Finding, ...]:
    """Findings for the first cells; the last one counts those that are left out."""
    shown = [say(row, cell) for row, cell in wrong[:MAX_SHOWN]]
    left = len(wrong) - len(shown)
    if left:
        last = shown[-1]
        message = f"{last.message}; so are {left:,} more cells of this column"
        shown[-1] = Finding(last.code, last.place, message, last.remedy, last.severity)
    return tuple(shown)
