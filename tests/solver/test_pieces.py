"""Pieces: what no row joins is decided by itself, and only once while it stays the same."""

from dataclasses import replace

import numpy as np
import pytest

from solver.integer.at_stake import IntegerRows
from solver.integer.branch_and_bound import Answer
from solver.integer.integer_program import IntegerProgram
from solver.integer.pieces import KnownPieces, pieces_of
from solver.integer.ranks import HARD
from solver.integer.whole_program import solve
from solver.model.matrices import Matrix


def program(rows: list[list[int]], total: list[float], cost: list[float]) -> IntegerProgram:
    """Rows that come to a total each, over columns of one unit."""
    size, columns = len(rows), len(cost)
    return IntegerProgram(
        width=np.ones(columns, dtype=np.int64),
        cost=np.array([cost]),
        natural=np.full(columns, 0.5),
        rows=IntegerRows(
            matrix=Matrix(np.array(rows, dtype=float).reshape(size, columns)),
            lower=np.array(total),
            upper=np.array(total),
            rank=np.full(size, HARD),
            weight=np.ones(size),
            whole=np.ones(size, dtype=bool),
        ),
    )


TWO = program([[1, 0, 1, 0, 0], [0, 1, 0, 1, 0]], [1, 1], [0.3, 0.1, 0.2, 0.4, -0.5])
"""Columns 0 and 2 come to one, and so do 1 and 3; no row holds the last."""


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        pytest.param(TWO, [[0, 2], [1, 3], [4]], id="two rows and a column without"),
        pytest.param(program([[1, 1, 0], [0, 1, 1]], [1, 1], [0, 0, 0]), [[0, 1, 2]], id="rows that share one"),
        pytest.param(program([], [], [0.0, 0.0]), [[0, 1]], id="no rows"),
        pytest.param(program([[0, 0]], [0], [0.0, 0.0]), [[0, 1]], id="a row without columns"),
        pytest.param(program([], [], []), [[]], id="nothing"),
        pytest.param(
            program([[int(abs(i - j) < 2 and i <= j) for j in range(9)] for i in range(8)], [1] * 8, [0.0] * 9),
            [list(range(9))],
            id="a chain",
        ),
        pytest.param(
            program([[int(j // 2 == i) for j in range(20)] for i in range(10)], [1] * 10, [0.0] * 20),
            [*([2 * i, 2 * i + 1] for i in range(7)), [14, 15, 16, 17, 18, 19]],
            id="more than are worth a program each",
        ),
    ],
)  # fmt: skip
def test_pieces_are_what_no_row_joins(of: IntegerProgram, expected: list[list[int]]) -> None:
    pieces = list(pieces_of(of))
    assert [piece.columns.tolist() for piece in pieces] == expected
    assert sum(len(piece.program.rows) for piece in pieces) >= np.count_nonzero(
        np.diff(of.rows.matrix.indptr)
    )


def test_each_piece_takes_its_cheapest() -> None:
    assert _counts(solve(TWO)) == [0, 1, 1, 0, 1]


def test_what_another_piece_costs_moves_nothing() -> None:
    """Of four columns alike two are taken: which of them is not for the row beside to say."""
    rows = [[1, 1, 1, 1, 0, 0], [0, 0, 0, 0, 1, 1]]
    found = {
        tuple(_counts(solve(program(rows, [2, 1], [0.5] * 4 + beside)))[:4])
        for beside in ([0.0, 1.0], [1.0, 0.0])
    }
    assert len(found) == 1


def test_only_pieces_that_changed_are_asked_again() -> None:
    known, asked = KnownPieces(), list[list[float]]()

    def find(piece: IntegerProgram) -> Answer | None:
        asked.append(piece.cost[0].tolist())
        return solve(piece)

    dearer = replace(TWO, cost=TWO.cost + np.array([0, 1, 0, 0, 0]))
    for each in (TWO, TWO, dearer):
        for piece in pieces_of(each):
            known.answer(piece.program, find)
    assert asked == [[0.3, 0.2], [0.1, 0.4], [-0.5], [1.1, 0.4]]


@pytest.mark.parametrize("rows", [[[1, 1, 0], [0, 1, 1], [1, 0, 1]]], ids=["three rows across one another"])
def test_rows_that_are_no_network_are_left_to_branch_and_bound(rows: list[list[int]]) -> None:
    known = KnownPieces()
    assert _counts(solve(program(rows, [1, 1, 0], [0.0] * 3), known=known)) == [0, 1, 0]


def _counts(answer: Answer) -> list[int]:
    assert answer.counts is not None
    return [int(count) for count in answer.counts]
