"""The picture of a partner's years: where each stands, and the target after them."""

from api.pages.pictures.years import HEIGHT, years


def test_the_highest_amount_is_on_top_and_the_target_comes_last() -> None:
    picture = years([("FY2025", 100.0), ("FY2026", 400.0)], "FY2027", 200.0)
    assert picture is not None
    first, second = picture["before"]
    target = picture["target"]
    assert (target["name"], target["amount"]) == ("FY2027", 200.0)
    assert first["x"] < second["x"] < target["x"]
    assert 0 < second["y"] < target["y"] < first["y"] < picture["zero"] < HEIGHT


def test_a_partner_whose_years_are_not_known_has_none() -> None:
    assert years([], "FY2027", 200.0) is None
