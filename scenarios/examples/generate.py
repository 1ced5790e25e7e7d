"""Makes the partner table of the shipped example from a seed: the same bytes on every machine.

Only `random.Random.random()` is drawn from, the one stream Python promises to keep, and everything after it
is whole-number arithmetic; money is counted in cents.
Run `python -m scenarios.examples.generate` to write the table again.
"""

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import TypeVar

from scenarios.examples.names import FIRSTS, FORMS, SECONDS
from scenarios.examples.partner import Partner, table
from scenarios.examples.traps import with_traps

SEED = 20270101
TABLE = Path(__file__).parent / "channel" / "partners.csv"

T = TypeVar("T")

TIERS = {"Platinum": 16, "Gold": 44, "Silver": 80, "Registered": 100}
"""Tier → number of partners."""

REVENUE = {"Platinum": (650, 3400), "Gold": (160, 1250), "Silver": (35, 420), "Registered": (3, 190)}
"""Tier → least and most revenue of a year, in thousand USD."""

TYPES = ("Reseller", "Reseller", "Reseller", "Managed Service Provider", "Managed Service Provider",
         "System Integrator", "System Integrator", "Distributor", "Consultant")  # fmt: skip
MARGIN = {
    "Reseller": (110, 190),
    "Managed Service Provider": (190, 320),
    "System Integrator": (150, 260),
    "Distributor": (50, 90),
    "Consultant": (210, 340),
}
"""Type → least and most margin, in thousandths of the revenue."""

REGIONS = {
    "North America": ("Americas", ("US", "US", "US", "CA"), 34),
    "Latin America": ("Americas", ("MX", "BR"), 12),
    "Northern Europe": ("EMEA", ("DE", "DE", "GB", "NL", "NO", "SE"), 24),
    "Southern Europe": ("EMEA", ("FR", "FR", "ES", "IT"), 13),
    "East Asia": ("APAC", ("JP", "JP", "KR"), 10),
    "Oceania": ("APAC", ("AU", "AU", "NZ"), 7),
}
"""Region → territory group, countries (as often as they stand here), and how many of 100 partners it has."""

SEASONS = {"Americas": (22, 24, 24, 30), "EMEA": (24, 25, 19, 32), "APAC": (31, 21, 23, 25)}
"""Territory group → how its year spreads over the quarters, in percent."""


class Dice:
    """Whole numbers from a seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed).random

    def whole(self, low: int, high: int) -> int:
        """Any whole number from low to high, both included, each as likely as the others."""
        return low + (int(self._random() * 2**53) * (high - low + 1) >> 53)

    def skewed(self, low: int, high: int) -> int:
        """A whole number from low to high, small ones far more often than large ones."""
        return low + (high - low) * self.whole(0, 1000) * self.whole(0, 1000) // 1_000_000

    def one_of(self, choices: Sequence[T]) -> T:
        return choices[self.whole(0, len(choices) - 1)]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        left = list(items)
        return [left.pop(self.whole(0, len(left) - 1)) for _ in items]


def partners(seed: int = SEED) -> list[Partner]:
    """The partners in the order of the table."""
    dice = Dice(seed)
    tiers = dice.shuffled([tier for tier, count in TIERS.items() for _ in range(count)])
    regions = [region for region, (_, _, weight) in REGIONS.items() for _ in range(weight)]
    names: set[str] = set()
    return with_traps(
        [_partner(dice, n, tier, dice.one_of(regions), names) for n, tier in enumerate(tiers, 1)]
    )


def _partner(dice: Dice, number: int, tier: str, region: str, names: set[str]) -> Partner:
    territory_group, countries, _ = REGIONS[region]
    country, type_ = dice.one_of(countries), dice.one_of(TYPES)
    revenue = dice.skewed(*REVENUE[tier]) * 100_000 + dice.whole(0, 99_999)
    engineers = 1 + revenue // 100 // dice.whole(90_000, 160_000) + dice.whole(0, 2)
    return Partner(
        partner_id=f"P{number:04d}",
        name=_name(dice, country, names),
        tier=tier,
        type=type_,
        region=region,
        territory_group=territory_group,
        country=country,
        months_since_start=dice.whole(25, 190),
        employees=engineers * dice.whole(2, 7),
        certified_engineers=engineers,
        potential=revenue * dice.whole(220, 640) // 100 // 1_000_000 * 1_000_000 + 4_000_000,
        margin=dice.whole(*MARGIN[type_]),
        revenue_fy2025=revenue * 100 // dice.whole(84, 128),
        revenue_fy2026=_quarters(dice, territory_group, revenue),
        licences_fy2025=revenue // 100 // dice.whole(380, 620),
        licences_fy2026=_quarters(dice, territory_group, revenue // 100 // dice.whole(380, 620)),
        deals_fy2025=revenue // 100 // dice.whole(7_000, 16_000),
        deals_fy2026=_quarters(dice, territory_group, revenue // 100 // dice.whole(7_000, 16_000)),
        target_fy2026=revenue * dice.whole(86, 118) // 10_000_000 * 100_000,
        plan_fy2027=revenue * dice.whole(101, 121) // 10_000_000 * 100_000,
    )


def _name(dice: Dice, country: str, taken: set[str]) -> str:
    while True:
        name = f"{dice.one_of(FIRSTS[country])} {dice.one_of(SECONDS)}{dice.one_of(FORMS[country])}"
        if name not in taken:
            taken.add(name)
            return name


def _quarters(dice: Dice, territory_group: str, year: int) -> tuple[int, ...]:
    """The year's amount over its four quarters, by season and chance, adding up exactly."""
    weights = [season * dice.whole(80, 120) for season in SEASONS[territory_group]]
    first = [year * weight // sum(weights) for weight in weights[:3]]
    return (*first, year - sum(first))


if __name__ == "__main__":
    TABLE.write_bytes(table(partners()).encode())
