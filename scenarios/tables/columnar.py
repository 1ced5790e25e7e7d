"""Parquet, Feather and data frames: typed columns, turned into the text a person would write."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import feather, parquet

from scenarios.tables.arrow import readable
from scenarios.tables.cells import MAX_BYTES, Cells, Unreadable, check_size, numbered


def read_parquet(content: bytes) -> Cells:
    """The cells of a Parquet file, numbered by row from 1. Raises Unreadable."""
    try:
        file = parquet.ParquetFile(readable(content))
        _check(file.metadata)
        words = [field.name for field in file.schema_arrow if pa.types.is_string(field.type)]
        table = parquet.ParquetFile(readable(content), read_dictionary=words).read()
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError):
        remedy = "Save it as Parquet, or name it by what it is."
        raise Unreadable("not-a-table", "the file says .parquet but is no Parquet file", remedy) from None
    return cells_of(table)


def read_feather(content: bytes) -> Cells:
    """The cells of a Feather (Arrow IPC) file, numbered by row from 1. Raises Unreadable."""
    try:
        table = feather.read_table(readable(content))
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError):
        remedy = "Save it as Feather, or name it by what it is."
        raise Unreadable("not-a-table", "the file says .feather but is no Feather file", remedy) from None
    if table.nbytes > 4 * MAX_BYTES:
        raise Unreadable("too-large", f"the table unpacks to more than {4 * MAX_BYTES:,} bytes")
    return cells_of(table)


def _check(metadata: Any) -> None:
    check_size(metadata.num_rows, metadata.num_columns)
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    if sum(group.total_byte_size for group in groups) > MAX_BYTES:
        raise Unreadable("too-large", f"the table unpacks to more than {MAX_BYTES:,} bytes")


def cells_of(table: Any) -> Cells:
    """The cells of a pyarrow table, numbered by row from 1. Raises Unreadable for nested columns."""
    check_size(table.num_rows, table.num_columns)
    texts = tuple(_text(name, table.column(at)) for at, name in enumerate(table.column_names))
    typed = frozenset(at for at, field in enumerate(table.schema) if not _is_text(field.type))
    return Cells(tuple(table.column_names), texts, numbered(1)(table.num_rows), typed=typed)


def _is_text(kind: Any) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _text(name: str, column: Any) -> Any:
    kind = column.type
    try:
        if pa.types.is_boolean(kind):
            return pc.fill_null(pc.utf8_upper(pc.cast(column, pa.string())), "")
        if pa.types.is_floating(kind):
            column = pc.if_else(pc.is_nan(column), pa.scalar(None, kind), column)
        if pa.types.is_dictionary(kind):
            return _spelled(column)
        if pa.types.is_timestamp(kind):
            return pc.fill_null(_moments(column), "")
        return pc.fill_null(pc.cast(column, pa.string()), "")
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        message = f"column {name!r} holds {kind}, which is no text, number or date"
        raise Unreadable("not-a-table", message, "Remove or flatten it.") from None


def _spelled(column: Any) -> Any:
    """Words that the file keeps once each, written out. Raises Unreadable if that would be a bomb."""
    whole = column.combine_chunks()
    lengths = pc.fill_null(pc.binary_length(pc.cast(whole.dictionary, pa.string())), 0)
    if (pc.sum(lengths.take(whole.indices)).as_py() or 0) > MAX_BYTES:
        raise Unreadable("too-large", f"a column comes to more than {MAX_BYTES:,} bytes of text")
    return pc.fill_null(pc.cast(whole, pa.string()), "")


def _moments(column: Any) -> Any:
    """Timestamps in ISO form; midnights as plain dates."""
    text = pc.strftime(column, format="%Y-%m-%dT%H:%M:%S")
    return pc.replace_substring_regex(text, pattern=r"T00:00:00(\.0+)?$", replacement="")
