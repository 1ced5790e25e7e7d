"""What goes between the service and the process of one solve: the request, progress, and one reply."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api.output.solve_state import State

QUESTION = ".question.json"
"""In the folder of an analysis: what is asked."""
PARTS_FOLDER = ".parts"
"""In the folder of an analysis that joins its parts: what each has found, named so that they sort."""
RESULT_FOLDER = "out"
"""Below the folder of a solve: where the packed result is."""


class SolveRequest(BaseModel):
    """What to solve."""

    model_config = ConfigDict(frozen=True)

    folder: Path
    """Holds the scenario's files."""
    time_limit_s: float | None = None
    """Seconds until the best targets proved so far are wanted."""
    question: str | None = None
    """For an analysis: the file in the folder that holds what is asked, as JSON."""
    part: int | None = None
    """Which part of the analysis is wanted, from 0; None for the whole."""
    parts: int = 0
    """Into how many it is divided; 0 when it is not."""


class Progress(BaseModel):
    """How far a solve is."""

    model_config = ConfigDict(frozen=True)

    type: Literal["progress"] = "progress"
    stage: str
    share: float | None = Field(None, ge=0, le=1)


class SolveReply(BaseModel):
    """How a solve ended, in the words of its run."""

    model_config = ConfigDict(frozen=True)

    type: Literal["reply"] = "reply"
    state: State
    termination: str | None = None
    """The solver's verdict: optimal, feasible, infeasible, time_limit, error; None of an analysis."""
    reason: str | None = None
    """Why it failed: findings, invalid, solve_failed, memory_limit, time_limit."""
    findings: tuple[dict[str, Any], ...] = ()
    """Mistakes and doubts of the input."""
    versions: dict[str, str] = Field(default_factory=dict)
    """Of what computed."""
    has_result: bool = False
    """Whether RESULT_FOLDER holds the packed result. A result may be hundreds of MB, so it does not go along."""


Report = Callable[[Progress], None]
Solve = Callable[[SolveRequest, Report], SolveReply]

Message = Progress | SolveReply
_MESSAGE: TypeAdapter[Message] = TypeAdapter(Message)

OUT_OF_MEMORY = SolveReply(state="failed", termination="error", reason="memory_limit")


def encoded(message: Message) -> bytes:
    """The message as one line."""
    return message.model_dump_json().encode() + b"\n"


def decoded(line: bytes) -> Message:
    """The message of a line; raises ValidationError."""
    return _MESSAGE.validate_json(line)
