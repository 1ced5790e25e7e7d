"""Small parts of the optimiser by hand: levels of cells without a fair share, proximal multipliers, what stands against."""

import builders
import numpy as np
import pytest

from rules import Rule, RuleBook
from solver.model.matrices import Matrix
from solver.model.program import NO_RULE, assemble, blocks_of
from solver.optimise.blockers import bound_owners, heaviest
from solver.optimise.feasible_set import FeasibleSet, Placed
from solver.optimise.polytope import Polytope
from solver.optimise.priority_level import level_of, sizes, unit_squares
from solver.optimise.proximal_multipliers import project_by_multipliers
from solver.optimise.zero_share import zero_share_level

FOUR = (
    "acme Gold north 100 150",
    "bolt Gold north 200 150",
    "cube Silver south 700 150",
    "dune Silver south 0 150",
)


def book(*rules: Rule) -> RuleBook:
    """Fair shares of 100, 200, 700 and nothing, of 1,000."""
    metric = builders.metric("revenue")
    return builders.book(
        builders.frame(builders.partners(*FOUR), metric, totals={"revenue": 1000}),
        builders.rule("company_target", name="target", total=1000),
        *rules,
    )


def region(of: RuleBook) -> FeasibleSet:
    program = assemble(of.frame, blocks_of(of))
    return FeasibleSet.of(program, program.fair_share)


class TestZeroShare:
    def test_each_open_cell_without_a_fair_share_is_to_stay_at_its_floor(self) -> None:
        """dune alone has none; its width is that of an average cell, √(1000/4 · 1000) = 500, so a miss costs 1/250,000."""
        level = zero_share_level(region(book()))
        assert (level.cell.tolist(), level.row.tolist(), level.rule.tolist()) == ([3], [NO_RULE], [NO_RULE])
        assert (level.lower.tolist(), level.upper.tolist()) == ([-np.inf], [0])
        assert level.price_upper == pytest.approx([1 / 250_000])

    def test_a_floor_that_a_rule_sets_is_no_miss(self) -> None:
        lock = builders.rule("tier_minimum", name="minimum", minimum={"Silver": 40})
        assert zero_share_level(region(book(lock))).upper.tolist() == [40]


class TestProximalMultipliers:
    def test_rows_that_say_the_same_have_multipliers_that_add_up(self) -> None:
        """The point nearest to nothing with x ≥ 2, twice: x = 2, and the two multipliers come to 2 together."""
        twice = Polytope(
            rows=Matrix(np.array([[1.0], [1.0]])),
            row_lower=np.array([2.0, 2.0]),
            row_upper=np.full(2, np.inf),
            lower=np.array([-np.inf]),
            upper=np.array([np.inf]),
        )
        found = project_by_multipliers(twice, np.zeros(2))
        assert found.exact
        assert found.point == pytest.approx([2])
        assert found.multipliers.sum() == pytest.approx(2)


class TestBlockers:
    def test_the_rule_that_is_named_most_often_comes_first(self) -> None:
        """3 twice, 1 once; the rule itself and no rule at all are left out."""
        assert heaviest(np.array([3, 1, 3, 0, NO_RULE]), without=0) == (3, 1)

    def test_the_cap_at_which_a_cell_stands_is_against_a_floor_that_is_missed(self) -> None:
        """cube and dune are asked for 800: cube stands at the cap of 700, which is against it; dune has no cap."""
        asked = book(
            builders.rule("group_limit", name="cap", total_max=700, where={"partner_id": "cube"}),
            builders.rule("tier_minimum", name="more", minimum={"Gold": 50, "Silver": 800}),
        )
        held = book(asked.rules[1])
        at, block = region(held), blocks_of(asked)[2]
        short = np.asarray(block.lower == 800)
        assert set(bound_owners(at, block, short, np.zeros_like(short)).tolist()) == {1, NO_RULE}


class TestPriorityLevel:
    def test_a_row_s_size_is_its_largest_total_times_its_largest_coefficient(self) -> None:
        """2x + 3y of totals 1,000 and 10: 3 · 1,000."""
        assert sizes(Matrix(np.array([[2.0, 3.0]])), np.array([1000.0, 10.0])).tolist() == [3000]

    def test_the_unit_of_a_miss_is_the_root_of_limit_times_total(self) -> None:
        """400 · 1,000; a limit of nothing counts as 1,000 / 10,000 = 0.1; where there is none, one."""
        size = np.full(3, 1000.0)
        assert unit_squares(np.array([400.0, 0.0, np.inf]), size) == pytest.approx([400_000, 100, 1])

    def test_weights_are_in_the_price(self) -> None:
        """A floor of 400 with weight 5 costs 5 / (400 · 1,000) per miss²/2."""
        wish = builders.rule(
            "tier_minimum", name="wish", minimum={"Gold": 400, "Silver": 0}, priority=1, weight=5
        )
        of = book(wish)
        program, block = assemble(of.frame, blocks_of(of)), blocks_of(of)[1]
        level = level_of(of, [Placed(block, program.find(block))], program.scale)
        gold = level.lower == 400
        assert level.price_lower[gold] == pytest.approx(5 / 400_000)
        assert level.cell[gold].tolist() == [0, 1]
