"""Piecewise: whole units found piece by piece, and proofs that one piece leaves none."""

import builders
import numpy as np
import pytest

from rules import RuleBook
from solver.engines.piqp import Piqp
from solver.integer.at_stake import broken
from solver.integer.loose_pieces import LoosePieces
from solver.integer.piecewise import piecewise
from solver.integer.rounding import NoWholeUnitsError, round_targets
from solver.integer.start import Start, start_of
from solver.integer.whole_point import hard_rows
from solver.integer.window import everything
from solver.model.program import blocks_of
from solver.optimise.elastic import ElasticSolution, solve_elastic


def groups(sizes: list[list[int]], total: int, *more: tuple[str, dict[str, str]]) -> RuleBook:
    """A group of partners for each list of baselines, all of a group with the same stretch but for two per cent."""
    lines = [
        f"p{group:02d}{place} Gold r{group} {last} 1"
        for group, members in enumerate(sizes)
        for place, last in enumerate(members)
    ]
    frame = builders.frame(builders.partners(*lines), builders.metric(), totals={"revenue": total})
    return builders.book(
        frame,
        builders.rule("company_target", name="target", total=total),
        builders.rule("even_within", name="even", by="region", band="2%"),
        *(builders.rule(kind, name=kind, **fields) for kind, fields in more),
    )


def begun(book: RuleBook) -> tuple[ElasticSolution, Start]:
    solution = solve_elastic(book, blocks_of(book), Piqp())
    return solution, start_of(book, solution.blocks, (), solution.spread.x)


def test_long_rows_link_the_pieces_that_rules_about_groups_leave() -> None:
    """Forty groups of eight are forty pieces under one total of all 320."""
    _, start = begun(groups([[100, 90, 80, 70, 60, 50, 40, 30]] * 40, 21_000))
    window = everything(start)
    pieces = LoosePieces.of(hard_rows(start, window), window.room)

    assert pieces is not None
    assert len(pieces.links) == 1
    assert [len(each) for each in pieces.cells] == [8] * 40


def test_one_large_piece_is_not_divided() -> None:
    _, start = begun(groups([[100 + place for place in range(300)]], 30_000))
    window = everything(start)

    assert LoosePieces.of(hard_rows(start, window), window.room) is None
    assert piecewise(start).counts is None
    assert not piecewise(start).settled


def test_pieces_that_have_to_go_far_are_made_up_for_by_the_others() -> None:
    """Of 1 and 3 with one stretch of about 1.36 none is near whole units: they leave theirs, and others carry the rest."""
    _, start = begun(groups([[1, 3], [5, 7], [2, 9], *[[100, 90, 80, 70, 60, 50]] * 40], 21_700))
    answer = piecewise(start)

    assert answer.counts is not None
    assert not broken(start, start.amounts(answer.counts))
    assert np.abs(answer.counts - start.x).max() >= 1


def test_a_piece_without_whole_units_proves_that_there_are_none() -> None:
    """Of 1, 2 and 4 with one stretch whole units come to multiples of 7; 10 to 13 holds none."""
    book = groups(
        [[1, 2, 4], *[[100, 90, 80, 70, 60, 50]] * 40],
        20_000,
        ("group_limit", {"where": {"region": "r0"}, "total_min": "10", "total_max": "13"}),
    )
    solution, start = begun(book)
    answer = piecewise(start)

    assert answer.counts is None
    assert answer.settled
    with pytest.raises(NoWholeUnitsError) as raised:
        round_targets(book, solution)
    assert raised.value.proved


def test_what_links_lack_is_taken_off_by_pieces_together() -> None:
    """Each group of two moves by whole pairs only, so that an odd total takes the group of three for its rest."""
    sizes = [[50, 50]] * 120 + [[50, 50, 50]]
    _, start = begun(groups(sizes, 12_153))
    answer = piecewise(start)

    assert answer.counts is not None
    assert int(answer.counts.sum()) == 12_153
    assert not broken(start, start.amounts(answer.counts))
