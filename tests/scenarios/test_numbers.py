"""Numbers are exact, and nothing that is no number passes for one."""

from contextlib import suppress
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.tables.number_style import is_number, parse_cell
from scenarios.values.number_fields import LARGEST, parse_number


@pytest.mark.parametrize(
    ("content", "number"),
    [
        ("3%", Fraction(3, 100)),
        ("3 %", Fraction(3, 100)),
        (" 48% ", Fraction(12, 25)),
        ("0.03", Fraction(3, 100)),
        ("-2.5%", Fraction(-1, 40)),
        ("+7", Fraction(7)),
        (".5", Fraction(1, 2)),
        ("5.", Fraction(5)),
        ("1e3", Fraction(1000)),
        (1000, Fraction(1000)),
        (0.1, Fraction(1, 10)),
        (1e-7, Fraction(1, 10**7)),
        (Decimal("0.10"), Fraction(1, 10)),
        (Fraction(1, 3), Fraction(1, 3)),
        (LARGEST, Fraction(LARGEST)),
    ],
)
def test_a_number_is_read_exactly(content: object, number: Fraction) -> None:
    assert parse_number(content) == number


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("three percent", "is 'three percent'"),
        ("", "is ''"),
        ("%", "is '%'"),
        ("3%%", "is '3%%'"),
        ("1,000", "is '1,000'"),
        ("1_000", "is '1_000'"),
        ("0x10", "is '0x10'"),
        ("١٢", "is '١٢'"),
        ("nan", "is 'nan'"),
        ("inf", "is 'inf'"),
        (float("nan"), "is nan"),
        (float("-inf"), "is -inf"),
        (Decimal("NaN"), "is NaN"),
        (Decimal("Infinity"), "is Infinity"),
        (None, "is empty"),
        (True, "is true"),
        ([], "is empty"),
        ([1], "is a list"),
        ({"a": 1}, "is a mapping"),
        (b"3", "is b'3'"),
    ],
)
def test_what_is_no_number_is_said_to_be_what_it_is(content: object, message: str) -> None:
    with pytest.raises(ValueError, match="is") as error:
        parse_number(content)
    assert str(error.value) == message


@pytest.mark.parametrize(
    "content",
    [
        LARGEST + 1,
        -LARGEST - 1,
        10**400,
        "9" * 400,
        "1e16",
        "1e99",
        Decimal("1e999999"),
        Decimal("1e-999999"),
        1e300,
    ],
)
def test_absurd_numbers_are_refused_at_once_and_in_few_words(content: object) -> None:
    with pytest.raises(ValueError, match="is") as error:
        parse_number(content)
    assert len(str(error.value)) < 150


@given(st.decimals(min_value=-LARGEST, max_value=LARGEST, allow_nan=False, places=6))
def test_a_decimal_written_out_is_the_decimal_read(number: Decimal) -> None:
    assert parse_number(f"{number:f}") == Fraction(number)
    assert parse_number(number) == Fraction(number)
    assert parse_number(f"{number:f}%") == Fraction(number) / 100


@given(st.floats(min_value=1e-15, max_value=1e15) | st.floats(min_value=-1e15, max_value=-1e-15))
def test_a_float_is_the_shortest_decimal_that_reads_back(number: float) -> None:
    assert float(parse_number(number)) == number


@given(st.text(max_size=80))
def test_text_is_a_number_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        assert abs(parse_number(text)) <= LARGEST


@given(st.text("0123456789.,-+ %€E()'x\u00a0٣", max_size=8) | st.integers(59, 62).map("1".__mul__))
def test_a_cell_is_a_number_where_one_style_reads_it(text: str) -> None:
    read = []
    for decimal in (".", ","):
        with suppress(ValueError):
            read.append(parse_cell(text, decimal))
    assert is_number(text) == bool(read)
