"""Rows: joined, widened, named and multiplied out."""

from fractions import Fraction

import numpy as np
import pytest
from builders import frame, partners, rule

from rules import Rows
from rules.rows import NO_ROWS, join, widen
from rules.text import rows_text
from scenarios.values.rational_array import Exact

SMALL = frame(partners("acme Gold north 100 150", "borealis Silver south 60 80"), periods=("H1", "H2"))
ALL = np.ones(2, dtype=bool)


def floors(period: str, least: int) -> Rows:
    return SMALL.within(period).each({"revenue": 1}, ALL, lower=least)


def test_joined_rows_stand_one_after_the_other() -> None:
    assert rows_text(join([floors("H1", 3), floors("H2", 4)]), SMALL) == (
        "acme: x[revenue, H1] >= 3\nborealis: x[revenue, H1] >= 3\n"
        "acme: x[revenue, H2] >= 4\nborealis: x[revenue, H2] >= 4\n"
    )


def test_widened_rows_add_up() -> None:
    assert rows_text(widen([floors("H1", 3), floors("H2", 4)]), SMALL) == (
        "acme: x[revenue] >= 3\nborealis: x[revenue] >= 3\n"
    )


def test_rows_with_and_without_a_limit_are_not_joined() -> None:
    cap = SMALL.each({"revenue": 1}, ALL, upper=9)

    with pytest.raises(ValueError, match="cannot be one rule's"):
        join([floors("H1", 3), cap])


def test_no_parts_are_no_rows() -> None:
    assert join([]) is NO_ROWS
    assert NO_ROWS.matrix(4).shape == (0, 4)
    assert [len(limit) for limit in NO_ROWS.limits()] == [0, 0]


def test_amounts_are_exact() -> None:
    """0.1 + 0.2 is three tenths here."""
    rows = SMALL.together({"revenue": Fraction(1, 3)}, ALL, upper=1)
    targets = Exact.of([Fraction(1, 10), Fraction(2, 10), 0, 0])

    assert rows.amounts(targets).tolist() == [Fraction(1, 10)]


def test_subjects_name_partner_group_and_period() -> None:
    ids = SMALL.columns.ids
    each = rule("growth_floor", growth_min="3%", period="each").all_rows(SMALL)
    groups = rule("group_limit", total_min=1, by="region", period="H2").all_rows(SMALL)
    whole = rule("group_limit", total_min=1).all_rows(SMALL)

    assert [each.subject(row, ids) for row in range(4)] == [
        "acme, H1",
        "borealis, H1",
        "acme, H2",
        "borealis, H2",
    ]
    assert [groups.subject(row, ids) for row in range(2)] == ["north, H2", "south, H2"]
    assert whole.subject(0, ids) == ""


def test_floats_for_the_solver() -> None:
    low, high = floors("H2", 3).limits()

    assert floors("H2", 3).matrix(4).toarray().tolist() == [[0, 0, 1, 0], [0, 0, 0, 1]]
    assert low.tolist() == [3, 3]
    assert high.tolist() == [np.inf, np.inf]
