"""Firsts: at target, more than ever, run after run, each by hand and beside one's own past alone."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solver.tracking.firsts import Firsts, PartDone, Record, firsts
from solver.tracking.seasons import years_before

EARLIER = [("Q3 of FY2026", Fraction(90)), ("Q4 of FY2026", Fraction(120))]


def parts(*done: int, target: int = 100) -> list[PartDone]:
    return [PartDone(f"Q{number}", Fraction(target), Fraction(each)) for number, each in enumerate(done, 1)]


@pytest.mark.parametrize(
    ("done", "first"),
    [((90, 100), "Q2"), ((90, 80, 130, 140), "Q3"), ((100, 90, 110), None), ((90, 99), None), ((), None)],
)
def test_the_first_time_at_target_comes_after_a_miss(done: tuple[int, ...], first: str | None) -> None:
    assert firsts(parts(*done)).first_at_target == first


def test_a_part_without_a_target_is_neither_kept_nor_missed() -> None:
    found = firsts([PartDone("Q0", Fraction(0), Fraction(50)), *parts(100)])
    assert found == Firsts(None, Record("Q1", Fraction(100), Fraction(50), "Q0"), ("Q1",), run_lasts=True)


def test_a_best_is_more_than_everything_before() -> None:
    assert firsts(parts(110, 130, 125), EARLIER).best == Record(
        "Q2", Fraction(130), Fraction(120), "Q4 of FY2026"
    )
    assert firsts(parts(121, 130), EARLIER).best == Record("Q2", Fraction(130), Fraction(121), "Q1")
    assert firsts(parts(120, 80), EARLIER).best is None
    assert firsts(parts(500)).best is None  # nothing before it is known


@pytest.mark.parametrize(
    ("done", "run", "lasts"),
    [
        ((100, 100, 90, 100), ("Q1", "Q2"), False),
        ((100, 90, 100, 100), ("Q3", "Q4"), True),
        ((100, 90, 100), ("Q3",), True),
        ((90,), (), False),
    ],
)
def test_the_longest_run_of_kept_targets(done: tuple[int, ...], run: tuple[str, ...], lasts: bool) -> None:
    found = firsts(parts(*done))
    assert (found.longest_run, found.run_lasts) == (run, lasts)


@given(done=st.lists(st.integers(0, 200), max_size=12))
def test_a_run_is_as_long_as_the_longest_stretch_of_kept_parts(done: list[int]) -> None:
    stretches = "".join("k" if each >= 100 else " " for each in done).split()
    assert len(firsts(parts(*done)).longest_run) == max(map(len, stretches), default=0)


def test_years_count_by_their_numbers_and_only_those_before() -> None:
    assert years_before(["FY2026", "FY2025", "FY2028", "FY2027"], "FY2027") == ["FY2025", "FY2026"]
    assert years_before(["b", "a", "now"], "now") == ["a", "b"]
