"""Targets as a data frame to compare, from a solve or from the folder of an earlier one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pandas as pd

RESULT, TABLE = "result.json", "allocation.csv"

Kept = tuple[Mapping[str, Any], "pd.DataFrame | None"]
"""What result.json says, and the targets where there are any."""

_GUARDED = r"^'([=+\-@\t\r＝＋－＠])"
"""A text that our CSV keeps from being a formula."""
_WORDS = ("partner", "metric", "period", "binding")


def from_arrow(table: Any) -> pd.DataFrame:
    """The columns that a comparison reads, numbers as floats, texts as texts."""
    from scenarios.compare import AMOUNTS

    frame: pd.DataFrame = table.select(
        [n for n in table.column_names if n in (*_WORDS, *AMOUNTS)]
    ).to_pandas()
    words = {name: str for name in _WORDS if name in frame.columns}
    return _whole(frame.astype({**words, **dict.fromkeys(AMOUNTS, float)}))


def read_folder(folder: Path) -> Kept:
    """What result.json in a folder says, and the targets beside it. Raises UsageError if they do not fit."""
    try:
        document = json.loads((folder / RESULT).read_bytes())
        state = document["state"]
    except OSError:
        raise click.UsageError(f"{folder} holds no {RESULT}; `cascade solve -o` writes one.") from None
    except (ValueError, TypeError, KeyError, RecursionError):
        raise click.UsageError(f"{folder / RESULT} is not what `cascade solve -o` writes.") from None
    return document, _read_table(folder, document) if state == "succeeded" else None


def _read_table(folder: Path, document: Mapping[str, Any]) -> pd.DataFrame:
    try:
        content = (folder / TABLE).read_bytes()
    except OSError as error:
        raise click.UsageError(f"{folder / TABLE} cannot be read: {error.strerror}.") from None
    if sha256(content).hexdigest() != document.get("outputs", {}).get(TABLE):
        raise click.UsageError(f"{folder / TABLE} is not the one that {RESULT} beside it speaks of.")
    return _parsed(content)


def _parsed(content: bytes) -> pd.DataFrame:
    """The targets in a file that `cascade solve -o` has written."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv

    from scenarios.compare import AMOUNTS

    kinds = {**dict.fromkeys(_WORDS, pa.string()), **dict.fromkeys(AMOUNTS, pa.float64())}
    table = csv.read_csv(
        pa.py_buffer(content),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(column_types=kinds),
    )
    meant = pc.replace_substring_regex(table["partner"], pattern=_GUARDED, replacement=r"\1")
    return from_arrow(table.set_column(table.column_names.index("partner"), "partner", meant))


def _whole(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame, with a period for every target."""
    return frame if "period" in frame.columns else frame.assign(period="")
