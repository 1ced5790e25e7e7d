"""Identities: their kind shows, they sort by age, no two are the same."""

import time

from api.db.ids import new_id


def test_an_identity_names_its_kind() -> None:
    assert new_id("run").startswith("run_0")
    assert len(new_id("run")) == 4 + 26


def test_later_identities_sort_after_earlier_ones() -> None:
    made = []
    for _ in range(5):
        made.append(new_id("run"))
        time.sleep(0.002)
    assert made == sorted(made)


def test_no_two_are_the_same() -> None:
    assert len({new_id("run") for _ in range(10_000)}) == 10_000
