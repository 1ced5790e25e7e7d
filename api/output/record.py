"""What a record holds: a small document, the answer without its times, the targets, and every file read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from api.output.solve_state import State

FILE = "record.zip"
"""What a record is called beside the files of its run."""
DOCUMENT, ANSWER, TARGETS = "record.json", "result.json", "targets.csv"
"""The files in a record, besides those read: the options of the run, its answer, its targets."""
INPUTS, LIBRARY = "inputs", "library"
"""The folders in a record: files beside the scenario, and rule sets that ship."""
SHIPPED = "library:"
"""How the name of a rule set that ships begins."""

OUTSIDE = ("times", "versions", "engines")
"""Keys of result.json that are reported by themselves, not as differences of the answer."""


class Options(BaseModel):
    """The options of the run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    as_of: date | None
    """The day adjustments were to be judged by, if one was given."""


class Document(BaseModel):
    """record.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1]
    """Of the record; others are not read."""
    scenario: str
    """The scenario file that was asked for."""
    day: date
    """The day that adjustments were judged by."""
    options: Options
    state: State
    """succeeded, infeasible or failed."""
    versions: dict[str, str]
    """What computed."""
    engines: dict[str, str]
    """What solved."""
    inputs: dict[str, str]
    """SHA-256 of every file read."""
    outputs: dict[str, str]
    """SHA-256 of every file written."""
    resolved: dict[str, Any]
    """The scenario written out."""


@dataclass(frozen=True, eq=False)
class Record:
    """A record that has been read."""

    document: Document
    answer: Mapping[str, Any]
    """result.json without its times."""
    targets: bytes | None
    """A CSV of targets, where there are any."""
    inputs: Mapping[str, bytes]
    """Every file read, by its name."""


def inside(name: str) -> str:
    """Where in a record a file stands that the run has read."""
    return f"{LIBRARY}/{name.removeprefix(SHIPPED)}.yaml" if name.startswith(SHIPPED) else f"{INPUTS}/{name}"


def without_times(result: Mapping[str, Any]) -> dict[str, Any]:
    """The answer as it is recorded."""
    return {key: value for key, value in result.items() if key != "times"}
