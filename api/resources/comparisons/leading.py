"""The moves that a page lists: the furthest of each side, and how many there are; all of them are at the interface.

Results never change, so what was compared once is kept for the next page view.
"""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.orm import Session

from api.analysis.compare.document import AgainstPart, CompareDocument
from api.resources.comparisons.service import compare_stored, rows
from api.web.context import caller, service
from api.web.last_used import LastUsed
from api.web.offload import read_in_store

T = TypeVar("T")

LIMITS = 100
"""Targets newly at a limit that a page lists."""
_KEPT = 16
"""Comparisons kept in memory, each of a page's size."""


def leading(run_ids: list[str], most: int) -> CompareDocument:
    """The comparison with its `most` furthest moves of each side; raises NotFound and HttpProblem."""
    return once(("leading", *run_ids, most), run_ids, compare_leading, run_ids, most)


def once(key: tuple[object, ...], run_ids: list[str], work: Callable[..., T], *arguments: object) -> T:
    """What the work finds about runs of the caller, called with a session, the organisation and the arguments."""
    org_id = caller().org_id
    with service().store.read() as session:
        size = sum(rows(session, org_id, run_id) for run_id in run_ids)
    found = _CACHE.get(key)
    if found is None:
        found = _CACHE.put(key, read_in_store(size, work, org_id, *arguments))
    return found  # type: ignore[return-value]


_CACHE: LastUsed[object] = LastUsed(_KEPT)


def compare_leading(session: Session, org_id: str, run_ids: list[str], most: int) -> CompareDocument:
    """As `leading`, from the store."""
    return shortened(compare_stored(session, org_id, run_ids, most), most)


def shortened(found: CompareDocument, most: int) -> CompareDocument:
    """The comparison with so many moves of each side at most."""
    return found.model_copy(
        update={"against_first": tuple(_shortened(each, most) for each in found.against_first)}
    )


def _shortened(against: AgainstPart, most: int) -> AgainstPart:
    return against.model_copy(
        update={"moves": against.moves[:most], "newly_at_a_limit": against.newly_at_a_limit[:LIMITS]}
    )
