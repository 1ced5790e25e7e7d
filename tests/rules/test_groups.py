"""Members in the middle, parts of a whole, and members side by side."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rules.groups import count_pairs, middles, pairs, parts


def test_the_middle_of_three_and_of_four() -> None:
    """Of 5, 1, 9 it is 5; of 8, 2, 6, 4 it is 4 and 6."""
    values = np.array([5.0, 8.0, 1.0, 2.0, 9.0, 6.0, 4.0])
    group = np.array([0, 2, 0, 2, 0, 2, 2])

    filled, low, high = middles(values, group)

    assert filled.tolist() == [0, 2]
    assert values[low].tolist() == [5.0, 4.0]
    assert values[high].tolist() == [5.0, 6.0]


def test_parts_of_a_third_leave_the_rest_to_the_largest() -> None:
    """Thirds to twelve decimals come to 0.999999999999; the last of equals carries what is left."""
    found = parts(np.array([1.0, 1.0, 1.0, 7.0]), np.array([0, 0, 0, 1]))

    assert found.tolist()[:2] == [Fraction(333333333333, 10**12)] * 2
    assert found.at(2) == Fraction(333333333334, 10**12)
    assert found.at(3) == 1


@given(st.lists(st.tuples(st.floats(1e-6, 1e12), st.integers(0, 4)), max_size=30))
def test_parts_of_each_group_sum_to_one(members: list[tuple[float, int]]) -> None:
    values, group = np.array([v for v, _ in members]), np.array([g for _, g in members], dtype=np.intp)

    found = parts(values, group)

    for each in set(group.tolist()):
        assert found[group == each].sum() == 1


def test_pairs_of_two_groups() -> None:
    group = np.array([1, 0, 1])

    each, other = pairs(group)

    assert list(zip(each.tolist(), other.tolist(), strict=True)) == [(0, 0), (0, 2), (1, 1), (2, 0), (2, 2)]
    assert count_pairs(group) == 5


def test_no_one_makes_no_pairs() -> None:
    empty = np.empty(0, dtype=np.intp)

    assert [len(array) for array in pairs(empty)] == [0, 0]
    assert len(parts(np.empty(0), empty)) == 0
