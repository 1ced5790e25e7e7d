"""What people decided about single targets: who, why, until when, and who approved it."""

from __future__ import annotations

from datetime import date

from api.output.document import Amount
from api.output.partner_names import PartnerNames, PartnerPart
from scenarios import Adjustment, Scenario
from scenarios.values.rational_array import decimal_text


class AdjustmentPart(PartnerPart):
    """A decision about one target."""

    metric: str
    period: str | None
    target: Amount
    by: str
    reason: str
    until: date | None
    approved_by: str | None
    approved_on: date | None
    applied: bool
    """False for one past its day."""
    file: str
    line: int | None


def adjustment_parts(scenario: Scenario) -> tuple[AdjustmentPart, ...]:
    """Every adjustment, those that counted before those past their day."""
    names = PartnerNames.of_table(scenario.table)
    counted = [_part(each, names, applied=True) for each in scenario.adjustments]
    return (*counted, *(_part(each, names, applied=False) for each in scenario.expired))


def _part(adjustment: Adjustment, names: PartnerNames, *, applied: bool) -> AdjustmentPart:
    return AdjustmentPart(
        **names.of(adjustment.partner),
        metric=adjustment.metric,
        period=adjustment.period,
        target=decimal_text(adjustment.target),
        by=adjustment.by,
        reason=adjustment.reason,
        until=adjustment.until,
        approved_by=adjustment.approved_by,
        approved_on=adjustment.approved_on,
        applied=applied,
        file=adjustment.place.file,
        line=adjustment.place.line,
    )
