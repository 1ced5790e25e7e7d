"""What overrides come to: each with its price, and all of them together."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from api.analysis.price import PricePart
from api.analysis.request import Request
from api.output.document import Amount, Document
from api.output.findings import FindingPart
from api.output.partner_names import PartnerPart
from scenarios.values.number_fields import Amount as AmountIn


class OverrideIn(BaseModel):
    """One target to be decided."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    partner: str
    metric: str
    period: str | None = None
    """The period decided on; the whole if left out."""
    target: AmountIn = Field(ge=0)
    reason: str = Field(min_length=1, max_length=500)
    until: date | None = None
    """The last day on which the decision counts."""


class AdjustRequest(Request):
    """What overrides come to, before they are written into the scenario."""

    by: str = Field(min_length=1)
    """Who decided; it stands beside the reason on every receipt."""
    overrides: tuple[OverrideIn, ...] = Field(default=(), max_length=200)
    """The overrides, where they do not come in a workbook."""


class OverridePart(PartnerPart):
    """One override and its price alone, without the others."""

    metric: str
    period: str | None
    unit: str
    target_before: Amount
    target: Amount
    change: Amount
    reason: str
    until: date | None
    file: str
    cell: str
    """Where it was written: sheet and cell."""
    replaces: str | None
    """Who decided this target before, and why; null where there is none."""
    alone: PricePart


class AdjustDocument(Document):
    """The overrides of a workbook, priced."""

    scenario: str
    title: str
    by: str
    overrides: tuple[OverridePart, ...]
    together: PricePart | None
    """All of them at once; null where there is none."""
    findings: tuple[FindingPart, ...]
    """Doubts about what is filled in."""
