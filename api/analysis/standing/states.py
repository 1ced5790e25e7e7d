"""The states of a plan's partners, and how far each is from the next: what alerts are made of."""

from __future__ import annotations

from contextlib import chdir
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from api.analysis.errors import InvalidRequest
from api.analysis.plan import read_plan
from api.analysis.standing.document import StandingRequest
from api.analysis.standing.run import actuals_files, find_standing
from scenarios import Refused
from scenarios.forms import TrackForm
from solver.tracking.standing import State

ORDER: tuple[State, ...] = ("off_track", "behind", "on_track", "ahead")
"""The states that pace decides, from the lowest; the others are not of degree."""


@dataclass(frozen=True)
class PartnerState:
    """Where a partner stands in a metric."""

    partner: str
    metric: str
    state: State
    lowest: State
    """The state if pace were less by the band."""
    highest: State
    """The state if pace were more by the band."""
    as_of: date

    def changes(self, last: str) -> bool:
        """Whether it is another state than the last one, and beyond the band where pace decides."""
        if last not in ORDER or self.state not in ORDER:
            return last != self.state
        return not ORDER.index(self.lowest) <= ORDER.index(last) <= ORDER.index(self.highest)


def states_in(folder: Path, plan: str, actuals: tuple[str, ...]) -> tuple[PartnerState, ...]:
    """The states by a plan and actuals in the folder; none where these have mistakes or no calendar says the day.

    The folder is the process's while it works, so nothing else may run in it.
    """
    try:
        with chdir(folder):
            read = read_plan(Path(plan))
            files = actuals_files([Path(name) for name in actuals], read.scenario)
            found = find_standing(read, files, StandingRequest())
    except (Refused, InvalidRequest):
        return ()
    track, layer = read.scenario.track, found.partners
    higher, lower = _moved(track, 1), _moved(track, -1)
    places = [(metric, who, number, position)
              for number, metric in enumerate(read.frame.metrics)
              for position, who in enumerate(read.frame.columns.ids)]  # fmt: skip
    made = []
    for metric, who, number, position in places:
        at = layer.at(number, position)
        states = at.state(track), at.state(higher), at.state(lower)
        made.append(PartnerState(who, metric, *states, as_of=found.actuals.day))
    return tuple(made)


def _moved(track: TrackForm, by: int) -> TrackForm:
    """The bounds, higher or lower by the band."""
    names = ("ahead", "on_track", "off_track")
    return track.model_copy(update={name: getattr(track, name) + by * track.band for name in names})
