"""One suite for all engines: the same answers to their own accuracy; infeasible and unbounded are answers."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from problems import INF, lagrangian, off, problem
from scipy import sparse

from solver.engines import mixed_integer, ortools
from solver.engines.clarabel import Clarabel
from solver.engines.mixed_integer import MixedIntegerProgram, search
from solver.engines.ortools import OrTools
from solver.engines.piqp import Piqp
from solver.engines.pulp import Pulp
from solver.engines.quadratic_program import Engine, QuadraticProgram, nothing
from solver.engines.relaxation import Relaxed, relax


@dataclass(frozen=True)
class Known:
    """An engine and how close it comes."""

    engine: Engine
    close: float


LINEAR = {
    "OR-Tools": Known(OrTools(), 1e-7),
    "CBC": Known(Pulp(), 1e-7),
    "PIQP": Known(Piqp(), 1e-6),
    "Clarabel": Known(Clarabel(), 1e-6),
}
QUADRATIC = {"PIQP": Known(Piqp(), 1e-7), "Clarabel": Known(Clarabel(), 1e-7), "PDLP": Known(OrTools(), 1e-5)}
linear = pytest.mark.parametrize("known", LINEAR.values(), ids=LINEAR)
quadratic = pytest.mark.parametrize("known", QUADRATIC.values(), ids=QUADRATIC)

LINEAR_PROBLEMS = {
    "a row is held up": (
        problem([1, 2], [[1, 1]], limits=([3], [INF]), bounds=([0, 0], [2, INF])),
        [2, 1],
        4,
    ),
    "a row is held down": (
        problem([-1, -1], [[1, 2]], limits=([1], [4]), bounds=([0, 0], [3, 3])),
        [3, 0.5],
        -3.5,
    ),
    "rows are equalities": (
        problem([1, 3, 2], [[1, 1, 1], [1, -1, 0], [0, 0, 1]], limits=([6, 1, 2], [6, 1, 2])),
        [2.5, 1.5, 2],
        11,
    ),
    "columns may be negative": (
        problem([1, 0], [[1, 1]], limits=([-5], [INF]), bounds=([-INF, -INF], [INF, 2])),
        [-7, 2],
        -7,
    ),
    "there are no rows": (problem([1, -1], bounds=([0, 0], [1, 1])), [0, 1], -1),
    "a row has no entries": (
        problem([1, -1], [[0, 0]], limits=([-1], [1]), bounds=([0, 0], [1, 1])),
        [0, 1],
        -1,
    ),
    "a row has no limits": (
        problem([1, -1], [[1, 1]], limits=([-INF], [INF]), bounds=([0, 0], [1, 1])),
        [0, 1],
        -1,
    ),
    "columns are fixed": (
        problem([1, 1], [[1, 1]], limits=([1], [INF]), bounds=([0.25, 0], [0.25, 9])),
        [0.25, 0.75],
        1,
    ),
}


@linear
@pytest.mark.parametrize(("asked", "x", "value"), LINEAR_PROBLEMS.values(), ids=LINEAR_PROBLEMS)
def test_linear_problems_are_solved(
    known: Known, asked: QuadraticProgram, x: list[float], value: float
) -> None:
    solution = known.engine.solve(asked)

    assert solution.termination == "optimal"
    assert_allclose(solution.x, x, atol=10 * known.close)
    assert_allclose(asked.value(solution.x), value, atol=10 * known.close)


@linear
def test_multipliers_say_which_side_holds_a_row(known: Known) -> None:
    """min x + 2y with x + y ≥ 3: one more costs 2. max x + y with x + 2y ≤ 4: one more is worth a half."""
    up = known.engine.solve(LINEAR_PROBLEMS["a row is held up"][0])
    down = known.engine.solve(LINEAR_PROBLEMS["a row is held down"][0])

    assert_allclose(up.multipliers, [2], atol=10 * known.close)
    assert_allclose(down.multipliers, [-0.5], atol=10 * known.close)


@quadratic
def test_quadratic_problems_are_solved(known: Known) -> None:
    """The point of x + y + z ≥ 6 nearest to zero, where z ≤ 1: x = y = 5/2, both pulled by 5/2."""
    asked = problem(
        [0, 0, 0],
        [[1, 1, 1]],
        limits=([6], [INF]),
        bounds=([0, 0, 0], [INF, INF, 1]),
        curvature=[1, 1, 1],
    )
    solution = known.engine.solve(asked)

    assert solution.termination == "optimal"
    assert_allclose(solution.x, [2.5, 2.5, 1], atol=10 * known.close)
    assert_allclose(solution.multipliers, [2.5], atol=10 * known.close)


@quadratic
def test_costs_count_beside_curvature(known: Known) -> None:
    """x²/2 - 3x + y² - y with x + y ≤ 5/2: x - 3 = 2y - 1 = -2/3, so x = 7/3 and y = 1/6."""
    asked = problem([-3, -1], [[1, 1]], limits=([-INF], [2.5]), curvature=[1, 2])
    solution = known.engine.solve(asked)

    assert_allclose(solution.x, [7 / 3, 1 / 6], atol=10 * known.close)
    assert_allclose(solution.multipliers, [-2 / 3], atol=10 * known.close)


@quadratic
def test_rows_without_limits_are_solved_in_silence(known: Known, capfd: pytest.CaptureFixture[str]) -> None:
    """x²/2 - x with x ≤ 1/2: the other row, which has no limit, is pulled by nothing."""
    asked = problem([-1], [[1], [1]], limits=([-INF, -INF], [INF, 0.5]), curvature=[1])
    solution = known.engine.solve(asked)

    assert_allclose(solution.x, [0.5], atol=10 * known.close)
    assert_allclose(solution.multipliers, [0, -0.5], atol=10 * known.close)
    assert capfd.readouterr() == ("", "")


INFEASIBLE = {
    "a row is out of reach": problem([0, 0], [[1, 1]], limits=([5], [INF]), bounds=([0, 0], [1, 1])),
    "two rows are at odds": problem([1, 0], [[1, 1], [1, 1]], limits=([3, -INF], [INF, 2])),
    "a row without entries asks for something": problem(
        [1, -1], [[0, 0]], limits=([1], [2]), bounds=([0, 0], [1, 1])
    ),
    "a row's limits cross": problem([1, 0], [[1, 1]], limits=([2], [1]), bounds=([0, 0], [2, 2])),
    "bounds cross": problem([1, 0], [[1, 1]], limits=([0], [1]), bounds=([3, 0], [2, 2])),
    "three rows, each two of which can hold": problem(
        [0, 0], [[1, 1], [1, -1], [1, 0]], limits=([2, 1, -INF], [INF, INF, 1]), bounds=([0, 0], [9, 9])
    ),
}


@linear
@pytest.mark.parametrize("asked", INFEASIBLE.values(), ids=INFEASIBLE)
def test_infeasible_is_an_answer(known: Known, asked: QuadraticProgram) -> None:
    assert known.engine.solve(asked).termination == "infeasible"


@quadratic
@pytest.mark.parametrize("asked", INFEASIBLE.values(), ids=INFEASIBLE)
def test_infeasible_is_an_answer_to_quadratic_problems(known: Known, asked: QuadraticProgram) -> None:
    curved = QuadraticProgram(
        np.ones(2),
        asked.cost,
        asked.matrix,
        asked.row_lower,
        asked.row_upper,
        asked.lower,
        asked.upper,
    )

    assert known.engine.solve(curved).termination == "infeasible"


@linear
@pytest.mark.parametrize(
    "asked",
    [problem([-1, 0], [[1, -1]], limits=([-INF], [1])), problem([-1, 0])],
    ids=["along a row", "without rows"],
)
def test_unbounded_is_an_answer(known: Known, asked: QuadraticProgram) -> None:
    assert known.engine.solve(asked).termination == "unbounded"


def test_a_presolve_that_finds_nothing_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """GLOP's says "infeasible" of programs that are unbounded, and of some that leave next to nothing."""
    asked, whole = problem([1], [[1]], limits=([2], [INF])), ortools._glop
    monkeypatch.setattr(
        ortools, "_glop", lambda given, how="": whole(given, how) if how else nothing("infeasible")
    )
    assert OrTools().solve(asked).x.tolist() == [2.0]


def test_only_linear_engines_refuse_quadratic_problems() -> None:
    with pytest.raises(ValueError, match="linear problems only"):
        Pulp().solve(problem([0], curvature=[1]))


@pytest.mark.parametrize("engine", [Piqp(), OrTools(), Pulp()], ids=["PIQP", "OR-Tools", "PuLP"])
def test_engines_tell_their_name_and_version(engine: Engine) -> None:
    assert engine.name
    assert engine.version.count(".") >= 1


def in_whole_numbers(asked: QuadraticProgram) -> MixedIntegerProgram:
    """The linear program with every column a whole number."""
    return MixedIntegerProgram(
        asked.cost, asked.matrix, asked.row_lower, asked.row_upper, asked.lower, asked.upper,
        whole=np.ones(len(asked.cost), dtype=bool), plain=True,
    )  # fmt: skip


def test_whole_numbers_are_whole() -> None:
    """max 5x + 4y with 6x + 4y ≤ 24 and x + 2y ≤ 6: the vertex (3, 3/2) is worth 21, the best whole point 20.

    Taha, Operations Research: An Introduction, the Reddy Mikks model; (4, 0) in whole numbers.
    """
    asked = problem([-5, -4], [[6, 4], [1, 2]], limits=([-INF, -INF], [24, 6]))

    relaxed = OrTools().solve(asked)
    whole = search(in_whole_numbers(asked), gap=0)

    assert_allclose(relaxed.x, [3, 1.5], atol=1e-7)
    assert_allclose(whole.x, [4, 0], atol=1e-7)
    assert whole.settled


def test_whole_numbers_beyond_ten_million_are_found() -> None:
    """x + y = 3e9 with x ≤ 2e9 and x - y ≥ 0: CP-SAT by itself looks no further than ten million."""
    asked = problem([1, 0], [[1, 1], [1, -1]], limits=([3e9, 0], [3e9, INF]), bounds=([0, 0], [2e9, 2e9]))

    found = search(in_whole_numbers(asked), gap=0)
    assert found.settled
    assert_allclose(found.x, [1.5e9, 1.5e9])


def test_brief_searches_where_bounds_creep_along_are_silent(capfd: pytest.CaptureFixture[str]) -> None:
    """100 x ≤ 99 y + 50.5 and the same of y: each bound brings the other a hundredth nearer, without an end."""
    pair = [[100, -99], [-99, 100]]
    asked = problem(
        [0, 0] * 40,
        np.kron(np.eye(40), pair).tolist(),
        limits=([-INF] * 80, [50.5] * 80),
        bounds=([0] * 80, [1e6] * 80),
    )

    assert search(in_whole_numbers(asked), gap=1e12, effort=0.19).x is not None
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("effort", "asked_so"), [(0.1, True), (0.3, False)], ids=["brief", "earnest"])
def test_steps_whose_work_is_not_counted_are_no_part_of_a_brief_search(
    effort: float, asked_so: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before its search CP-SAT lowers bounds for the cost's sake, a thousand times over where they creep along."""
    parameters = []

    def run(name: str, given: str, _: object) -> mixed_integer.Found:
        parameters.append((name, given))
        return mixed_integer.Found(None, settled=False)

    monkeypatch.setattr(mixed_integer, "run", run)
    search(in_whole_numbers(problem([1], [[2]], limits=([1], [8]), bounds=([0], [5]))), gap=0, effort=effort)

    given = dict(parameters)["sat"]
    assert ("keep_all_feasible_solutions_in_presolve:true" in given) is asked_so


def test_whole_numbers_that_cannot_be_are_infeasible() -> None:
    asked = problem([0], [[2]], limits=([1], [1]), bounds=([0], [5]))

    found = search(in_whole_numbers(asked), gap=0)
    assert (found.x, found.settled) == (None, True)


numbers = st.integers(-4, 4).map(float)


@st.composite
def problems(draw: st.DrawFn, *, curved: bool) -> QuadraticProgram:
    """A problem around a known point, with bounded columns, so that it has an optimum."""
    columns, rows = draw(st.integers(1, 4)), draw(st.integers(0, 4))
    matrix = [[draw(numbers) for _ in range(columns)] for _ in range(rows)]
    point = [draw(st.integers(0, 5)) for _ in range(columns)]
    amounts = [sum(a * x for a, x in zip(row, point, strict=True)) for row in matrix]
    slack = st.sampled_from([0.0, 0.0, 1.0, INF])
    low, high = [a - draw(slack) for a in amounts], [a + draw(slack) for a in amounts]
    bounds = ([0.0] * columns, [float(x + draw(st.integers(0, 3))) for x in point])
    return problem(
        [draw(numbers) for _ in range(columns)],
        matrix,
        limits=(low, high),
        bounds=bounds,
        curvature=[1.0] * columns if curved else None,
    )


@given(problems(curved=False))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_engines_agree_on_linear_problems(asked: QuadraticProgram) -> None:
    solutions = {name: known.engine.solve(asked) for name, known in LINEAR.items()}

    assert {name: s.termination for name, s in solutions.items()} == dict.fromkeys(LINEAR, "optimal")
    for solution in solutions.values():
        assert off(asked, solution.x) <= 1e-6
        assert_allclose(asked.value(solution.x), asked.value(solutions["OR-Tools"].x), atol=1e-5)


@given(problems(curved=True))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_engines_agree_on_quadratic_problems(asked: QuadraticProgram) -> None:
    exact, close = Piqp().solve(asked), OrTools().solve(asked)

    assert (exact.termination, close.termination) == ("optimal", "optimal")
    assert_allclose(exact.x, close.x, atol=1e-4)
    assert off(asked, exact.x) <= 1e-6


@given(problems(curved=True))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_multipliers_prove_the_optimum(asked: QuadraticProgram) -> None:
    solution = Piqp().solve(asked)

    wrong = ((solution.multipliers > 0) & np.isinf(asked.row_lower)) | (
        (solution.multipliers < 0) & np.isinf(asked.row_upper)
    )
    proof = lagrangian(asked, np.where(wrong, 0.0, solution.multipliers))
    assert_allclose(proof, asked.value(solution.x), atol=1e-5)


def test_whole_numbers_are_found_under_huge_coefficients() -> None:
    """2^57 x - 2^57 y is zero, so that of x + y at least three each is two at least; HiGHS takes nothing beyond 1e15."""
    huge = 2.0**57
    program = MixedIntegerProgram(
        cost=np.ones(2),
        matrix=sparse.csr_array(np.array([[huge, -huge], [1.0, 1.0]])),
        row_lower=np.array([0.0, 3.0]),
        row_upper=np.array([0.0, INF]),
        lower=np.zeros(2),
        upper=np.full(2, 10.0),
        whole=np.ones(2, dtype=bool),
        plain=False,
    )
    relaxed = relax(program)
    assert isinstance(relaxed, Relaxed)
    assert relaxed.x.tolist() == pytest.approx([1.5, 1.5])
    found = search(program, gap=0.1)
    assert found.x is not None
    assert np.round(found.x).tolist() == [2, 2]


def test_fractions_come_with_the_prices_of_rows_and_the_reduced_costs_of_columns() -> None:
    """Minimise x + 2 y + 4 z with x + y + z ≥ 2.5 and x ≤ 1: y is in fractions, x a unit cheaper, z two dearer."""
    program = MixedIntegerProgram(
        cost=np.array([1.0, 2.0, 4.0]),
        matrix=sparse.csr_array(np.ones((1, 3))),
        row_lower=np.array([2.5]),
        row_upper=np.array([INF]),
        lower=np.zeros(3),
        upper=np.array([1.0, 5.0, 5.0]),
        whole=np.ones(3, dtype=bool),
        plain=True,
    )
    relaxed = relax(program)

    assert isinstance(relaxed, Relaxed)
    assert relaxed.x.tolist() == pytest.approx([1, 1.5, 0])
    assert relaxed.reduced.tolist() == pytest.approx([-1, 0, 2])
    assert relaxed.prices.tolist() == pytest.approx([2])
