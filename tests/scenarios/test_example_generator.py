"""The shipped example's table is what its generator makes, traps included."""

import csv
import unicodedata
from collections import Counter
from fractions import Fraction

import pytest

from scenarios.examples.generate import TABLE, TIERS, TYPES, Dice, partners
from scenarios.examples.names import AWKWARD
from scenarios.examples.partner import table

QUARTERS = ("q1", "q2", "q3", "q4")


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def test_the_committed_table_is_what_the_generator_makes() -> None:
    assert TABLE.read_bytes() == table(partners()).encode()


def test_another_seed_makes_another_table() -> None:
    assert table(partners(seed=1)) != table(partners(seed=2))


def test_the_first_throws_never_change() -> None:
    dice = Dice(1)
    assert [dice.whole(1, 6) for _ in range(12)] == [1, 6, 5, 2, 3, 3, 4, 5, 1, 1, 6, 3]


def test_throws_stay_within_their_limits() -> None:
    dice = Dice(7)
    assert {dice.whole(-1, 1) for _ in range(200)} == {-1, 0, 1}
    assert all(10 <= dice.skewed(10, 90) <= 90 for _ in range(200))
    assert sorted(dice.shuffled("cascade")) == sorted("cascade")


def test_tiers_types_and_regions_are_all_there(rows: list[dict[str, str]]) -> None:
    assert Counter(row["tier"] for row in rows) == TIERS
    assert {row["type"] for row in rows} == set(TYPES)
    assert len({row["region"] for row in rows}) == 6
    assert len({(row["region"], row["territory_group"]) for row in rows}) == 6


def test_ids_and_names_are_unique_and_in_normal_form(rows: list[dict[str, str]]) -> None:
    assert len({row["partner_id"] for row in rows}) == len({row["name"] for row in rows}) == 240
    assert all(unicodedata.is_normalized("NFC", row["name"]) for row in rows)


@pytest.mark.parametrize("year", ["revenue_fy2026", "licences_fy2026", "deals_fy2026"])
def test_a_year_is_the_sum_of_its_quarters(rows: list[dict[str, str]], year: str) -> None:
    for row in rows:
        known = [Fraction(row[f"{year}_{q}"]) for q in QUARTERS if row[f"{year}_{q}"]]
        assert bool(row[year]) == bool(known), row["partner_id"]
        assert sum(known) == Fraction(row[year] or 0), row["partner_id"]


def test_awkward_names_survive_the_file(rows: list[dict[str, str]]) -> None:
    assert {place: rows[place - 1]["name"] for place in AWKWARD} == AWKWARD
    assert "Fernweh Systemhaus\nNiederlassung Süd" in AWKWARD.values()


def test_newcomers_have_no_history_before_they_joined(rows: list[dict[str, str]]) -> None:
    newcomers = [row for row in rows if int(row["months_since_start"]) < 12]
    assert len(newcomers) == 19
    assert all(not row["revenue_fy2025"] and not row["target_fy2026"] for row in newcomers)
    assert Counter(row["revenue_fy2026"] for row in newcomers if row["months_since_start"] == "0") == {
        "": 1,
        "0.00": 1,
    }


def test_zero_and_empty_both_occur(rows: list[dict[str, str]]) -> None:
    dormant = [row for row in rows if row["revenue_fy2026"] == "0.00" and row["revenue_fy2025"]]
    assert len(dormant) == 4
    assert Counter(row["certified_engineers"] for row in rows if row["certified_engineers"] in ("", "0")) == {
        "": 3,
        "0": 2,
    }
    assert sum(not row["potential"] for row in rows) == 5


def test_one_partner_is_larger_than_all_others(rows: list[dict[str, str]]) -> None:
    first, second, *_ = sorted((float(row["revenue_fy2026"] or 0) for row in rows), reverse=True)
    assert first > 3 * second


def test_some_registered_partners_outsell_a_gold_one(rows: list[dict[str, str]]) -> None:
    sold = {tier: [float(r["revenue_fy2026"] or 0) for r in rows if r["tier"] == tier] for tier in TIERS}
    assert max(sold["Registered"]) > min(sold["Gold"])
