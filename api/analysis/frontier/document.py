"""What can be asked about a goal, and the answer."""

from __future__ import annotations

from pydantic import Field

from api.analysis.request import Request
from api.output.document import Document
from api.output.result_parts import FivePart
from api.output.solve_state import State


class FrontierRequest(Request):
    """What a goal reaches against how even the targets stay."""

    goal: int = Field(default=1, ge=1)
    """Which goal of the scenario, counted from 1."""
    give_up: str = "0%:10%:1%"
    """`FROM:TO:STEP` or `A,B,C`: how much of the goal's best may be given up."""


class SharePoint(Document):
    """What becomes of one share given up."""

    give_up: str | None
    """Null without the goal."""
    state: State
    reason: str | None
    """Why there are no targets."""
    best: float | None
    """The best that the rules and the goals before allow; null without the goal."""
    kept: float | None
    """What of it had to be kept; null without the goal."""
    reached: float | None
    """What the whole targets come to; null without targets, as all below."""
    unevenness: float | None
    """The chi-square distance of all targets from the fair shares."""
    typical_stretch: float | None
    """The root mean square of target / fair share - 1, weighted by fair share, over the goal's metrics."""
    stretch: dict[str, FivePart]
    """By metric of the goal."""
    partners_moved: int | None
    """Partners with another target than without the goal."""


class FrontierDocument(Document):
    """What a goal costs in evenness."""

    scenario: str
    title: str
    goal: int
    measure: str
    """What is counted, with its unit."""
    more_is_better: bool
    in_percent: bool
    """Whether the measure is a part of something."""
    best: float | None
    points: tuple[SharePoint, ...]
    without: SharePoint
