"""IIS: the smallest set of rules that cannot hold, with what they add up to."""

import builders
import pytest

from solver.engines.piqp import Piqp
from solver.infeasible.iis import can_hold, irreducible_set, names
from solver.infeasible.incremental import IncrementalModel

TWO = ("acme Gold north 400 150", "bolt Silver south 600 150")


def model(cap: str, *, priority: int | None = None) -> IncrementalModel:
    """1,000 to be placed, half at most for each, the north at most so much, and a floor that all can keep."""
    book = builders.book(
        builders.frame(builders.partners(*TWO), builders.metric("revenue"), totals={"revenue": 1000}),
        builders.rule("company_target", name="target", total=1000),
        builders.rule("growth_floor", name="floor", growth_min="-50%"),
        builders.rule("concentration", name="largest", share_max="50%"),
        builders.rule(
            "group_limit", name="north", where={"region": "north"}, share_max=cap, priority=priority
        ),
    )
    return IncrementalModel.of(book)


def test_rules_that_hold_have_no_such_set() -> None:
    """Half for each is all of it."""
    assert irreducible_set(model("50%"), Piqp()) is None
    assert can_hold(model("50%"), Piqp())


def test_the_set_names_all_that_it_takes_and_nothing_else() -> None:
    """1,000 asked; 400 for the north and 500 for the other leave 100 too few. The floor has no part in it."""
    asked = model("40%")
    found = irreducible_set(asked, Piqp())

    assert found is not None
    assert names(asked.book, found.rules) == ("target", "largest", "north")
    assert can_hold(asked.restricted(found.rules - {0}), Piqp())
    assert can_hold(asked.restricted(found.rules - {2}), Piqp())
    assert can_hold(asked.restricted(found.rules - {3}), Piqp())


def test_its_proof_adds_up() -> None:
    """In proportion: the target asks 1,000, the caps allow 500 and 400, and a tenth of the target is missing."""
    found = irreducible_set(model("40%"), Piqp())

    assert found is not None
    amounts = found.proof.of_rules
    assert amounts[2] / amounts[0] == pytest.approx(-0.5)
    assert amounts[3] / amounts[0] == pytest.approx(-0.4)
    assert found.proof.amount / amounts[0] == pytest.approx(0.1)


def test_elastic_rules_are_in_no_conflict() -> None:
    assert irreducible_set(model("40%", priority=1), Piqp()) is None
