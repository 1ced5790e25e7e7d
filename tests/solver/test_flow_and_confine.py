"""Flows and confined rows over columns of several units, with sums done by hand."""

import numpy as np
import pytest

from solver.integer.at_stake import IntegerRows
from solver.integer.confine import confined
from solver.integer.flow import cheapest_counts, cheapest_flow
from solver.integer.integer_program import IntegerProgram
from solver.integer.laminar import families
from solver.integer.ranks import COMPANY, HARD
from solver.model.matrices import Matrix, distinct, kinds


def one_row(
    row: list[float],
    limits: tuple[float, float],
    cost: list[float],
    *,
    width: list[int] | None = None,
    rank: int = HARD,
) -> IntegerProgram:
    """One row over columns that cost something in the last of two ranks."""
    return IntegerProgram(
        width=np.array(width or [1] * len(cost), dtype=np.int64),
        cost=np.array([[0.0] * len(cost), cost]),
        natural=np.zeros(len(cost)),
        rows=IntegerRows(
            matrix=Matrix(np.array([row], dtype=float)),
            lower=np.array([limits[0]], dtype=float),
            upper=np.array([limits[1]], dtype=float),
            rank=np.array([rank]),
            weight=np.ones(1),
            whole=np.ones(1, dtype=bool),
        ),
    )


def counts(program: IntegerProgram) -> list[int]:
    found = families(program.rows.matrix, program.rows.ones)
    flow = cheapest_flow(program, found)
    quick = cheapest_counts(program, found)
    assert flow is not None
    assert quick is not None
    assert program.score(quick.astype(float)) == pytest.approx(program.score(flow.counts.astype(float)))
    return flow.counts.tolist()


def test_the_cheap_column_is_filled_before_the_dear_one() -> None:
    """4 units of columns that hold 3 at a cost of 1 and 2 at a cost of 2: three and one."""
    assert counts(one_row([1, 1], (4, 4), [1.0, 2.0], width=[3, 2])) == [3, 1]


def test_a_total_of_an_earlier_rank_is_worth_any_cost_of_a_later() -> None:
    """A total of two is to be kept first: the two cheapest of three columns that all cost something."""
    assert counts(one_row([1, 1, 1], (2, 2), [0.3, 0.1, 0.2], rank=COMPANY)) == [0, 1, 1]


def test_without_the_total_nothing_is_taken() -> None:
    assert counts(one_row([1, 1, 1], (0, 3), [0.3, 0.1, 0.2])) == [0, 0, 0]


def test_more_than_there_is_cannot_flow() -> None:
    """Six of columns that hold five."""
    program = one_row([1, 1], (6, 6), [1.0, 2.0], width=[3, 2])
    assert cheapest_counts(program, families(program.rows.matrix, program.rows.ones)) is None


def test_a_need_is_taken_from_the_cheapest() -> None:
    """At least 2 of three columns: the two cheapest are taken in any case, and the third stays free."""
    found = confined(one_row([1, 1, 1], (2, np.inf), [0.3, 0.1, 0.2]), np.ones(1, dtype=bool))

    assert found is not None
    assert found.taken.tolist() == [0, 1, 1]
    assert found.program.width.tolist() == [1, 0, 0]


def test_what_does_not_fit_beside_cheaper_columns_is_left_out() -> None:
    """Room for 5: the 3 that is cheapest leaves 2, into which the 4 does not fit and the 2 does."""
    found = confined(one_row([4, 3, 2], (-np.inf, 5), [0.2, 0.1, 0.3]), np.ones(1, dtype=bool))

    assert found is not None
    assert found.program.width.tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    "program",
    [
        one_row([1, 1, 1], (4, np.inf), [0.3, 0.1, 0.2]),
        one_row([1, 1, -1], (-np.inf, 1), [0.3, 0.1, 0.2]),
        one_row([1, 1, 1], (-np.inf, -1), [0.3, 0.1, 0.2]),
        one_row([1, 1, 1], (2, 2), [0.3, 0.1, 0.2], rank=COMPANY),
        one_row([1, 1, 1], (2, 2), [0.3, 0.1, 0.2], width=[2, 1, 1]),
    ],
    ids=["too little", "two signs", "no room", "not hard", "several units"],
)
def test_rows_that_cannot_be_so_kept_are_left_to_others(program: IntegerProgram) -> None:
    assert confined(program, np.ones(1, dtype=bool)) is None


@pytest.mark.parametrize("most", [10, 10**12], ids=["counted", "sorted"])
def test_keys_are_numbered_by_their_order(most: int) -> None:
    """3, 9, 3, 0: zero is the first kind, three the second, nine the third; each first stands at 3, 0 and 1."""
    first, kind = kinds(np.array([3, 9, 3, 0]), most)

    assert first.tolist() == [3, 0, 1]
    assert kind.tolist() == [1, 2, 1, 0]


@pytest.mark.parametrize("numbers", [[], [4], [2**62, -(2**62), 2**62], [3, 1, 3, 2, 1]], ids=str)
def test_distinct_numbers_rise_and_come_once(numbers: list[int]) -> None:
    assert distinct(np.array(numbers, dtype=np.int64)).tolist() == sorted(set(numbers))
