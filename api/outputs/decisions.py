"""What people decided about single targets: who, why, until when, and who approved it."""

from typing import Any

from scenarios import Adjustment, Scenario
from scenarios.exact import decimal_text


def decisions(scenario: Scenario) -> list[dict[str, Any]]:
    """Every adjustment, those that counted before those past their day."""
    counted = [_told(each, applied=True) for each in scenario.adjustments]
    return counted + [_told(each, applied=False) for each in scenario.expired]


def _told(adjustment: Adjustment, *, applied: bool) -> dict[str, Any]:
    approved = adjustment.approved_on.isoformat() if adjustment.approved_on else None
    return {
        "partner": adjustment.partner,
        "metric": adjustment.metric,
        "period": adjustment.period,
        "target": decimal_text(adjustment.target),
        "by": adjustment.by,
        "reason": adjustment.reason,
        "until": adjustment.until.isoformat() if adjustment.until else None,
        "approved_by": adjustment.approved_by,
        "approved_on": approved,
        "applied": applied,
        "file": adjustment.place.file,
        "line": adjustment.place.line,
    }
