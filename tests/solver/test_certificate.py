"""Certificates read with other limits and leant on one rule, with sums done by hand.

1,000 are to be placed. No partner may have more than 300, and the two in the north c together. A multiplier of one on the
target and of minus a half on the north adds up to 1,000 - c/2 asked, and half of 300 for each in the north and 300 for
each of the others allowed: 1,000 - c/2 - 300 - 600 = 100 - c/2, a proof for c below 200. Leant on the north twice as
much it is 1,000 - c - 600 = 400 - c, a proof for c below 400: the least that does.
"""

import builders
import numpy as np
import pytest

from rules.tunable import tunable_parameters
from solver.engines.piqp import Piqp
from solver.infeasible.certificate import Certificate
from solver.infeasible.incremental import IncrementalModel
from solver.infeasible.system import System
from solver.infeasible.tuning import Grid, Refutations, hard_system, least_steps
from solver.infeasible.work import Work

FOUR = ("acme Gold north 100 0", "bolt Gold north 100 0", "cube Gold south 100 0", "dune Gold south 100 0")
TARGET, NORTH = 0, 2
WEAK = Certificate({TARGET: np.array([1.0]), NORTH: np.array([-0.5])})


def model(most: int) -> IncrementalModel:
    return IncrementalModel.of(
        builders.book(
            builders.frame(builders.partners(*FOUR), totals={"revenue": 1000}),
            builders.rule("company_target", name="target", total=1000),
            builders.rule("concentration", name="largest", share_max="30%"),
            builders.rule("group_limit", name="north", where={"region": "north"}, total_max=most),
        )
    )


def system(most: int) -> System:
    return hard_system(model(most))


@pytest.mark.parametrize(("most", "amount"), [(100, 50), (150, 25), (200, 0), (300, -50)])
def test_a_certificate_proves_less_the_nearer_a_limit_comes(most: int, amount: int) -> None:
    proof = WEAK.proof(system(most))

    assert proof.amount == pytest.approx(amount)
    assert proof.holds == (amount > 0)


@pytest.mark.parametrize(("most", "amount"), [(100, 300), (200, 200), (399, 1), (400, 0), (500, -100)])
def test_leant_on_a_rule_it_refutes_values_further_on(most: int, amount: int) -> None:
    leant = WEAK.stretched(NORTH, 2.0)

    assert leant is not None
    assert leant.proof(system(most)).amount == pytest.approx(amount)
    assert leant.refutes(system(most)) == (amount > 0)


def test_leant_too_far_it_proves_nothing() -> None:
    """Four times as much: 1,000 - 2 · 300 for c, nothing for the north, whose floors are zero, and 600: 200 too few."""
    leant = WEAK.stretched(NORTH, 4.0)

    assert leant is not None
    assert leant.proof(system(300)).amount == pytest.approx(-200)
    assert not leant.refutes(system(300))


def test_a_rule_without_a_multiplier_cannot_be_leant_on() -> None:
    assert WEAK.stretched(1, 2.0) is None


def test_what_was_read_of_one_limit_is_not_read_of_another() -> None:
    """A certificate keeps what it has read of a rule's rows: with other limits they are read anew."""
    assert [WEAK.proof(system(most)).amount for most in (100, 300, 100)] == pytest.approx([50, -50, 50])


def test_a_number_is_tuned_to_the_last_value_that_is_refuted() -> None:
    """From 100 in steps of one: 300 steps lead to 400."""
    asked = model(100)
    (parameter,) = (each for each in tunable_parameters(asked.book.rules[NORTH]) if each.field == "total_max")
    engine = Piqp()

    assert (
        least_steps(asked, Grid(parameter, parameter.value / 100, True, 900), Refutations(engine, Work()))
        == 300
    )
