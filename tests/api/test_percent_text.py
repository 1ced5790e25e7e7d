"""Percentages as people read them: none of a number near zero."""

from api.output.numbers import percent


def test_a_growth_is_signed_and_rounded() -> None:
    assert percent(0.125) == "+12.5 %"
    assert percent(-0.00001) == "+0.0 %"


def test_a_hundredfold_is_a_part_of_next_to_nothing() -> None:
    """49,295,770.4 % was printed of a goal whose best is 0.002."""
    assert percent(492957.704) == "beyond 10,000 %"
    assert percent(99.99) == "+9,999.0 %"
