"""Window: between how many units cells are looked for, and what a unit more costs, by hand."""

from fractions import Fraction

import builders
import numpy as np
import pytest

from solver.integer.ranks import Ranks
from solver.integer.start import Start, start_of
from solver.integer.window import columns_of, everything, implied_most, near
from solver.model.program import blocks_of

TWO = ("acme Gold north 100 150", "bolt Gold north 200 150")


def start(acme: float = 104.0, bolt: float = 206.0) -> Start:
    """310 in units of ten, of which the even spread has 104 and 206: 10.4 and 20.6 units."""
    book = builders.book(
        builders.frame(
            builders.partners(*TWO),
            builders.metric("revenue", round_to=Fraction(10)),
            totals={"revenue": 310},
        ),
        builders.rule("company_target", name="target", total=310),
    )
    return start_of(book, blocks_of(book), (), np.array([acme, bolt]))


@pytest.mark.parametrize(
    ("reach", "least", "most"), [(1, [10, 20], [11, 21]), (2, [9, 19], [12, 22])]
)  # fmt: skip
def test_near_is_so_many_units_on_each_side(reach: int, least: list[int], most: list[int]) -> None:
    window = near(start(), reach)

    assert (window.least.tolist(), window.most.tolist()) == (least, most)
    assert not window.natural


def test_a_total_bounds_each_of_its_cells() -> None:
    """310 for all leaves 31 units for one, and one more for what rounding may hide."""
    assert implied_most(start()).tolist() == [32, 32]
    window = everything(start())
    assert (window.least.tolist(), window.most.tolist(), window.natural) == ([0, 0], [32, 32], True)


def test_a_unit_costs_what_it_adds_to_the_distance() -> None:
    """From 10 to 11 the distance from 10.4 grows by 0.2; from 20 to 21 that from 20.6 falls by 0.2.

    The second of two partners pays half a millionth more, so that ties go to the first.
    """
    chosen = start()
    columns = columns_of(chosen, near(chosen, 1), Ranks(()))

    assert columns.cell.tolist() == [0, 1]
    assert columns.width.tolist() == [1, 1]
    assert columns.cost[-1] == pytest.approx([0.2, -0.2 + 5e-7], abs=1e-12)
    assert not columns.cost[:-1].any()
    assert columns.natural == pytest.approx([0.4, 0.6])


def test_a_unit_grows_dearer_with_each_doubling_of_the_distance() -> None:
    """Ten units exactly. One away costs 1, three away 3 + 0.005 · 3 · log2 3 = 3.0237744: 1.0118872 a unit between."""
    chosen = start(100.0, 210.0)
    columns = columns_of(chosen, everything(chosen), Ranks(()))
    mine = columns.cell == 0

    assert columns.width[mine][:6].tolist() == [3, 4, 2, 1, 1, 2]
    assert columns.cost[-1][mine][3:6] == pytest.approx([-1.0, 1.0, 1.0118872], abs=1e-9)
    assert columns.width[mine].sum() == 32
