"""The receipts of a plan by partner and metric, over the whole period."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from fractions import Fraction
from io import StringIO

from api.analysis.review.document import ReceiptLine
from scenarios.tables.formula_guard import unguarded
from scenarios.values.parse_number import parse_number
from scenarios.values.rational_array import decimal_text
from solver import Allocation

Receipts = Mapping[tuple[str, str], tuple[ReceiptLine, ...]]
"""Partner and metric to the lines of the receipt."""
FILE = "receipts.csv"


def receipts_in(content: bytes) -> Receipts:
    """The receipts in the CSV that a run wrote."""
    rows = csv.DictReader(StringIO(content.decode("utf-8-sig")))
    return _summed(
        (unguarded(row["partner"]), row["metric"], row["item"], Fraction(parse_number(row["amount"])))
        for row in rows
    )


def receipts_of(allocation: Allocation) -> Receipts:
    """The receipts of an allocation."""
    frame, receipts = allocation.frame, allocation.receipts
    if receipts is None:
        return {}
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
