"""Values in one line, and whether two of them say the same."""

from decimal import Decimal
from fractions import Fraction

import pytest

from scenarios.values.inline_yaml import change_text, inline, same


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (None, "none"),
        (True, "true"),
        (12, "12"),
        (Decimal("1200.50"), "1200.50"),
        (Decimal("1E+3"), "1000"),
        (Fraction(7, 10), "0.7"),
        ("3%", "3%"),
        ({"tier": ["Gold", "Silver"], "n": {"min": 5}}, "{tier: [Gold, Silver], n: {min: 5}}"),
        (("Q1", "Q2"), "[Q1, Q2]"),
    ],
)
def test_a_value_in_one_line(value: object, line: str) -> None:
    assert inline(value) == line


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("3%", Decimal("0.03"), True),
        (1, Decimal("1.0"), True),
        ("100%", 1, True),
        ({"a": "5%"}, {"a": Decimal("0.050")}, True),
        ([1, "x"], (1, "x"), True),
        ("007", 7, False),
        ("7", 7, False),
        (True, 1, False),
        (None, "", False),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ("nearly%", "nearly%", True),
    ],
)
def test_what_says_the_same(one: object, other: object, alike: bool) -> None:
    assert same(one, other) == alike
    assert same(other, one) == alike


def test_of_mappings_only_what_differs_is_reported() -> None:
    old = {"Gold": 8000, "Silver": 4000, "Bronze": 10}
    assert change_text(old, {"Gold": 9000, "Silver": 4000, "Iron": 1}) == (
        "Gold 8000 → 9000, Bronze 10 → none, Iron none → 1"
    )
