"""What lies ahead of a partner, for its review: its next tier, what it would earn, its part in objectives."""

from __future__ import annotations

from collections.abc import Iterator

from api.analysis.incentives.priced import payout_at
from api.analysis.objectives.score import ratio
from api.analysis.review.document import EarnedPart, NextTier, ObjectiveRole
from api.analysis.review.everyone import Everyone
from scenarios.values.rational_array import six_decimals


def next_tier(everyone: Everyone, partner: int) -> NextTier | None:
    """The nearest tier above that of a partner, by its number, and what it needs; None where there is none."""
    found = everyone.gaps.at(partner) if everyone.gaps else None
    if found is None or found.nearest is None:
        return None
    return NextTier(tier=found.nearest, needs=found.needs, carried=found.carried)


def earned(everyone: Everyone, partner: int) -> EarnedPart | None:
    """What a partner, by its number, would earn; None where that is nothing. Raises Refused for mistakes."""
    if everyone.incentives is None:
        return None
    found = payout_at(everyone.priced, partner)
    if not any(float(each.payout) for each in found):
        return None
    return EarnedPart(unit=everyone.incentives.unit, at=found)


def key_results(everyone: Everyone, partner: int) -> Iterator[ObjectiveRole]:
    """Those in which a partner, by its number, has a part. Raises Refused for mistakes in the objectives."""
    for each in everyone.key_results:
        found = each.readings.at(partner)
        if found is not None and found.score is not None:
            yield ObjectiveRole(
                objective=each.objective,
                name=each.name,
                unit=each.unit,
                now=six_decimals(found.now),
                to=six_decimals(found.to),
                score=six_decimals(found.score),
                due_score=ratio(found.due_score),
            )
