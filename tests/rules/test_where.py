"""Whom a where selects, and what it refuses."""

from typing import Any

import pytest
from builders import partners
from hypothesis import given
from hypothesis import strategies as st

from rules.columns import Columns
from rules.where import Selection, parse_selection, selection_mapping

TABLE = partners(
    "acme      Gold    north 100  150",
    "borealis  Silver  north 60   -",
    "cumulus   Silver  south 40   0",
    "dunes     -       south 0.5  7",
)


def selected(where: dict[str, Any]) -> str:
    """The initials of the selected."""
    columns = Columns(TABLE)
    mask = parse_selection(where).mask(columns).tolist()
    return "".join(name[0] for name, chosen in zip(columns.ids, mask, strict=True) if chosen)


@pytest.mark.parametrize(
    ("where", "who"),
    [
        ({"tier": "Silver"}, "bc"),
        ({"tier": ["Gold", "Silver"]}, "abc"),
        ({"tier": "silver"}, ""),
        ({"tier": ["Gold", "Silver"], "region": "north"}, "ab"),
        ({"baseline": {"min": 40}}, "abc"),
        ({"baseline": {"min": "0.5", "max": 60}}, "bcd"),
        ({"baseline": 60}, "b"),
        ({"baseline": [100, "0.5"]}, "ad"),
        ({"baseline": 0.5}, "d"),
        ({"potential": {"empty": True}}, "b"),
        ({"potential": {"empty": False}}, "acd"),
        ({"potential": {"empty": False, "max": 10}}, "cd"),
        ({"tier": {"empty": True}}, "d"),
        ({"not": {"tier": "Silver"}}, "ad"),
        ({"region": "north", "not": {"tier": "Silver"}}, "a"),
        ({"not": {"region": "north", "tier": "Silver"}}, "acd"),
        ({"not": {"not": {"tier": "Silver"}}}, "bc"),
        ({"partner_id": ["cumulus", "acme", "no one"]}, "ac"),
        ({"partner_id": "no one"}, ""),
    ],
)
def test_who_is_selected(where: dict[str, Any], who: str) -> None:
    assert selected(where) == who


def test_left_out_it_selects_everybody() -> None:
    assert Selection().mask(Columns(TABLE)).all()


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("tier == 'Gold'", "Write a mapping such as {tier: [Gold, Silver]}"),
        ({}, "Leave it out to mean every partner"),
        ({"tier": []}, "where tier is an empty list and matches no partner"),
        ({"tier": None}, "Write words in quotes, numbers, or {empty: true}"),
        ({"or": [{"tier": "Gold"}]}, "where has or. Write any:"),
        ({"any": [{"tier": []}]}, "where tier is an empty list"),
        ({"joined": {"min": "2026-01-01", "max": 5}}, "a number and a day"),
        ({"joined": {"min": "2026-02-30"}}, "Write a number, or a day such as 2026-01-31"),
        ({"tier": {}}, "where tier has nothing. Say min, max or empty"),
        ({"fy2026": {"above": 3}}, "where fy2026 has above. Write min, which is so much or more"),
        ({"fy2026": {"empty": "yes"}}, "Write true or false"),
        ({"fy2026": {"min": 5, "max": 3}}, "where fy2026 has min 5 above max 3"),
        ({"fy2026": {"min": "much"}}, "is 'much'"),
        ({"not": "Gold"}, "Write a mapping"),
    ],
)
def test_what_it_refuses(where: object, why: str) -> None:
    with pytest.raises(ValueError, match=r"where|is ") as refusal:
        parse_selection(where)

    assert why in str(refusal.value)


numbers = st.one_of(st.integers(-1000, 1000), st.decimals(-1000, 1000, places=3))
words = st.lists(st.one_of(st.text(min_size=1), numbers), min_size=1)
limits = st.fixed_dictionaries({"min": numbers}, optional={"empty": st.booleans()})
mappings = st.dictionaries(st.sampled_from(["tier", "region", "size"]), st.one_of(words, limits), min_size=1)


@given(mappings, st.one_of(st.none(), mappings))
def test_written_and_read_again_it_is_the_same(
    where: dict[str, Any], excluded: dict[str, Any] | None
) -> None:
    selection = parse_selection(where | ({"not": excluded} if excluded else {}))

    assert parse_selection(selection_mapping(selection)) == selection
