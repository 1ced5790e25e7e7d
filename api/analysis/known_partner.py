"""The partner that a request is about."""

from __future__ import annotations

from collections.abc import Sequence

from api.analysis.errors import InvalidRequest
from scenarios import did_you_mean
from scenarios.values.names import normalised


def known_partner(partner: str, ids: Sequence[str], where: str) -> str:
    """The partner's id as the table has it. Raises InvalidRequest, which names `where`, for an unknown one."""
    who = normalised(partner)
    if who not in ids:
        raise InvalidRequest("partner", f"no partner {who!r} in {where}.{did_you_mean(who, ids)}")
    return who
