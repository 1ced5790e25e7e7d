"""Published and textbook answers, each with its source, the sums done by hand."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from worlds import Asked, targets_of, unrounded_of

from rules import Rows, RuleBook
from scenarios import Place
from solver.engines.piqp import Piqp
from solver.engines.quadratic_program import Vector
from solver.model.program import blocks_of
from solver.optimise.elastic import solve_elastic
from solver.optimise.goals import Sought
from solver.optimise.polytope import Polytope
from solver.optimise.semismooth_newton import project


def votes(counts: dict[str, int], seats: int) -> dict[str, Fraction]:
    """So many seats by votes: fair shares rounded to whole seats."""
    rows = [{"partner_id": name, "revenue_last": str(count)} for name, count in counts.items()]
    total = {"name": "seats", "kind": "company_target", "metric": "revenue", "total": str(seats)}
    placed = targets_of(Asked(rows, {"revenue": Fraction(1)}, [total]).solve())
    return {name: placed[name, "revenue"] for name in counts}


def test_largest_remainder_of_the_first_census() -> None:
    """Balinski & Young 1982, Fair Representation, ch. 2: Hamilton's bill of 1792, 120 seats on 3,615,920 people.

    Quotas, 120 · people / 3,615,920: Virginia 20.926, Massachusetts 15.774, Pennsylvania 14.366, North Carolina
    11.732, New York 11.005, Maryland 9.243, Connecticut 7.860, South Carolina 6.844, New Jersey 5.959,
    New Hampshire 4.707, Vermont 2.839, Georgia 2.351, Kentucky 2.280, Rhode Island 2.271, Delaware 1.843.
    Whole parts come to 111; the nine largest remainders get the rest: all but PA, NY, MD, GA, KY, RI.
    """
    people = {
        "Virginia": 630560, "Massachusetts": 475327, "Pennsylvania": 432879, "North Carolina": 353523,
        "New York": 331589, "Maryland": 278514, "Connecticut": 236841, "South Carolina": 206236,
        "New Jersey": 179570, "New Hampshire": 141822, "Vermont": 85533, "Georgia": 70835, "Kentucky": 68705,
        "Rhode Island": 68446, "Delaware": 55540,
    }  # fmt: skip

    assert votes(people, 120) == {
        "Virginia": 21, "Massachusetts": 16, "Pennsylvania": 14, "North Carolina": 12, "New York": 11,
        "Maryland": 9, "Connecticut": 8, "South Carolina": 7, "New Jersey": 6, "New Hampshire": 5, "Vermont": 3,
        "Georgia": 2, "Kentucky": 2, "Rhode Island": 2, "Delaware": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("seats", "expected"),
    [(10, {"A": 4, "B": 4, "C": 2}), (11, {"A": 5, "B": 5, "C": 1})],
)
def test_a_larger_house_may_cost_a_seat(seats: int, expected: dict[str, int]) -> None:
    """The Alabama paradox of largest remainders (Balinski & Young 1982, ch. 5), in its smallest textbook form.

    6 : 6 : 2 votes. Ten seats: 4.286, 4.286, 1.429, so C's remainder is the largest. Eleven: 4.714, 4.714, 1.571,
    so A's and B's are, and C loses the seat it had.
    """
    assert votes({"A": 6, "B": 6, "C": 2}, seats) == expected


def calibrated(
    weights: list[float], rows: list[list[float]], totals: list[float], *, upper: float = np.inf
) -> Vector:
    """(cells,) weights nearest in chi-square to those given, with Σ row · w = total, 0 ≤ w ≤ upper · weight."""
    d = np.array(weights)
    scaled = np.array(rows) * np.sqrt(d)
    length = np.linalg.norm(scaled, axis=1)
    limits = (np.array(totals) - np.array(rows) @ d) / length
    polytope = Polytope(
        sparse.csr_array(scaled / length[:, None]), limits, limits, -np.sqrt(d), (upper - 1) * np.sqrt(d)
    )
    done = project(polytope, np.zeros(len(totals)))
    assert done.exact
    return np.asarray(d + np.sqrt(d) * done.point)


def test_calibration_is_the_regression_estimator() -> None:
    """Deville & Särndal 1992 (J. Amer. Statist. Assoc. 87), case 1: w = d (1 + x'λ), λ = (Σ d x x')⁻¹ (t - Σ d x).

    d = 10 for x = 1, 2, 3 and t = 70: Σ d x = 60, Σ d x² = 140, λ = 1/14, w = 10 (1 + x / 14).
    """
    w = calibrated([10, 10, 10], [[1, 2, 3]], [70])

    assert_allclose(w, [10 + 10 / 14, 10 + 20 / 14, 10 + 30 / 14], rtol=1e-12)


def test_calibration_with_ranges_stops_at_them() -> None:
    """Deville & Särndal 1992, case 7 (truncated): no weight is above 1.2 d.

    Without that the third is 12.14. It stops at 12, and the others must bring 70 - 36 = 34 instead of 30: with
    Σ d x² = 50 of theirs λ = 4 / 50, so w = 10 (1 + 0.08) and 10 (1 + 0.16).
    """
    w = calibrated([10, 10, 10], [[1, 2, 3]], [70], upper=1.2)

    assert_allclose(w, [10.8, 11.6, 12], rtol=1e-12)


def raked(table: Vector, by_row: Vector, by_column: Vector) -> Vector:
    """Deming & Stephan 1940: rows and columns in turn to their totals, until nothing changes."""
    for _ in range(500):
        table = table * (by_row / table.sum(axis=1))[:, None]
        table = table * (by_column / table.sum(axis=0))[None, :]
    return table


def test_raking_and_calibration_agree_where_one_margin_is_known() -> None:
    """Deville & Särndal 1992, section 3: all distances give the ratio estimator for one partition.

    Cells 1, 2 | 3, 4 with row totals 6 and 14: factors 2 and 2.
    """
    table = np.array([[1.0, 2.0], [3.0, 4.0]])
    rows = [[1, 1, 0, 0], [0, 0, 1, 1]]

    assert_allclose(calibrated(table.ravel().tolist(), rows, [6, 14]), [2, 4, 6, 8], rtol=1e-12)


def test_raking_and_calibration_differ_by_second_order_only() -> None:
    """Deville & Särndal 1992, result 5: all calibration estimators agree to first order.

    Margins a hundredth off: the two answers are within a few ten-thousandths of each other, and not the same.
    """
    table = np.array([[40.0, 30.0], [35.0, 55.0]])
    by_row, by_column = np.array([70.7, 89.3]), np.array([76.0, 84.0])
    rows = [[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1]]
    chi_square = calibrated(table.ravel().tolist(), rows, [*by_row, *by_column])
    ratio = chi_square / raked(table, by_row, by_column).ravel()

    assert 1e-7 < np.abs(ratio - 1).max() < 5e-4


def shared(demands: list[int], capacity: int) -> list[float]:
    """Equal shares of a capacity among demands, by caps."""
    rows = [
        {"partner_id": f"p{number}", "revenue_last": "1", "demand": str(demand)}
        for number, demand in enumerate(demands)
    ]
    rules: list[dict[str, Any]] = [
        {"name": "link", "kind": "company_target", "metric": "revenue", "total": str(capacity)},
        {"name": "demand", "kind": "headroom", "metric": "revenue", "column": "demand", "share_max": "100%"},
    ]
    found = unrounded_of(Asked(rows, {"revenue": Fraction(1)}, rules).solve())
    return [found[f"p{number}", "revenue"] for number in range(len(demands))]


def test_equal_fair_shares_are_filled_like_water() -> None:
    """Max-min fairness by filling (Bertsekas & Gallager 1992, Data Networks, 6.5.2; Keshav 1997, 9.2).

    10 among demands 2, 2.6, 4, 5, here in tenths (100; 20, 26, 40, 50): 25 each; the first leaves 5, so 26.67 each;
    the second leaves 0.67, so 27 each for the last two. Of equal fair shares the even spread is this very filling.
    """
    assert_allclose(shared([20, 26, 40, 50], 100), [20, 26, 27, 27], rtol=1e-12)


def goals(columns: list[str], hard_rules: list[dict[str, Any]], wishes: list[dict[str, Any]]) -> Asked:
    """One partner, a metric per column; baselines of one."""
    row = {"partner_id": "plant"} | {f"{c}_last": "1" for c in columns} | {"one": "1"}
    totals = [
        {"name": f"{c} total", "kind": "company_target", "metric": c, "total_min": "0", "total_max": "1000"}
        for c in columns
    ]
    return Asked([row], dict.fromkeys(columns, Fraction(1, 100)), [*totals, *hard_rules, *wishes])


def capacity(name: str, uses: dict[str, int], most: int, **rank: Any) -> dict[str, Any]:
    return {"name": name, "kind": "capacity_limit", "uses": uses, "capacity": {"one": most}, **rank}


def test_preemptive_goals_are_kept_in_their_order() -> None:
    """In the manner of Lee 1972, Goal Programming for Decision Analysis, ch. 3: hours against sales goals.

    One hour each. First: no more than 90 hours. Second: 70 of the first product. Third: 45 of the second, which
    gets the 20 hours that are left and lacks 25.
    """
    asked = goals(
        ["first", "second"],
        [],
        [
            capacity("hours", {"first": 1, "second": 1}, 90, priority=1),
            {
                "name": "sell 70",
                "kind": "company_target",
                "metric": "first",
                "total_min": "70",
                "priority": 2,
            },
            {
                "name": "sell 45",
                "kind": "company_target",
                "metric": "second",
                "total_min": "45",
                "priority": 3,
            },
        ],
    )
    allocation = asked.solve()
    effects = {effect.rule: effect for effect in allocation.effects}

    assert targets_of(allocation) == {("plant", "first"): 70, ("plant", "second"): 20}
    assert effects["hours"].held
    assert effects["sell 70"].held
    assert effects["sell 45"].missed == 25
    assert "hours" in effects["sell 45"].against


EXPOSURES = {"men": (7, 3, 40), "women": (10, 5, 60), "low income": (5, 4, 35)}
"""Millions reached by a minute of football and of a soap opera, and how many are wanted."""


@pytest.mark.parametrize(
    ("order", "minutes"),
    [
        (("men", "women", "low income"), (6, 0)),
        (("men", "low income", "women"), (5, 5 / 3)),
        (("women", "men", "low income"), (6, 0)),
        (("women", "low income", "men"), (6, 0)),
        (("low income", "men", "women"), (3, 5)),
        (("low income", "women", "men"), (3, 5)),
    ],
)
def test_advertising_goals_in_every_order(order: tuple[str, ...], minutes: tuple[float, float]) -> None:
    """Winston, Operations Research: Applications and Algorithms, 4.16: Burnit's advertising, all six orders.

    100 x + 60 y ≤ 600 must hold. Men first: 7 x + 3 y ≥ 40 leaves y ≤ 5/3. Then the low incomes want y = 5/3, x = 5
    (5 x + 4 y = 31 2/3 of 35), the women x = 6, y = 0 (10 x + 5 y = 60). Low incomes first: 5 x + 4 y = 35 within
    the budget leaves x ≤ 3, which is best for the others: x = 3, y = 5.
    """
    row = {"partner_id": "burnit", "football_last": "1", "soap_last": "1", "budget": "600"}
    table = [
        {"name": f"{m} total", "kind": "company_target", "metric": m, "total_min": "0", "total_max": "100"}
        for m in ("football", "soap")
    ]
    budget = {"name": "budget", "kind": "capacity_limit", "uses": {"football": 100, "soap": 60}}
    asked = Asked(
        [row],
        dict.fromkeys(("football", "soap"), Fraction(1)),
        [*table, {**budget, "capacity": {"budget": 1}}],
    )
    plain = asked.book()
    wishes = [
        Sought(name=name, priority=rank, made=_exposure(plain, *EXPOSURES[name]))
        for rank, name in enumerate(order, 1)
    ]
    places = dict(plain.places) | {name: Place("rules.yaml", 9) for name in order}
    wished = RuleBook((*plain.rules, *wishes), places, plain.frame)
    elastic = solve_elastic(wished, blocks_of(wished), Piqp())

    assert elastic.spread.termination == "optimal"
    assert_allclose(elastic.spread.x, minutes, atol=1e-6)


def _exposure(book: RuleBook, football: int, soap: int, least: int) -> Rows:
    everybody = np.ones(1, dtype=bool)
    return book.frame.each({"football": football, "soap": soap}, everybody, lower=least)
