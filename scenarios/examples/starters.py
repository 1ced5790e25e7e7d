"""Makes the partner tables of the starters from a seed: the same bytes on every machine.

Only `random.Random.random()` is drawn from, the one stream Python promises to keep; everything after it is whole-number
arithmetic. Run `python -m scenarios.examples.starters` to write the tables again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

from scenarios.examples.names import FIRSTS, SECONDS

SEED = 20270101
FOLDER = Path(__file__).parents[2] / "api" / "starters"
"""Where the starters stand."""
PARTNERS = 24
TIERS = {"Gold": 6, "Silver": 8, "Registered": 10}
"""Tier to number of partners."""
SIZES = {"Gold": (400, 1100), "Silver": (120, 420), "Registered": (20, 150)}
"""Tier to least and most revenue of a year, in thousand USD."""
REGIONS = ("North", "North", "South", "West")
_FIRSTS = tuple(name for country in ("US", "GB", "AU", "DE") for name in FIRSTS[country])
Row = dict[str, str | int]


class Draw:
    """Whole numbers from a seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed).random

    def whole(self, low: int, high: int) -> int:
        """Any whole number from low to high, each as likely as the others."""
        return low + int(self._random() * (high - low + 1))

    def one(self, of: tuple[str, ...]) -> str:
        """Any of these."""
        return of[self.whole(0, len(of) - 1)]


def partners(draw: Draw, prefix: str) -> list[Row]:
    """Partners with a name, tier, region and size."""
    rows: list[Row] = []
    for tier, count in TIERS.items():
        for _ in range(count):
            name = f"{draw.one(_FIRSTS)} {draw.one(SECONDS)}"
            size = draw.whole(*SIZES[tier]) * 1000
            rows.append({"partner_id": f"{prefix}{len(rows) + 1:02}", "name": name, "tier": tier,
                         "region": draw.one(REGIONS), "size": size})  # fmt: skip
    return rows


def co_selling(draw: Draw, row: Row) -> Row:
    """Revenue that partners source, and that they win together with the company's own sellers."""
    size = int(row["size"])
    joint = size * draw.whole(10, 50) // 100
    return {
        "sourced_last_year": size - joint,
        "joint_last_year": joint,
        "shared_accounts_value": joint * draw.whole(320, 900) // 100,
        "seller_days": max(4, joint * draw.whole(70, 160) // 100 // 4000),
        "sourced_margin": draw.whole(12, 20),
        "joint_margin": draw.whole(14, 26),
    }


def product_launch(draw: Draw, row: Row) -> Row:
    """A product without history, sold to customers whom partners have already."""
    size = int(row["size"])
    return {
        "installed_base": size * draw.whole(60, 140) // 100,
        "certified": draw.whole(0, 3) + (4 if row["tier"] == "Gold" else 1),
        "months_since_training": draw.whole(0, 14),
        "launch_uplift": size * draw.whole(6, 18) // 100,
        "launch_half": size * draw.whole(10, 30) // 1000 + 500,
    }


def market_entry(draw: Draw, row: Row) -> Row:
    """Partners at home, and partners just signed in a territory that is new."""
    is_new = int(str(row["partner_id"])[1:]) % 3 == 0
    size = int(row["size"])
    return {
        "territory": "New" if is_new else "Home",
        "months_since_start": draw.whole(0, 11) if is_new else draw.whole(18, 90),
        "revenue_last_year": size * draw.whole(2, 9) // 100 if is_new else size,
        "potential": size * draw.whole(175, 320) // 100,
    }


def retention(draw: Draw, row: Row) -> Row:
    """Contracts that end in the period, and how many were renewed of those before."""
    due = max(6, int(row["size"]) // 9000 + draw.whole(0, 9))
    before = max(5, due * draw.whole(80, 115) // 100)
    return {
        "contracts_due": due,
        "contracts_before": before,
        "renewed_before": before * draw.whole(68, 98) // 100,
        "success_managers": max(1, due // draw.whole(16, 40)),
        "contract_value": draw.whole(4, 30) * 1000,
    }


def service_adoption(draw: Draw, row: Row) -> Row:
    """Customers of partners who use a service, and engineers who are certified to run it."""
    customers = max(8, int(row["size"]) // 6000 + draw.whole(0, 12))
    engineers = draw.whole(2, 6) + int(row["size"]) // 100_000
    return {
        "customers": customers,
        "users_last_year": customers * draw.whole(5, 45) // 100,
        "engineers": engineers,
        "certified_last_year": engineers * draw.whole(10, 60) // 100,
        "value_per_user": draw.whole(8, 40) * 100,
    }


def deal_registration(draw: Draw, row: Row) -> Row:
    """Deals that partners register, and how many of them are won."""
    deals = max(2, int(row["size"]) // 18_000 + draw.whole(0, 5))
    return {
        "deals_last_year": deals,
        "win_rate": f"0.{draw.whole(18, 46)}",
        "sales_staff": max(1, deals // draw.whole(5, 12)),
        "deal_value": draw.whole(8, 45) * 1000,
    }


STARTERS: Mapping[str, tuple[str, Callable[[Draw, Row], Row]]] = {
    "co-selling": ("C", co_selling),
    "product-launch": ("L", product_launch),
    "market-entry": ("E", market_entry),
    "retention": ("T", retention),
    "service-adoption": ("S", service_adoption),
    "deal-registration": ("D", deal_registration),
}
"""Starter to the letter of its ids, and what its partners have besides a name, tier and region."""


def table(name: str) -> str:
    """The partner table of a starter, as CSV."""
    prefix, more = STARTERS[name]
    draw = Draw(SEED + list(STARTERS).index(name))
    rows = [{**row, **more(draw, row)} for row in partners(draw, prefix)]
    columns = [column for column in rows[0] if column != "size"]
    lines = [columns, *([str(row[column]) for column in columns] for row in rows)]
    return "".join(f"{','.join(line)}\n" for line in lines)


def main() -> None:
    """Write every table beside its starter."""
    for name in STARTERS:
        (FOLDER / name / "partners.csv").write_text(table(name), encoding="utf-8")


if __name__ == "__main__":
    main()
