"""The picture of moves: by how far each target moves, and one outlier flattens no other."""

import pytest

from api.pages.pictures.scatter import MOST_DOTS, Point, changes


def points(*moves: tuple[float, float]) -> list[Point]:
    return [Point(x, y, "", "") for x, y in moves]


def test_the_line_is_at_no_change_and_rises_stand_above_it() -> None:
    picture = changes(points((100, 0.1), (1000, -0.1)), "was", "change")
    up, down = (dot["y"] for dot in picture["dots"])
    assert up < picture["same"][1] < down  # a picture's y grows downwards
    assert picture["same"][1] == picture["same"][3]


def test_what_was_nothing_is_counted_and_not_drawn() -> None:
    picture = changes(points((0, 0.0), (100, 0.1)), "was", "change")
    assert (picture["shown"], picture["left_out"], len(picture["dots"])) == (1, 1, 1)


def test_one_large_change_lies_at_the_edge_and_leaves_the_others_apart() -> None:
    picture = changes(
        points(*((100 + each, each / 1000) for each in range(200)), (100, 50.0)), "was", "change"
    )
    heights = [dot["y"] for dot in picture["dots"]]
    assert heights[-1] == pytest.approx(picture["top"])
    assert heights[0] - heights[150] > 100


def test_too_many_are_squares_by_their_number() -> None:
    picture = changes(points(*((100 + each, 0.01) for each in range(MOST_DOTS + 1))), "was", "change")
    assert sum(square["count"] for square in picture["squares"]) == MOST_DOTS + 1
    assert picture["dots"] == []


def test_nothing_to_draw_is_an_empty_picture() -> None:
    assert changes([], "was", "change")["dots"] == []
