"""The names that a rule's fields hold."""

import pytest
from builders import rule
from pydantic import ValidationError

from rules.fields import references


def test_names_are_found_in_texts_keys_and_lists() -> None:
    limit = rule("capacity_limit", metric=None, uses={"revenue": 1, "deals": 2}, capacity={"staff": 3})
    best = rule("personal_best", columns=["fy2025", "fy2026"])
    groups = rule("group_limit", share_min="5%", by="region")

    assert list(references(limit)) == [
        (("uses", "revenue"), "revenue", "metric"),
        (("uses", "deals"), "deals", "metric"),
        (("capacity", "staff"), "staff", "number"),
    ]
    assert list(references(best)) == [
        (("metric",), "revenue", "metric"),
        (("columns", "0"), "fy2025", "number"),
        (("columns", "1"), "fy2026", "number"),
    ]
    assert (("by",), "region", "group") in references(groups)


def test_what_is_left_out_refers_to_nothing() -> None:
    assert [name for _, name, _ in references(rule("group_limit", share_min="5%"))] == ["revenue"]


@pytest.mark.parametrize("amount", ["40%", " 40 % "])
def test_a_percentage_is_no_amount(amount: str) -> None:
    with pytest.raises(ValidationError, match="a share and not an amount"):
        rule("lock", target=amount)


def test_rules_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        rule("lock", target=5).target = 6  # type: ignore[attr-defined]
