"""Rows and numbers as people read them."""

from fractions import Fraction

import numpy as np
import pytest
from builders import frame, metric, partners

from rules.number_text import number_text
from rules.text import rows_text
from scenarios.values.rational_array import Exact

TABLE = partners("acme Gold north 100 150", "borealis Silver south 60 80")
SMALL = frame(TABLE, metric(), metric("deals"), periods=("H1", "H2"))
ACME = np.array([True, False])


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Fraction(3), "3"),
        (Fraction(-5, 2), "-2.5"),
        (Fraction(1, 3), "1/3"),
        (Fraction(0), "0"),
        (Fraction(10**15), "1000000000000000"),
        (Fraction(1, 2**40), "0.0000000000009094947017729282379150390625"),
    ],
)
def test_numbers_are_written_in_full(number: Fraction, text: str) -> None:
    assert number_text(number) == text
    assert Fraction(text) == number


def test_terms_with_a_minus_go_to_the_other_side() -> None:
    rows = SMALL.each({"revenue": 1, "deals": Fraction(-1, 2)}, ACME, upper=7)

    assert rows_text(rows, SMALL) == "acme: x[revenue] <= 0.5 x[deals] + 7\n"


def test_a_limit_of_nothing_is_not_added() -> None:
    rows = SMALL.each({"revenue": 1, "deals": -3}, ACME, lower=0)

    assert rows_text(rows, SMALL) == "acme: x[revenue] >= 3 x[deals]\n"


def test_parts_of_the_period_are_named_where_they_differ() -> None:
    rows = SMALL.within("H2").each({"deals": 2}, ACME, lower=1, upper=1)

    assert rows_text(rows, SMALL) == "acme: 2 x[deals, H2] = 1\n"


def test_a_row_without_terms_is_still_a_row() -> None:
    rows = SMALL.each({"revenue": Exact.of([0, 0])}, ACME, upper=5)

    assert rows_text(rows, SMALL) == "acme: 0 <= 5\n"
