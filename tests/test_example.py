"""The shipped example and its variants: every target is pinned; a change of one is meant, and in CHANGELOG.

After a change that is meant: RENEW=1 python -m pytest tests/test_example.py
"""

import csv
import os
from fractions import Fraction
from io import StringIO
from pathlib import Path

import builders
import pytest

from scenarios.values.rational_array import decimal_text
from solver import Allocation, allocate

EXAMPLE = Path(__file__).parent.parent / "scenarios" / "examples" / "channel"
EXPECTED = EXAMPLE / "expected"
SOLVED = ("scenario", "stretch", "value", "quarters")


def solved(name: str) -> Allocation:
    return allocate(*builders.read(EXAMPLE / f"{name}.yaml"))


def targets(allocation: Allocation) -> str:
    """Partner, metric, period and target of every cell, as CSV."""
    text, frame = StringIO(), allocation.frame
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["partner", "metric", "period", "target"])
    for cell, target in enumerate(allocation.target.tolist()):
        block, partner = divmod(cell, frame.partners)
        metric, part = divmod(block, frame.parts)
        period = frame.periods[part] if frame.periods else ""
        writer.writerow(
            [frame.columns.ids[partner], list(frame.metrics)[metric], period, decimal_text(target)]
        )
    return text.getvalue()


def pinned(name: str, found: str) -> str:
    if os.environ.get("RENEW"):
        EXPECTED.mkdir(exist_ok=True)
        (EXPECTED / name).write_text(found, encoding="utf-8")
    return (EXPECTED / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SOLVED)
def test_every_target_is_as_pinned(name: str) -> None:
    allocation = solved(name)
    assert allocation.state == "succeeded", allocation.reason
    assert targets(allocation).splitlines() == pinned(f"{name}.csv", targets(allocation)).splitlines()


def test_the_conflict_is_as_pinned() -> None:
    allocation = solved("conflict")
    assert allocation.state == "infeasible"
    assert allocation.conflict is not None
    report = "\n".join((*allocation.conflict.rules, *allocation.conflict.sentences)) + "\n"
    assert report == pinned("conflict.txt", report)


@pytest.mark.parametrize("name", SOLVED)
def test_rounding_takes_less_than_a_unit_on_every_receipt(name: str) -> None:
    """What rules did stands under the rules: a cap that a rule overrode must not come back as rounding."""
    allocation = solved(name)
    receipts, frame = allocation.receipts, allocation.frame
    assert receipts is not None
    metrics = list(frame.metrics.values())
    rounding = [
        (frame.columns.ids[cell % frame.partners], amount)
        for cell, kind, amount in zip(
            receipts.cell.tolist(), receipts.kind.tolist(), receipts.amount.tolist(), strict=True
        )
        if kind == "rounding"
        and abs(amount) >= metrics[cell // (frame.parts * frame.partners)].round_to + Fraction(1, 100)
    ]

    assert rounding == []
