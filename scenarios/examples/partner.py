"""Knows what the example says of a partner, and how that is written as a row of CSV."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

Amounts = tuple[int | None, ...]
"""One amount per quarter; None was not reported."""


@dataclass(frozen=True)
class Partner:
    """One row of the table; None is an empty cell, and money is in cents."""

    partner_id: str
    name: str
    tier: str
    type: str
    region: str
    territory_group: str
    country: str
    months_since_start: int
    employees: int
    certified_engineers: int | None
    potential: int | None
    margin: int
    revenue_fy2025: int | None
    revenue_fy2026: Amounts
    licences_fy2025: int | None
    licences_fy2026: Amounts
    deals_fy2025: int | None
    deals_fy2026: Amounts
    target_fy2026: int | None
    plan_fy2027: int | None


def table(rows: Sequence[Partner]) -> str:
    """The table as CSV: a header and one line per partner, in UTF-8 with plain line feeds once encoded."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    cells = [_cells(row) for row in rows]
    writer.writerow(cells[0])
    writer.writerows(row.values() for row in cells)
    return out.getvalue()


def _cells(row: Partner) -> dict[str, str]:
    """Column → text, a year before its quarters."""
    cells: dict[str, str] = {}
    for field in fields(row):
        value = getattr(row, field.name)
        write = _WRITE.get(field.name, _plain)
        if isinstance(value, tuple):
            known = [amount for amount in value if amount is not None]
            cells[field.name] = write(sum(known) if known else None)
            cells |= {f"{field.name}_q{quarter}": write(amount) for quarter, amount in enumerate(value, 1)}
        else:
            cells[field.name] = write(value)
    return cells


def _plain(value: str | int | None) -> str:
    return "" if value is None else str(value)


def _money(cents: int | None) -> str:
    return "" if cents is None else f"{cents // 100}.{cents % 100:02d}"


def _dollars(cents: int | None) -> str:
    return "" if cents is None else str(cents // 100)


def _thousandths(value: int | None) -> str:
    return "" if value is None else f"{value // 1000}.{value % 1000:03d}"


_WRITE: dict[str, Callable[[int | None], str]] = {
    "potential": _dollars,
    "margin": _thousandths,
    "revenue_fy2025": _money,
    "revenue_fy2026": _money,
    "target_fy2026": _dollars,
    "plan_fy2027": _dollars,
}
