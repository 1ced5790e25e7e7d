"""The partner table as rules see it."""

from fractions import Fraction

from builders import partners

from rules.columns import Columns, Policy

LINES = (
    "zephyr    Silver  north  40    -",
    "acme      Gold    north  0.1   150",
    "Éole      Silver  south  60    20",
    "borealis  Silver  -      70    30",
)


def columns(*lines: str, **missing: Policy) -> Columns:
    return Columns(partners(*(lines or LINES)), missing)


def test_partners_stand_in_the_order_of_their_ids() -> None:
    """By code point, as Python sorts: capitals with accents come last."""
    assert columns().ids == ("acme", "borealis", "zephyr", "Éole")
    assert columns().text("region").tolist() == ["north", "", "north", "south"]


def test_the_order_of_the_file_does_not_show() -> None:
    one, other = columns(), columns(*reversed(LINES))

    assert one.ids == other.ids
    assert one.exact("baseline").tolist() == other.exact("baseline").tolist()
    assert one.groups("tier")[0].tolist() == other.groups("tier")[0].tolist()


def test_numbers_are_exact() -> None:
    assert columns().exact("baseline").tolist() == [Fraction(1, 10), 70, 40, 60]


def test_a_gap_is_zero_or_the_median_of_its_tier() -> None:
    """Silver has said 20 and 30."""
    assert columns().exact("potential").tolist() == [150, 30, 0, 20]
    assert columns(potential="zero").exact("potential").tolist() == [150, 30, 0, 20]
    assert columns(potential="tier_median").exact("potential").tolist() == [150, 30, 25, 20]
    assert columns().exact("potential", "tier_median").tolist() == [150, 30, 25, 20]


def test_groups_are_sorted_by_name() -> None:
    group, names = columns().groups("region")

    assert names == ("", "north", "south")
    assert group.tolist() == [1, 0, 1, 2]


def test_words_and_ids_are_found() -> None:
    assert columns().one_of("tier", ["Gold", "Bronze"]).tolist() == [True, False, False, False]
    assert columns().one_of("partner_id", ["Éole", "acme", "no one"]).tolist() == [True, False, False, True]
    assert columns().one_of("tier", []).tolist() == [False] * 4
    assert columns().empty("region").tolist() == [False, True, False, False]
