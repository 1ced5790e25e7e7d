"""Inner points: whole units found by rounding where limits leave room, and only there; by hand."""

import builders
import pytest

from rules import Rule
from solver.engines.piqp import Piqp
from solver.infeasible.incremental import IncrementalModel
from solver.infeasible.inner_point import has_inner_point
from solver.infeasible.whole_steps import has_targets, least_whole_steps, walked_back, whole_steps_within

THREE = ("acme Gold north 100 0", "bolt Gold north 200 0", "cube Gold south 300 0")


def model(total: int, *rules: Rule, unit: int = 1) -> IncrementalModel:
    metric = builders.metric("revenue", round_to=unit)
    frame = builders.frame(builders.partners(*THREE), metric, totals={"revenue": total})
    return IncrementalModel.of(
        builders.book(frame, builders.rule("company_target", name="target", total=total), *rules)
    )


def north(total_min: str, total_max: str) -> Rule:
    where = {"region": "north"}
    return builders.rule("group_limit", name="north", where=where, total_min=total_min, total_max=total_max)


def test_rounding_keeps_totals() -> None:
    """601 of 600: a sixth of a unit more for acme, a third for bolt, a half for cube, who gets it."""
    assert has_inner_point(model(601))


@pytest.mark.parametrize(
    ("least", "most", "whole"), [("250", "270", True), ("250.2", "251.4", True), ("250.2", "250.8", False)]
)
def test_limits_without_a_whole_number_between_are_never_said_to_be_kept(
    least: str, most: str, whole: bool
) -> None:
    asked = model(600, north(least, most))

    assert has_targets(asked, Piqp()) == whole
    assert whole or not has_inner_point(asked)


def test_bounds_are_brought_to_units() -> None:
    """In tens, floors of 101, 202 and 303 are 110, 210 and 310: 630, and 620 is none of it."""
    floor = builders.rule("growth_floor", name="floor", growth_min="1%")

    assert has_inner_point(model(630, floor, unit=10))
    assert not has_inner_point(model(620, floor, unit=10))


def room(tenths: int) -> IncrementalModel:
    """The north between 250.2 and so many tenths more: from eight tenths on, 251 lies between."""
    return model(600, north("250.2", f"{250.2 + tenths / 10:.1f}"))


def test_steps_end_at_the_first_with_whole_units() -> None:
    assert least_whole_steps(room, 1, 1000, Piqp()) == 8
    assert least_whole_steps(room, 9, 1000, Piqp()) == 9
    assert least_whole_steps(room, 1, 7, Piqp()) is None


@pytest.mark.parametrize(("least", "known", "found"), [(1, 500, 8), (1, 8, 8), (20, 500, 20), (8, 3, 3)])
def test_steps_known_to_do_are_brought_back(least: int, known: int, found: int) -> None:
    assert whole_steps_within(room, least, known, Piqp()) == found


def test_the_way_back_ends_where_one_step_less_does_not_hold() -> None:
    assert walked_back(lambda steps: steps >= 37, 1_000) == 37
    assert walked_back(lambda steps: steps in {3, 4, 10}, 10) == 10
    assert walked_back(lambda steps: steps > 0, 10) == 1
