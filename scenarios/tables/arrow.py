"""Between pyarrow and NumPy without the way round by pandas, whose import costs more than most runs."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_DTYPES = {pa.int32(): np.int32, pa.int64(): np.int64, pa.uint8(): np.uint8, pa.float64(): np.float64}


def readable(content: bytes) -> pa.BufferReader:
    """The bytes for pyarrow to read, copied to where Python has no part in them.

    Arrow's threads let go of what they have read some time later. If that were a Python object, and the interpreter
    had begun to end by then, the process would be aborted.
    """
    # malloc's: Arrow's own pool may set a gigabyte of addresses aside at first, which is more than some processes may have.
    buffer = pa.allocate_buffer(len(content), memory_pool=pa.system_memory_pool())
    memoryview(buffer).cast("B")[:] = content
    return pa.BufferReader(buffer)


def values_of(array: Any) -> NDArray[Any]:
    """(n,) the numbers or truths in a pyarrow array without nulls."""
    if pa.types.is_boolean(array.type):
        return values_of(pc.cast(array, pa.uint8())).astype(np.bool_)
    raw = np.frombuffer(array.buffers()[1] or b"", dtype=_DTYPES[array.type])
    return raw[array.offset : array.offset + len(array)]


def words_of(array: Any) -> NDArray[np.object_]:
    """(n,) str, from a pyarrow array of strings without nulls."""
    return np.array(array.to_pylist(), dtype=np.object_)


def strings(words: list[str]) -> Any:
    """A pyarrow array of strings."""
    encoded = [word.encode("utf-8", "replace") for word in words]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(encoded))]
    return pc.cast(pa.Array.from_buffers(pa.large_string(), len(words), buffers), pa.string())


def take(array: Any, rows: NDArray[np.int64]) -> Any:
    """The given rows of a pyarrow array."""
    indices = pa.Array.from_buffers(pa.int64(), len(rows), [None, pa.py_buffer(rows.astype(np.int64))])
    return array.take(indices)


def is_blank(array: Any) -> NDArray[np.bool_]:
    """(n,) where a string is empty."""
    return np.asarray(values_of(pc.utf8_length(array)) == 0, dtype=np.bool_)
