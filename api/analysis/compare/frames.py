"""Targets as a data frame to compare, from a solve or from the folder of an earlier one."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from api.analysis.errors import InvalidRequest
from api.output.csv import unguarded_column
from api.output.partner_names import NAME, TIER
from api.output.result_parts import ResultDocument

if TYPE_CHECKING:
    import pandas as pd

    from api.analysis.compare.comparison import Outcome

RESULT, TABLE = "result.json", "allocation.csv"

_WORDS = ("partner", NAME, TIER, "metric", "period", "binding")


@dataclass(frozen=True, eq=False)
class FinishedRun:
    """What a finished run left."""

    result: ResultDocument
    """Its result.json."""
    table: pd.DataFrame | None
    """Its targets, where there are any."""
    counted: tuple[Outcome, ...] | None = None
    """What became of its rules, where its result does not list them."""


def from_arrow(table: Any) -> pd.DataFrame:
    """The columns that a comparison reads, numbers as floats, texts as texts."""
    from api.analysis.compare.comparison import AMOUNTS

    frame: pd.DataFrame = table.select(
        [n for n in table.column_names if n in (*_WORDS, *AMOUNTS)]
    ).to_pandas()
    words = {name: str for name in _WORDS if name in frame.columns}
    return _whole(frame.astype({**words, **dict.fromkeys(AMOUNTS, float)}))


def read_folder(folder: Path) -> FinishedRun:
    """What a run left in a folder. Raises InvalidRequest if its files do not fit."""
    try:
        result = (folder / RESULT).read_bytes()
    except OSError:
        raise InvalidRequest("", f"{folder} holds no {RESULT}; `cascade solve -o` writes one.") from None
    try:
        table = (folder / TABLE).read_bytes()
    except FileNotFoundError:
        table = None
    except OSError as error:
        raise InvalidRequest("", f"{folder / TABLE} cannot be read: {error.strerror}.") from None
    return checked_run(result, table, name=str(folder))


def checked_run(result: bytes, allocation: bytes | None, *, name: str) -> FinishedRun:
    """The run with this result.json and this allocation.csv, called `name` in errors.

    Raises InvalidRequest if they do not fit.
    """
    try:
        document = ResultDocument.model_validate_json(result)
    except ValidationError:
        raise InvalidRequest("", f"{name}/{RESULT} is not what `cascade solve -o` writes.") from None
    if document.state != "succeeded":
        return FinishedRun(document, None)
    if allocation is None:
        raise InvalidRequest("", f"{name}/{TABLE} cannot be read: it is not there.")
    if sha256(allocation).hexdigest() != document.outputs.get(TABLE):
        raise InvalidRequest("", f"{name}/{TABLE} is not the one that {RESULT} beside it speaks of.")
    return FinishedRun(document, targets_of(allocation))


def finished_run(result: bytes, allocation: bytes | None) -> FinishedRun:
    """The run with this result.json and this allocation.csv, which are known to belong together."""
    document = ResultDocument.model_validate_json(result)
    return FinishedRun(document, None if allocation is None else targets_of(allocation))


def targets_of(content: bytes) -> pd.DataFrame:
    """The targets in a file that `cascade solve -o` has written."""
    import pyarrow as pa
    from pyarrow import csv

    from api.analysis.compare.comparison import AMOUNTS
    from scenarios.tables.arrow import readable

    kinds = {**dict.fromkeys(_WORDS, pa.string()), **dict.fromkeys(AMOUNTS, pa.float64())}
    table = csv.read_csv(
        readable(content),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(column_types=kinds),
    )
    columns = {
        name: unguarded_column(table[name]) if name in _WORDS else table[name] for name in table.column_names
    }
    return from_arrow(pa.table(columns))


def _whole(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame, with a period for every target."""
    return frame if "period" in frame.columns else frame.assign(period="")
