"""Texts for Arrow tables as dictionary columns: each distinct text is held once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from scenarios.tables.arrow import strings

Index = NDArray[np.intp]


def coded(texts: NDArray[np.object_]) -> Any:
    """(n,) texts as a dictionary column."""
    words = texts.tolist()
    numbers = {word: number for number, word in enumerate(dict.fromkeys(words))}
    return from_codes(tuple(numbers), np.fromiter(map(numbers.__getitem__, words), np.intp, len(words)))


def from_codes(names: Any, number: Index) -> Any:
    """(n,) the name of each number as a dictionary column; names are texts, or an Arrow array of them."""
    codes = pa.Array.from_buffers(pa.int32(), len(number), [None, pa.py_buffer(number.astype(np.int32))])
    texts = names if isinstance(names, pa.Array) else strings(list(names))
    return pa.DictionaryArray.from_arrays(codes, texts)


def picked(column: Any, rows: Index) -> Any:
    """(rows,) a dictionary column at some rows; made from buffers, for Arrow's own ways to and from NumPy import pandas."""
    held = column.indices.cast(pa.int32())
    codes = np.frombuffer(held.buffers()[1], np.int32, len(held), 4 * held.offset)[rows]
    indices = pa.Array.from_buffers(pa.int32(), len(codes), [None, pa.py_buffer(codes)])
    return pa.DictionaryArray.from_arrays(indices, column.dictionary)
