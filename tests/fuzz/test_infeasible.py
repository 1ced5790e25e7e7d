"""A sample of random books that cannot hold: conflicts are minimal, repairs true and not a step further than needed."""

import infeasible
import pytest


@pytest.mark.parametrize("seed", range(4, 10))
def test_a_book_that_cannot_hold_has_a_minimal_conflict_and_exact_repairs(seed: int) -> None:
    outcome = infeasible.tried(infeasible.book_of(seed, most=30))

    assert outcome is None or outcome.wrong == ()


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(50018, id="an earlier change made smaller by a later one"),
        pytest.param(50060, id="a number brought back beside an exemption"),
        pytest.param(50061, id="more conflicts than are reported"),
    ],
)
def test_what_lets_all_rules_hold_together_is_found_and_no_more_than_is_needed(seed: int) -> None:
    outcome = infeasible.tried(infeasible.book_of(seed, most=2000))

    assert outcome is not None
    assert outcome.conflicts.together
    assert outcome.wrong == ()
