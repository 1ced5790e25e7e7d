"""Comparing finished allocations: what moved, by which step, and who newly stands at a limit."""

from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.analysis.compare.comparison import Moves, Side, Step, extent, moves, rule_names, spreads
from api.output.result_parts import FivePart, ResultDocument, RulePart, SpreadPart

COLUMNS = ("partner", "metric", "period", "floor", "cap", "unrounded", "target", "binding")
PARTNERS = ("acme", "birch", "cedar", "dune")


def table(*lines: str, metric: str = "revenue") -> pd.DataFrame:
    """Targets from lines such as "acme 100 floor 90 cap 110 by rule", or "acme 100" alone."""
    return pd.DataFrame([_row(line.split(), metric) for line in lines], columns=list(COLUMNS))


def _row(words: list[str], metric: str) -> tuple[Any, ...]:
    message = dict(zip(words[2::2], words[3::2], strict=True))
    floor, cap = float(message.get("floor", 0)), float(message.get("cap", "inf"))
    return words[0], metric, "", floor, cap, float(words[1]), float(words[1]), message.get("by", "")


def moved(before: pd.DataFrame, *after: pd.DataFrame) -> Moves:
    return moves(before, [Step((), each) for each in after])


def reported(found: Moves) -> dict[str, int]:
    """Partner to change."""
    return {p: int(change) for p, change in zip(found.partner, found.change.tolist(), strict=True)}


def test_targets_are_matched_by_partner_whatever_their_order() -> None:
    found = moved(table("acme 100", "birch 200"), table("birch 190", "acme 110"))

    assert reported(found) == {"birch": -10, "acme": 10}


def test_periods_and_metrics_are_kept_apart() -> None:
    before = pd.concat([table("acme 100"), table("acme 7", metric="deals")])
    before = pd.concat([before.assign(period="Q1"), before.assign(period="Q2")])
    after = before.assign(target=before["target"].to_numpy() + np.array([1, 2, 3, 4]))

    found = moved(before, after.sample(frac=1, random_state=5))

    changes = zip(found.metric, found.period, found.change.tolist(), strict=True)
    assert set(changes) == {
        ("revenue", "Q1", 1),
        ("deals", "Q1", 2),
        ("revenue", "Q2", 3),
        ("deals", "Q2", 4),
    }


def test_who_joins_or_leaves_moves_from_or_to_nothing() -> None:
    """Up 30 and 25 from nothing; down 10, and 40 to nothing."""
    found = moved(table("acme 100", "birch 40", "cedar 10"), table("acme 90", "dune 25", "cedar 40"))

    assert reported(found) == {"acme": -10, "dune": 25, "cedar": 30, "birch": -40}
    both = extent(found, "revenue")
    targets = both.targets
    assert (targets.raised, targets.lowered, targets.new, targets.gone) == (2, 2, 1, 1)
    assert (both.up, both.down, targets.of, targets.moved) == (55, 50, 4, 4)
    assert both.partners == targets


def test_partners_are_counted_by_the_sum_of_their_periods() -> None:
    """Acme moves 5 into the second half, birch gains 1 in one and loses 3 in the other: 2 up, 2 down, 1 partner."""
    first = table("acme 10", "birch 10").assign(period="H1")
    second = table("acme 10", "birch 10").assign(period="H2")
    before = pd.concat([first, second])
    after = before.assign(target=[5.0, 11.0, 15.0, 7.0])

    found = extent(moved(before, after), "revenue")

    assert (found.targets.of, found.targets.raised, found.targets.lowered) == (4, 2, 2)
    assert (found.partners.of, found.partners.raised, found.partners.lowered) == (2, 0, 1)


def test_a_step_counts_who_joins_in_it() -> None:
    found = moved(table("acme 10"), table("acme 10", "birch 5"), table("acme 12", "birch 5"))

    assert [extent(found, "revenue", step).targets.new for step in (0, 1)] == [1, 0]
    assert extent(found, "revenue").targets.new == 1


def test_what_is_compared_with_itself_does_not_move() -> None:
    same = table("acme 100", "birch 200 floor 200 by minimum")
    found = moved(same, same)

    assert not found.reached.any()
    assert found.largest(5) == []
    assert found.relative.tolist() == [0, 0]
    assert extent(found, "revenue").targets.moved == 0


def test_each_step_is_charged_with_what_moves_in_it() -> None:
    """100 → 120 → 90: the first step adds 20, the second takes 30; birch mirrors them."""
    found = moved(
        table("acme 100", "birch 200"), table("birch 180", "acme 120"), table("acme 90", "birch 210")
    )

    assert [each.tolist() for each in found.causes] == [[20, -20], [-30, 30]]
    assert extent(found, "revenue", 0).up == 20
    assert extent(found, "revenue", 1).up == 30
    assert extent(found, "revenue").up == 10


AMOUNTS = st.integers(0, 10**9).map(lambda cents: cents / 100)
TABLES = st.dictionaries(st.sampled_from(PARTNERS), AMOUNTS, min_size=1).map(
    lambda found: table(*(f"{partner} {amount!r}" for partner, amount in found.items()))
)


@given(TABLES, st.lists(TABLES, min_size=1, max_size=4))
def test_the_steps_come_to_the_whole_change(before: pd.DataFrame, after: list[pd.DataFrame]) -> None:
    """To the cent, for everyone of the first or the last; who is there only in between is not reported."""
    found = moved(before, *after)

    for row in range(len(found.partner)):
        assert sum((cause.at(row) for cause in found.causes), Fraction(0)) == found.change.at(row)
    both = extent(found, "revenue")
    assert both.up - both.down == found.after.sum() - found.before.sum()


@given(TABLES, TABLES, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(before: pd.DataFrame, after: pd.DataFrame, random: Any) -> None:
    order = list(range(len(after)))
    random.shuffle(order)
    one, other = moved(before, after), moved(before, after.iloc[order])

    assert reported(one) == reported(other)
    largest = [[found.partner[row] for row in found.largest(3)] for found in (one, other)]
    assert largest[0] == largest[1]


def test_limits_are_newly_reached_by_who_was_not_there_before() -> None:
    before = table("acme 100 floor 100", "birch 150", "cedar 150 cap 150", "dune 10")
    after = table(
        "acme 100 floor 100",
        "birch 200 cap 200 by reach",
        "cedar 140 floor 140 cap 150",
        "dune 5 floor 5 cap 5",
    )

    found = moved(before, after)

    assert found.stood.tolist() == ["floor", "", "cap", ""]
    assert found.stands.tolist() == ["floor", "cap", "floor", "floor and cap"]
    assert found.reached.tolist() == [False, True, True, True]
    assert found.binding.tolist() == ["", "reach", "", ""]


def test_zero_is_no_floor_and_no_cap_is_no_limit() -> None:
    before = table("acme 5", "birch 5")
    after = table("acme 0 floor 0", "birch 5").assign(cap=np.nan)

    assert not moved(before, after).reached.any()


def test_the_largest_moves_of_several_metrics_take_turns() -> None:
    """Ten deals beside a thousand in revenue: the furthest of each metric come first; ties go by partner."""
    before = pd.concat([table("acme 500000", "birch 500000"), table("acme 50", "birch 50", metric="deals")])
    after = pd.concat([table("acme 499000", "birch 501000"), table("acme 40", "birch 60", metric="deals")])

    found = moved(before, after)

    assert [(found.partner[row], found.metric[row]) for row in found.largest(4)] == [
        ("acme", "revenue"),
        ("acme", "deals"),
        ("birch", "revenue"),
        ("birch", "deals"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "part"), [(100, 105, 0.05), (0, 1, np.inf), (0, 0, 0), (4, 0, -1)]
)
def test_moves_as_parts_of_what_was(before: int, after: int, part: float) -> None:
    found = moved(table(f"acme {before}"), table(f"acme {after}"))

    assert found.relative.tolist() == [part]


def side(name: str, **fields: Any) -> Side:
    return Side(name, ResultDocument.model_construct(state="succeeded", **fields))


def rules(*names: str) -> tuple[RulePart, ...]:
    return tuple(
        RulePart(
            rule=name, kind="lock", priority=None, reason="", file="rules.yaml", line=1, unit="USD", held=True,
            binding=0, missed="0", missed_before_rounding="0", against=(), misses=(),
        )
        for name in names
    )  # fmt: skip


def test_rules_stand_in_the_order_of_the_first_that_has_them() -> None:
    one, other = side("one", rules=rules("a", "b")), side("other", rules=rules("c", "b"))

    assert rule_names([one, other]) == ["a", "b", "c"]


def test_spreads_are_reported_for_every_group_of_any_side() -> None:
    two, single = FivePart(partners=2), FivePart(partners=1)
    one = side("one", spread={"revenue": SpreadPart(all=two, by={"tier": {"Gold": two}})})
    other = side("other", spread={"revenue": SpreadPart(all=single, by={"tier": {"Silver": single}})})

    assert list(spreads([one, other])) == [
        ("revenue", "all", "", (two, single)),
        ("revenue", "tier", "Gold", (two, None)),
        ("revenue", "tier", "Silver", (None, single)),
    ]
