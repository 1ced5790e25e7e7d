"""The impact of new rules as tables: every target under old and new rules, and what each change moved."""

from __future__ import annotations

from api.analysis.compare.tables import moves_sheet, reasons_sheet
from api.analysis.impact.run import Impacts
from api.output.sheets import Sheet


def impact_moves(impacts: Impacts) -> Sheet:
    """Every target of every scenario, under old and new rules."""
    return moves_sheet([(each.before, each.against) for each in impacts.found], side="scenario")


def impact_reasons(impacts: Impacts) -> Sheet:
    """What each change of the rules moved."""
    return reasons_sheet([each.against for each in impacts.found])
