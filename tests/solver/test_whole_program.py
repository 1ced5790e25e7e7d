"""Integer programs of rounding: families by hand, flows and branch and bound against all choices."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from solver.engines.relaxation import Relaxed, relax
from solver.integer.at_stake import IntegerRows
from solver.integer.branch_and_bound import _cores, _model, _with_row, relaxed
from solver.integer.centre import centre_of
from solver.integer.confine import confined
from solver.integer.flow import cheapest_flow
from solver.integer.integer_program import IntegerProgram, nearest_part
from solver.integer.laminar import NONE, families
from solver.integer.ranks import HARD, YEAR
from solver.integer.whole_program import solve
from solver.model.matrices import Matrix

RANKS = 6
"""Five of totals and the distance."""


def program(
    matrix: list[list[float]],
    lower: list[float],
    upper: list[float],
    cost: list[float],
    *,
    rank: list[int] | None = None,
) -> IntegerProgram:
    """Columns of one unit each; rows are hard where no ranks are given."""
    rows = len(matrix)
    costs = np.zeros((RANKS, len(cost)))
    costs[-1] = cost
    return IntegerProgram(
        width=np.ones(len(cost), dtype=np.int64),
        cost=costs,
        natural=(1 - np.array(cost)) / 2,
        rows=IntegerRows(
            matrix=Matrix(np.array(matrix, dtype=float)),
            lower=np.array(lower, dtype=float),
            upper=np.array(upper, dtype=float),
            rank=np.full(rows, HARD) if rank is None else np.array(rank),
            weight=np.ones(rows),
            whole=np.ones(rows, dtype=bool),
        ),
    )


TABLE = [[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1], [1, 1, 1, 1]]
"""Two partners over two periods: two years, two periods and the company."""


def test_years_and_periods_are_two_families_with_the_company_above() -> None:
    found = families(Matrix(np.array(TABLE, dtype=float)), np.ones(5, dtype=bool))

    assert found.family[0] == found.family[1] != found.family[2] == found.family[3]
    assert found.parent.tolist()[4] == NONE
    assert {found.parent[row] for row in range(4) if found.family[row] == found.family[4]} == {4}


def test_no_total_leaves_its_unit_where_each_can_stay_in_its_own() -> None:
    """Two units to place on two years of none: by rank the cheap year gets both, within a unit each gets one."""
    asked = program(
        [[1, 1, 0, 0], [0, 0, 1, 1], [1, 1, 1, 1]], [0, 0, 2], [0, 0, 2], [0.1, 0.2, 0.5, 0.6],
        rank=[YEAR, YEAR, HARD],
    )  # fmt: skip

    found = {
        name: solve(ask()).counts for name, ask in (("rank", asked.by_rank), ("unit", asked.within_a_unit))
    }

    assert solve(asked.strict()).counts is None
    assert {name: None if c is None else c.tolist() for name, c in found.items()} == {
        "rank": [1, 1, 0, 0],
        "unit": [1, 0, 1, 0],
    }


def test_a_third_way_of_grouping_fits_in_neither() -> None:
    """Rows, columns and diagonals of a square of three."""
    lines = [[int(cell // 3 == n) for cell in range(9)] for n in range(3)]
    lines += [[int(cell % 3 == n) for cell in range(9)] for n in range(3)]
    lines += [[int((cell + cell // 3) % 3 == n) for cell in range(9)] for n in range(3)]
    found = families(Matrix(np.array(lines, dtype=float)), np.ones(9, dtype=bool))

    assert (found.family[6:] == NONE).all() or (found.family == NONE).sum() >= 3


def test_a_flow_by_hand() -> None:
    """Each year and each period takes one unit: the cheap corner 0 forces 3, and that is cheaper than 1 and 2."""
    of = program(TABLE, [1, 1, 1, 1, 2], [1, 1, 1, 1, 2], [-0.8, 0.1, 0.2, 0.4])
    flow = cheapest_flow(of, families(of.rows.matrix, of.rows.ones))

    assert flow is not None
    assert flow.counts.tolist() == [1, 0, 0, 1]


def test_an_earlier_rank_counts_more_than_all_that_follows() -> None:
    """The company may have one of two cheap units; its lack comes before any distance."""
    of = program([[1, 1]], [0], [0], [-0.9, -0.8], rank=[0])
    flow = cheapest_flow(of, families(of.rows.matrix, of.rows.ones))

    assert flow is not None
    assert flow.counts.tolist() == [0, 0]


def test_a_flow_that_cannot_be() -> None:
    of = program([[1, 1]], [3], [3], [0.0, 0.0])

    assert cheapest_flow(of, families(of.rows.matrix, of.rows.ones)) is None
    assert solve(of).counts is None
    assert solve(of).settled


def test_confined_columns_keep_a_capacity_whatever_is_chosen() -> None:
    """2 + 3 fit into 5, the dearer 4 does not fit beside them."""
    of = program([[2, 3, 4]], [-np.inf], [5], [-0.9, -0.5, -0.1])
    found = confined(of, np.ones(1, dtype=bool))

    assert found is not None
    assert found.program.width.tolist() == [1, 1, 0]
    assert len(found.program.rows) == 0


def test_columns_alike_are_only_looked_at_near_their_count() -> None:
    """Ten cells have 5 units in fractions: two columns are looked at on each side of the sixth by cost."""
    of = program([[1] * 10], [5], [5], np.linspace(-0.9, 0.9, 10).tolist())
    part = nearest_part(of, 2, beyond=0)

    assert part.columns.tolist() == [3, 4, 5, 6, 7]
    assert part.base.tolist() == [1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
    assert part.program.rows.lower.tolist() == [2]


def least(of: IntegerProgram) -> float | None:
    """The least distance over all choices that keep every row."""
    best = None
    for choice in product((0.0, 1.0), repeat=len(of.width)):
        taken = np.array(choice)
        if not of.lacks(taken).any():
            cost = float(of.cost[-1] @ taken)
            best = cost if best is None or cost < best else best
    return best


@pytest.mark.parametrize("seed", range(25))
def test_overlapping_groups_against_all_choices(seed: int) -> None:
    """Three to six groups that overlap, limits beside what fractions come to: the least distance, or proof of none."""
    draw = np.random.default_rng(seed)
    fraction = draw.random(11)
    members = (draw.random((int(draw.integers(3, 7)), 11)) < 0.5).astype(float)
    amount = members @ fraction
    side = draw.random(len(members))
    lower = np.where(side < 0.6, np.floor(amount), -np.inf)
    upper = np.where(side > 0.3, np.floor(amount) + (side < 0.6), np.inf)
    of = program(members.tolist(), lower.tolist(), upper.tolist(), (1 - 2 * fraction).tolist())
    answer, best = solve(of), least(of)

    assert answer.settled
    assert (answer.counts is None) == (best is None)
    if answer.counts is not None and best is not None:
        distance = fraction.sum()
        assert of.cost[-1] @ answer.counts + distance <= (best + distance) * 1.01


def large(seed: int, columns: int) -> IntegerProgram:
    """Units of five sizes under two capacities and a total: every group of columns is alike."""
    draw = np.random.default_rng(seed)
    size = np.array([[3, 5, 7, 11, 13], [8, 2, 9, 1, 4]])[:, draw.integers(0, 5, columns)]
    cost = np.sort(draw.random(columns)) * 2 - 1
    matrix = [*size.tolist(), [1] * columns]
    some, total = 0.44 * size.sum(axis=1), columns // 2
    return program(
        matrix, [0, np.ceil(some[1] * 1.1), total], [np.floor(some[0]), size[1].sum(), total], cost.tolist()
    )


@pytest.mark.parametrize("seed", range(4))
def test_the_centre_is_the_least_in_fractions(seed: int) -> None:
    """What bundles give, and what a linear program over every column gives."""
    of = large(seed, 3_000)
    centre, proved = centre_of(of)
    every, _ = relaxed(of)

    assert proved
    assert centre is not None
    assert every is not None
    assert centre == pytest.approx(np.clip(centre, 0, of.width))
    assert of.lacks(centre).max() <= 1e-5
    assert of.cost[-1] @ centre == pytest.approx(of.cost[-1] @ every, abs=1e-4)


@pytest.mark.parametrize("seed", range(12))
def test_fractions_are_least_rank_by_rank(seed: int) -> None:
    """Overlapping groups in two ranks, then a cost, then the distance: what fractions come to in each is the least that the
    ranks before leave, as rows that bound them say.
    """
    draw = np.random.default_rng(seed)
    members = (draw.random((8, 20)) < 0.4).astype(float) * draw.choice([1, 1, 3, 200], 20)
    goal = draw.integers(1, 9, 8).astype(float) * members.sum(axis=1) / 9
    goal[:2] = members[:2] @ draw.random(20)
    rank = [HARD, HARD, YEAR, YEAR, YEAR, YEAR + 1, YEAR + 1, YEAR + 1]
    of = program(
        members.tolist(), goal.tolist(), goal.tolist(), (1 - 2 * draw.random(20)).tolist(), rank=rank
    )
    costs = of.cost.copy()
    costs[-2] = draw.integers(0, 2, 20)
    of = replace(of, cost=costs)
    counts, proved = relaxed(of)
    model, ranks = _model(of)

    assert proved
    assert counts is not None
    for number, cost in ranks:
        best = relax(replace(model, cost=cost))
        assert isinstance(best, Relaxed)
        assert of.score(counts)[number] == pytest.approx(cost @ best.x, rel=1e-4, abs=1e-2)
        model = _with_row(model, cost, cost @ best.x + 1e-5)


def test_what_is_nearest_to_changing_is_decided_first() -> None:
    """Of 2,000 columns those with the least reduced costs, wherever they stand."""
    model, _ = _model(large(3, 2_000))
    columns = len(model.cost)
    reduced = np.arange(columns, 0, -1.0)
    fractions = Relaxed(np.zeros(columns), reduced, np.zeros(len(model.row_lower)))
    core = next(_cores(model, fractions, np.zeros(columns)))

    assert core[-300:].all()
    assert not core[model.whole][:-300].any()


def test_a_large_program_is_decided_beside_its_centre() -> None:
    """A hundred thousand columns that no flow can decide: within a unit of what fractions would cost."""
    of = large(5, 100_000)
    answer = solve(of)
    centre, _ = centre_of(of)

    assert answer.settled
    assert answer.counts is not None
    assert centre is not None
    assert of.keeps(answer.counts.astype(float), np.ones(3, dtype=bool))
    assert of.cost[-1] @ answer.counts <= of.cost[-1] @ centre + 1


def test_a_large_program_without_an_answer_is_refuted() -> None:
    of = large(5, 20_000)
    rows = of.rows
    short = IntegerRows(rows.matrix, rows.lower, rows.upper * [0.2, 1, 1], rows.rank, rows.weight, rows.whole)
    answer = solve(IntegerProgram(of.width, of.cost, of.natural, short))

    assert answer.counts is None
    assert answer.settled
