"""Exact numbers: like fractions one by one, whatever their size."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.values.rational_array import Exact, decimal_text

fractions = st.one_of(
    st.fractions(max_denominator=1000),
    st.integers(-(10**30), 10**30).map(Fraction),
    st.sampled_from([Fraction(0), Fraction(2**62), Fraction(-(2**62) + 1), Fraction(1, 3), Fraction(2**63 - 1, 7)]),
)  # fmt: skip
lists = st.lists(fractions, min_size=1, max_size=6)
pairs = st.lists(st.tuples(fractions, fractions), min_size=1, max_size=6)


def test_a_tenth_three_times_is_three_tenths() -> None:
    """In floats, 0.1 + 0.1 + 0.1 is 0.30000000000000004."""
    tenths = Exact.from_floats(np.array([0.1, 0.1, 0.1]))

    assert tenths.sum() == Fraction(3, 10)


@given(st.lists(st.decimals(-(10**9), 10**9, places=4), min_size=1, max_size=6))
def test_floats_become_the_decimals_that_people_wrote(content: list[object]) -> None:
    read = Exact.from_floats(np.array([float(str(number)) for number in content]))

    assert read.tolist() == [Fraction(str(number)) for number in content]


@given(lists)
def test_numbers_come_back_as_they_were(numbers: list[Fraction]) -> None:
    exact = Exact.of(numbers)

    assert exact.tolist() == numbers
    assert len(exact) == len(numbers)
    assert [exact.at(index) for index in range(len(numbers))] == numbers


@given(pairs)
def test_arithmetic_is_that_of_fractions(both: list[tuple[Fraction, Fraction]]) -> None:
    left, right = zip(*both, strict=True)
    a, b = Exact.of(list(left)), Exact.of(list(right))

    assert (a + b).tolist() == [x + y for x, y in both]
    assert (a - b).tolist() == [x - y for x, y in both]
    assert (a * b).tolist() == [x * y for x, y in both]
    assert (-a).tolist() == [-x for x in left]
    assert a.maximum(b).tolist() == [max(pair) for pair in both]
    assert a.minimum(b).tolist() == [min(pair) for pair in both]


@given(lists, fractions.filter(bool))
def test_arithmetic_with_one_number_is_that_with_each(numbers: list[Fraction], other: Fraction) -> None:
    exact = Exact.of(numbers)

    assert (exact + other).tolist() == [x + other for x in numbers]
    assert (other + exact).tolist() == [other + x for x in numbers]
    assert (other - exact).tolist() == [other - x for x in numbers]
    assert (other * exact).tolist() == [other * x for x in numbers]
    assert (exact / other).tolist() == [x / other for x in numbers]


@given(pairs)
def test_comparisons_are_exact(both: list[tuple[Fraction, Fraction]]) -> None:
    left, right = zip(*both, strict=True)
    a, b = Exact.of(list(left)), Exact.of(list(right))

    assert (a < b).tolist() == [x < y for x, y in both]
    assert (a <= b).tolist() == [x <= y for x, y in both]
    assert (a > b).tolist() == [x > y for x, y in both]
    assert (a >= b).tolist() == [x >= y for x, y in both]
    assert a.equals(b).tolist() == [x == y for x, y in both]


@given(st.lists(st.tuples(fractions, st.integers(0, 3)), min_size=1, max_size=8))
def test_sums_by_group_add_up(entries: list[tuple[Fraction, int]]) -> None:
    numbers, group = zip(*entries, strict=True)
    exact = Exact.of(list(numbers))
    sums = exact.sum_by(np.array(group, dtype=np.intp), 4)

    assert sums.tolist() == [sum((x for x, g in entries if g == each), Fraction(0)) for each in range(4)]
    assert exact.sum() == sum(numbers, Fraction(0))


@given(pairs)
def test_where_chooses_one_by_one(both: list[tuple[Fraction, Fraction]]) -> None:
    left, right = zip(*both, strict=True)
    first = np.arange(len(both)) % 2 == 0
    chosen = Exact.of(list(left)).where(first, Exact.of(list(right)))

    assert chosen.tolist() == [x if f else y for (x, y), f in zip(both, first, strict=True)]


@given(lists, lists)
def test_joined_numbers_stand_one_after_the_other(first: list[Fraction], second: list[Fraction]) -> None:
    assert Exact.join([Exact.of(first), Exact.of(second)]).tolist() == first + second


@given(lists)
def test_reduced_numbers_are_the_same(numbers: list[Fraction]) -> None:
    exact = Exact.of(numbers)
    reduced = Exact(exact.numerators.astype(object) * 6, exact.denominator * 6).reduced()

    assert reduced.tolist() == numbers
    assert reduced.denominator <= exact.denominator


@pytest.mark.parametrize(
    ("numbers", "middle"),
    [([3, 1, 2], Fraction(2)), ([4, 1, 2, 3], Fraction(5, 2)), ([7], Fraction(7)), ([1, 2], Fraction(3, 2))],
)
def test_the_median_is_the_middle_or_between_the_two(numbers: list[int], middle: Fraction) -> None:
    assert Exact.of(numbers).median() == middle


@given(lists)
def test_floats_are_the_nearest(numbers: list[Fraction]) -> None:
    assert Exact.of(numbers).floats().tolist() == [float(x) for x in numbers]


@given(st.lists(st.tuples(fractions, st.integers(1, 4)), max_size=6))
def test_floats_of_runs_are_the_nearest(runs: list[tuple[Fraction, int]]) -> None:
    numbers = [number for number, times in runs for _ in range(times)]
    assert Exact.of(numbers).floats().tolist() == [float(x) for x in numbers]


def test_a_number_that_follows_itself_is_divided_once() -> None:
    divided = []

    class Counted(int):
        def __truediv__(self, other: int) -> float:
            divided.append(self)
            return int(self) / other

    large = Counted(3**60)
    found = Exact(np.array([large] * 5 + [Counted(7)] + [large] * 4, dtype=object), 2**90).floats()
    assert divided == [3**60, 7, 3**60]
    assert found.tolist() == [3**60 / 2**90] * 5 + [7 / 2**90] + [3**60 / 2**90] * 4


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Fraction(0), "0"),
        (Fraction(1, 2), "0.5"),
        (Fraction(-1, 8), "-0.125"),
        (Fraction(1, 3), "0.333333"),
        (Fraction(2, 3), "0.666667"),
        (Fraction(1, 10**9), "0.000000001"),
        (Fraction(10**20), "100000000000000000000"),
        (Fraction(-1, 3 * 10**9), "0"),
    ],
)
def test_numbers_are_written_in_full_where_they_end(number: Fraction, text: str) -> None:
    assert decimal_text(number) == text


def test_zeros_over_a_denominator_beyond_a_word_are_zeros() -> None:
    """As a phased ramp of huge numbers makes them: every number divides zero."""
    assert (Exact.full(2, 0) * Fraction(1, 10**30)).tolist() == [0, 0]
    assert (Exact.full(2, 0) / 10**25).denominator == 1
