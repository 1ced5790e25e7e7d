"""Knows what real partner tables hold that no one planned for, and puts it into the example."""

from collections.abc import Sequence
from dataclasses import replace

from scenarios.examples.names import AWKWARD
from scenarios.examples.partner import Amounts, Partner

GIANT = 78
"""The partner larger than any other, by its place in the table."""
NEW = {place: months % 12 for months, place in enumerate(range(5, 240, 13))}
"""Partners that joined within the last twelve months, and how many months ago."""
NEW_WITH_ZEROS = 161
"""Joined in the last few days, and its system says 0 where the others' say nothing."""
DORMANT = (29, 101, 154, 222)
"""Sold before, nothing last year: zero, which is not the same as empty."""
NO_POTENTIAL = (14, 62, 110, 171, 205)
"""Partners whose potential is not known."""
NO_ENGINEERS = {36: 0, 88: None, 133: None, 190: 0, 216: None}
"""None certified (0), or never asked (empty)."""
MIGRATED = (50, 147)
"""The year before last was lost with the old system."""
UNREPORTED = {19: 1, 126: 2, 178: 0}
"""Partners that left out the licences and deals of one quarter, and which."""


def with_traps(drawn: Sequence[Partner]) -> list[Partner]:
    """The partners with the traps set, in the same order."""
    rows = dict(enumerate(drawn, 1))
    rows[GIANT] = _giant(rows[GIANT])
    for number, months in NEW.items():
        rows[number] = _newcomer(rows[number], months=months)
    none = (0, 0, 0, 0)
    for number in (*DORMANT, NEW_WITH_ZEROS):
        rows[number] = replace(rows[number], revenue_fy2026=none, licences_fy2026=none, deals_fy2026=none)
    for number in NO_POTENTIAL:
        rows[number] = replace(rows[number], potential=None)
    for number, engineers in NO_ENGINEERS.items():
        rows[number] = replace(rows[number], certified_engineers=engineers)
    for number in MIGRATED:
        rows[number] = replace(rows[number], revenue_fy2025=None, licences_fy2025=None, deals_fy2025=None)
    for number, quarter in UNREPORTED.items():
        row = rows[number]
        licences, deals = _without(row.licences_fy2026, quarter), _without(row.deals_fy2026, quarter)
        rows[number] = replace(row, licences_fy2026=licences, deals_fy2026=deals)
    for number, name in AWKWARD.items():
        rows[number] = replace(rows[number], name=name)
    return list(rows.values())


def _giant(row: Partner) -> Partner:
    return replace(
        row,
        name="Meridian Wholesale, Inc.",
        tier="Platinum",
        type="Distributor",
        region="North America",
        territory_group="Americas",
        country="US",
        months_since_start=212,
        employees=640,
        certified_engineers=96,
        potential=4_200_000_000,
        margin=61,
        revenue_fy2025=812_406_519,
        revenue_fy2026=(201_344_871, 226_518_230, 219_087_744, 274_350_096),
        licences_fy2025=14_870,
        licences_fy2026=(3_790, 4_120, 4_055, 4_911),
        deals_fy2025=203,
        deals_fy2026=(48, 55, 52, 66),
        target_fy2026=940_000_000,
        plan_fy2027=905_000_000,
    )


def _newcomer(row: Partner, *, months: int) -> Partner:
    """The partner as if it had joined so many months before the planned year: of the time before, nothing."""
    absent = 4 - -(-months // 3)

    def known(quarters: Amounts) -> Amounts:
        return (None,) * absent + tuple(amount and amount // 2 for amount in quarters[absent:])

    return replace(
        row,
        months_since_start=months,
        revenue_fy2025=None,
        revenue_fy2026=known(row.revenue_fy2026),
        licences_fy2025=None,
        licences_fy2026=known(row.licences_fy2026),
        deals_fy2025=None,
        deals_fy2026=known(row.deals_fy2026),
        target_fy2026=None,
        plan_fy2027=None if months < 6 else row.plan_fy2027,
    )


def _without(quarters: Amounts, quarter: int) -> Amounts:
    return (*quarters[:quarter], None, *quarters[quarter + 1 :])
