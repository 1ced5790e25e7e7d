"""Partners' names and tiers, which stand beside their ids wherever a partner is mentioned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from api.output.document import Document
from scenarios import PartnerTable

NAME, TIER, REGION = "name", "tier", "region"
"""The columns of a partner table that say what a partner is called, how it is ranked and where it is."""


class PartnerPart(Document):
    """A partner."""

    partner: str
    """Its id."""
    name: str | None = None
    """What it is called; null where the partner table has no column `name`."""
    tier: str | None = None
    """Its tier; null where the partner table has no column `tier`."""


class PartnerFields(TypedDict):
    """The fields of `PartnerPart`."""

    partner: str
    name: str | None
    tier: str | None


class PartnerNames:
    """Looks up partners by id."""

    def __init__(
        self, names: Mapping[str, str] | None = None, tiers: Mapping[str, str] | None = None
    ) -> None:
        self._names, self._tiers = names or {}, tiers or {}

    @classmethod
    def of_table(cls, table: PartnerTable) -> PartnerNames:
        """Of the partners of a table."""
        return cls(*({} if c not in table.columns else _by_id(table, c) for c in (NAME, TIER)))

    def and_of(self, other: PartnerNames) -> PartnerNames:
        """Of these partners and others; where both know one, the others count."""
        return PartnerNames({**self._names, **other._names}, {**self._tiers, **other._tiers})

    def of(self, partner: str) -> PartnerFields:
        """The partner's id, name and tier."""
        return {"partner": partner, "name": self._names.get(partner), "tier": self._tiers.get(partner)}

    def has(self, column: str) -> bool:
        """Whether the column, name or tier, is known of anybody."""
        return bool(self._of_column(column))

    def column(self, column: str, partners: NDArray[np.object_]) -> NDArray[np.object_]:
        """(n,) name or tier of each of the partners (n,); "" where it is not known."""
        known = self._of_column(column)
        return np.array([known.get(partner, "") for partner in partners.tolist()], dtype=object)

    def _of_column(self, column: str) -> Mapping[str, str]:
        return self._names if column == NAME else self._tiers

    def part(self, partner: str) -> PartnerPart:
        """The same as a part of a document."""
        return PartnerPart(**self.of(partner))

    def parts(self, partners: Sequence[str]) -> tuple[PartnerPart, ...]:
        """Several."""
        return tuple(map(self.part, partners))


def _by_id(table: PartnerTable, column: str) -> dict[str, str]:
    return dict(zip(table.ids.tolist(), table.text(column).tolist(), strict=True))
