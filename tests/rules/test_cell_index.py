"""Cells, fair shares and the rows that rules write."""

from fractions import Fraction

import numpy as np
import pytest
from builders import frame, metric, partners

from rules.text import rows_text
from scenarios import Profile
from scenarios.values.rational_array import Exact

TABLE = partners("acme Gold north 100 150", "borealis Silver north 60 0", "cumulus Silver south 40 50")
HALVES = ("H1", "H2")
ALL = np.ones(3, dtype=bool)
NOBODY = np.zeros(3, dtype=bool)


def test_cells_stand_by_metric_period_and_partner() -> None:
    two = frame(TABLE, metric(), metric("deals"), periods=HALVES)

    assert two.size == 12
    assert two.cells("deals").tolist() == [[6, 7, 8], [9, 10, 11]]
    assert two.within("H2").cells("deals").tolist() == [[9, 10, 11]]
    assert two.within("H2").whole.cells("revenue").tolist() == [[0, 1, 2], [3, 4, 5]]


def test_a_fair_share_is_the_weighted_share_of_the_drivers() -> None:
    """Acme has 1/2 of the baseline and 3/4 of the potential: 0.7 · 1/2 + 0.3 · 3/4 = 0.575 of 1,000."""
    weights = {"baseline": Fraction(7, 10), "potential": Fraction(3, 10)}
    shared = frame(TABLE, metric(fair_share=weights), totals={"revenue": 1000})

    assert shared.fair_share("revenue").tolist() == [575, 210, 215]
    assert shared.fair_shares.floats.tolist() == pytest.approx([575, 210, 215], rel=1e-15)


def test_an_even_phasing_halves_everything() -> None:
    phased = frame(TABLE, totals={"revenue": 220}, periods=HALVES)

    assert phased.fair_shares.floats.tolist() == pytest.approx([55, 33, 22, 55, 33, 22], rel=1e-15)
    assert phased.within("H1").baseline("revenue").tolist() == [50, 30, 20]
    assert phased.within("H1").total("revenue") == 110


def test_history_phases_by_group_and_those_without_follow_all() -> None:
    """The north sold 150 and 50 in the halves, the south nothing: it takes the profile of everybody."""
    table = partners(
        "acme north 100 120 20",
        "borealis north 60 30 30",
        "cumulus south 40 0 0",
        columns="partner_id region fy h1 h2",
    )
    history = Profile({"H1": "h1", "H2": "h2"}, "region")
    phased = frame(table, metric(baseline="fy", phasing=history), totals={"revenue": 200}, periods=HALVES)

    assert phased.within("H1").fair_share("revenue").tolist() == [75, 45, 30]
    assert phased.within("H2").fair_share("revenue").tolist() == [25, 15, 10]


def test_a_period_without_history_gets_nothing_of_what_rounding_leaves() -> None:
    """3, 3 and 5 parts of 11 are rounded up by a billionth together, which is not taken from the quarter that had none."""
    table = partners("acme 110 3 3 5 0", columns="partner_id fy q1 q2 q3 q4")
    quarters = {"Q1": "q1", "Q2": "q2", "Q3": "q3", "Q4": "q4"}
    phased = frame(
        table,
        metric(baseline="fy", phasing=Profile(quarters)),
        totals={"revenue": 110},
        periods=tuple(quarters),
    )

    parts = [phased.within(period).fair_share("revenue").tolist()[0] for period in phased.periods]

    assert parts[3] == 0
    assert sum(parts) == 110


def test_thirds_of_a_period_sum_to_the_whole() -> None:
    phased = frame(TABLE, totals={"revenue": 1}, periods=("a", "b", "c"))

    parts = [phased.within(period).fair_share("revenue").tolist() for period in phased.periods]

    assert [sum(part) for part in zip(*parts, strict=True)] == phased.fair_share("revenue").tolist()


def test_the_median_share_is_that_of_the_group() -> None:
    assert frame(TABLE).median_share("revenue", "tier").tolist() == [100, 50, 50]
    assert frame(TABLE).median_share("revenue", None).tolist() == [60, 60, 60]


def test_groups_are_those_of_the_selected() -> None:
    group, names = frame(TABLE).groups("region", np.array([False, False, True]))

    assert names == ("south",)
    assert group.tolist() == [-1, -1, 0]


def test_a_row_for_each_partner() -> None:
    small = frame(TABLE)
    rows = small.each(
        {"revenue": Exact.of([1, 2, 3])}, np.array([True, False, True]), lower=small.column("potential")
    )

    assert rows_text(rows, small) == "acme: x[revenue] >= 150\ncumulus: 3 x[revenue] >= 50\n"


def test_a_row_for_each_group_with_limits_of_its_own() -> None:
    small = frame(TABLE)
    rows = small.together({"revenue": 1}, ALL, upper=Exact.of([7, 8]), by="region")

    assert rows_text(rows, small) == (
        "north: x[acme, revenue] + x[borealis, revenue] <= 7\nsouth: x[cumulus, revenue] <= 8\n"
    )


def test_no_one_selected_makes_no_rows() -> None:
    small = frame(TABLE)

    assert len(small.each({"revenue": 1}, NOBODY, lower=5)) == 0
    assert len(small.together({"revenue": 1}, NOBODY, lower=5)) == 0
    assert len(small.together({"revenue": 1}, NOBODY, lower=5, by="region")) == 0
