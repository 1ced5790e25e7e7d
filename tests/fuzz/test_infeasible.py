"""A sample of random books that cannot hold: conflicts are minimal, repairs true and not a step further than needed."""

import infeasible
import pytest


@pytest.mark.parametrize("seed", range(4, 10))
def test_a_book_that_cannot_hold_has_a_minimal_conflict_and_exact_repairs(seed: int) -> None:
    outcome = infeasible.tried(infeasible.book_of(seed, most=30))

    assert outcome is None or outcome.wrong == ()
