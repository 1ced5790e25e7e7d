"""The picture of stretch by group: what its axis says."""

import pytest

from api.pages.pictures.stretch import stretch

KEYS = ("least", "lower_quartile", "median", "upper_quartile", "most")


@pytest.mark.parametrize("most", [0.0004, 0.02, 0.7], ids=["hundredths", "percents", "tens"])
def test_no_two_places_of_the_axis_say_the_same(most: float) -> None:
    five = {"partners": 5, **{key: most * (number - 2) / 2 for number, key in enumerate(KEYS)}}
    labels = [text for _, text in stretch({"all": five, "by": {}})["ticks"]]
    assert len(labels) > 2
    assert len(set(labels)) == len(labels)
