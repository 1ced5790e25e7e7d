"""IncrementalModel: a book with one rule changed states what the changed book states when read anew."""

from fractions import Fraction

import builders
import numpy as np
import pytest

from rules import Rule
from rules.tunable import revised
from solver.infeasible.incremental import IncrementalModel

RULES = (
    builders.rule("company_target", name="target", total=1000),
    builders.rule("growth_floor", name="floor", growth_min="-5%"),
    builders.rule("group_limit", name="north", where={"region": "north"}, share_min="25%"),
    builders.rule("concentration", name="largest", share_max="50%", priority=1),
    builders.rule("even_within", name="alike", band="10%", priority=2),
)
BOOK = builders.book(
    builders.frame(
        builders.partners("acme Gold north 400 1", "bolt Gold south 600 1"), totals={"revenue": 1000}
    ),
    *RULES,
)


@pytest.mark.parametrize(
    "changed",
    [
        RULES[0].model_copy(update={"total": Fraction(1200)}),
        RULES[1].model_copy(update={"growth_min": Fraction(1, 10)}),
        RULES[2].model_copy(update={"share_min": Fraction(1, 2)}),
        RULES[3].model_copy(update={"share_max": Fraction(2, 5)}),
        RULES[4].model_copy(update={"band": Fraction(1, 5)}),
    ],
    ids=lambda rule: str(rule.name),
)
def test_one_rule_changed_is_as_read_anew(changed: Rule) -> None:
    quick, anew = IncrementalModel.of(BOOK).with_rule(changed), IncrementalModel.of(revised(BOOK, [changed]))

    assert quick.book.rules == anew.book.rules
    assert quick.book.frame.totals == anew.book.frame.totals
    for one, other in zip(quick.blocks, anew.blocks, strict=True):
        assert np.array_equal(one.lower, other.lower)
        assert np.array_equal(one.upper, other.upper)
        assert (one.matrix != other.matrix).nnz == 0


def test_only_the_changed_rule_is_made_anew() -> None:
    stated = IncrementalModel.of(BOOK)
    changed = stated.with_rule(RULES[1].model_copy(update={"growth_min": Fraction(0)}))

    assert [one is other for one, other in zip(stated.blocks, changed.blocks, strict=True)] == [
        True,
        False,
        True,
        True,
        True,
    ]


def test_left_sides_are_made_once_where_only_limits_move() -> None:
    stated = IncrementalModel.of(BOOK)
    terms = stated.parts[0].terms
    target = stated.with_rule(RULES[0].model_copy(update={"total": Fraction(1200)})).parts[0]
    alike = stated.with_rule(RULES[4].model_copy(update={"band": Fraction(1, 5)})).parts[4]

    assert target.block.shape is stated.parts[0].block.shape
    assert target.terms is terms
    assert target.lower.tolist() == [1200]
    assert alike.block.shape is not stated.parts[4].block.shape


def test_elastic_rules_are_not_hard() -> None:
    assert [part.rule for part in IncrementalModel.of(BOOK).hard] == [0, 1, 2]
