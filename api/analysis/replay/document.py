"""What can be asked about a record, and the answer."""

from __future__ import annotations

from typing import Literal

from api.analysis.request import Request
from api.output.document import Document
from api.output.partner_names import PartnerPart
from api.output.solve_state import State

Fate = Literal["changed", "gone"]


class ReplayRequest(Request):
    """Whether a run comes out the same when it is solved again from its record."""


class FileFate(Document):
    """A file that the run wrote."""

    same: bool
    then: str | None
    """SHA-256 of the file as it was written; null where it was not."""
    now: str | None
    """The same, solved again."""
    since: Fate | None
    """What became of the file where it lies; null where it is as it was written, or was not looked for."""


class TargetFate(PartnerPart):
    """A target that is another now."""

    metric: str
    period: str | None
    column: str
    """`target` or `assigned`."""
    then: str | None
    now: str | None
    """Null where there is none."""


class VersionFate(Document):
    """What computes, in two versions."""

    then: str | None
    now: str | None


class ReplayDocument(Document):
    """A run solved again from its record."""

    same: bool
    """Whether solving again gives what lies there, to the byte; times and versions aside."""
    scenario: str
    file: str
    """The scenario file."""
    state: State
    files: dict[str, FileFate]
    result: tuple[str, ...]
    """Keys of result.json that differ."""
    targets: tuple[TargetFate, ...]
    """Every target that differs."""
    versions: dict[str, VersionFate]
    """What computes in another version now."""
    read_since: dict[str, Fate] | None
    """Files that the run read and that are no longer what they were; null where they cannot be found."""
