"""Attempts at a stage: as many as bring it nearer, and no engine after the deadline."""

from collections.abc import Iterator
from time import perf_counter

import numpy as np
import pytest

from solver.engines.quadratic_program import QuadraticProgram, Solution
from solver.model.matrices import Matrix
from solver.optimise import stage
from solver.optimise.polytope import Polytope
from solver.optimise.refinement import refine, refine_in_fixed_point
from solver.optimise.scaled_stage import ScaledStage
from solver.optimise.stage_solution import StageCertificate, StageSolution

ONE = np.ones(1)
NONE = np.empty(0, dtype=np.intp)
SCALED = ScaledStage(
    np.arange(1), ONE, NONE, np.array([0]), NONE, NONE, ONE,
    Polytope(Matrix(np.ones((1, 1))), ONE, 2 * ONE, 0 * ONE, ONE, damping_lower=ONE, damping_upper=ONE),
)  # fmt: skip


def with_gap(gap: float) -> StageSolution:
    """A stage's end whose cost of one is proved but for a gap."""
    return StageSolution(SCALED, 0 * ONE, 0 * ONE, StageCertificate(1.0, gap, 0.0, 0))


@pytest.mark.parametrize(
    ("gaps", "made", "best"),
    [
        pytest.param([1.0, 1.0, 1.0, 1.0, 1e-12], 4, 1.0, id="three in a row bring nothing"),
        pytest.param([1.0, 1.0, 1.0, 1e-3, 1e-3, 1e-12], 6, 1e-12, id="in between one comes nearer"),
        pytest.param([1.0, 1e-12, 1e-13], 2, 1e-12, id="clean"),
    ],
)
def test_attempts_end_where_they_bring_nothing(
    gaps: list[float], made: int, best: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = []

    def attempts(*_: object) -> Iterator[StageSolution]:
        for gap in gaps:
            begun.append(gap)
            yield with_gap(gap)

    monkeypatch.setattr(stage, "scale_stage", lambda *_: SCALED)
    monkeypatch.setattr(stage, "_attempts", attempts)
    monkeypatch.setattr(stage, "_in_fixed_point", lambda found, _: found)

    found = stage.least_misses(None, None, [])  # type: ignore[arg-type] # neither is looked at by these attempts

    assert len(begun) == made
    assert found.certificate.gap == best


class Useless:
    """An engine that finds nothing new, and counts how often it is asked."""

    name, version = "useless", "0"

    def __init__(self) -> None:
        self.asked = 0

    def solve(self, problem: QuadraticProgram) -> Solution:
        self.asked += 1
        return Solution("optimal", np.zeros(len(problem.cost)), np.zeros(len(problem.row_lower)))


# minimise x with x ≥ 1 from x = 2: the row's multiplier is not known.
ASKED = QuadraticProgram(0 * ONE, ONE, Matrix(np.ones((1, 1))), ONE, np.inf * ONE, 0 * ONE, 10 * ONE)


def test_no_engine_is_asked_in_fixed_point_after_the_deadline() -> None:
    engine = Useless()
    refine_in_fixed_point(ASKED, 2 * ONE, 0 * ONE, [engine], deadline=perf_counter() - 1)

    assert engine.asked == 0


def test_fresh_starts_end_where_three_in_a_row_bring_nothing() -> None:
    """Each round asks twice, and once more for a fresh start: three such, and a last round."""
    engine = Useless()
    refine(ASKED, 2 * ONE, 0 * ONE, [engine])

    assert engine.asked == 3 * 3 + 2
