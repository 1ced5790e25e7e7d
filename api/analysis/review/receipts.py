"""The receipts of a plan by partner and metric, over the whole period."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from fractions import Fraction
from io import StringIO
from pathlib import Path

from api.analysis.plan import Plan
from api.analysis.review.document import ReceiptLine
from scenarios import Place, Refused, Report
from scenarios.tables.formula_guard import unguarded
from scenarios.values.parse_number import parse_number
from scenarios.values.quoting import quoted
from scenarios.values.rational_array import decimal_text
from solver import Allocation
from solver.whole_period import whole_period, whole_receipts

Receipts = Mapping[tuple[str, str], tuple[ReceiptLine, ...]]
"""Partner and metric to the lines of the receipt."""
FILE = "receipts.csv"
_REMEDY = "Solve again: the run writes it anew."


def receipts_in(file: Path, plan: Plan) -> Receipts:
    """The receipts in the CSV that a run wrote, or in a part of it. Raises Refused where it is none, or of other targets."""
    report, place = Report(), Place(str(file))
    try:
        rows = csv.DictReader(StringIO(file.read_bytes().decode("utf-8-sig")), restval="")
        found = _summed((*_whose(row), row["item"], parse_number(row["amount"])) for row in rows)
        if rows.fieldnames is None:
            raise ValueError("it is empty")
    except (OSError, KeyError, ValueError, TypeError, csv.Error) as error:
        report.error("not-a-table", place, f"the file is no table of receipts: {error}", _REMEDY)
        raise Refused(report.findings) from None
    targets = _targets(plan)
    for (partner, metric), lines in found.items():
        total, target = (
            sum((Fraction(line.amount) for line in lines), Fraction(0)),
            targets.get((partner, metric)),
        )
        if total != target:
            amounts = f"{decimal_text(total)}, and the target is {'none' if target is None else decimal_text(target)}"
            message = f"the receipt of {quoted(partner)}, {metric}, adds up to {amounts}"
            report.error("plan-differs", place, message, _REMEDY)
            break
    report.stop_on_errors()
    return found


def _whose(row: Mapping[str, str]) -> tuple[str, str]:
    return unguarded(row["partner"]), unguarded(row["metric"])


def _targets(plan: Plan) -> dict[tuple[str, str], Fraction]:
    """By partner and metric, over the parts of the period."""
    return {
        (partner, metric): amount
        for metric in plan.frame.metrics
        for partner, amount in zip(plan.frame.columns.ids, plan.of_period(metric).tolist(), strict=True)
    }


def receipts_of(allocation: Allocation) -> Receipts:
    """The receipts of an allocation."""
    if allocation.receipts is None:
        return {}
    frame, receipts = whole_period(allocation).frame, whole_receipts(allocation)
    names = tuple(frame.metrics)
    return _summed(
        (frame.columns.ids[cell % frame.partners], names[cell // frame.partners // frame.parts], item, amount)
        for cell in range(frame.size)
        for item, _, amount in receipts.of(cell)
    )


def _summed(rows: Iterable[tuple[str, str, str, Fraction]]) -> Receipts:
    """Item by item over the parts of the period, in the order of their first line."""
    sums: dict[tuple[str, str], dict[str, Fraction]] = {}
    for partner, metric, item, amount in rows:
        lines = sums.setdefault((partner, metric), {})
        lines[item] = lines.get(item, Fraction(0)) + amount
    return {
        key: tuple(
            ReceiptLine(item=item, amount=decimal_text(amount)) for item, amount in lines.items() if amount
        )
        for key, lines in sums.items()
    }
