"""`python -m benchmarks.conflicts [PARTNERS]`: every kind of conflict at full size, from rules to repairs, in CPU seconds.

Each case is the instance whose rules can hold, with rules that cannot hold beside them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.instances import write
from benchmarks.worker import cpu_seconds
from rules.load import load
from solver import allocate

PARTNERS = 10_000
EVEN = 2_000
"""Partners of cases that compare partners with one another: `even_within` takes a million pairs at most."""

Rules = list[dict[str, Any]]
_QUARTERS = "periods: [Q1, Q2, Q3, Q4]\n"

CASES: dict[str, Rules] = {
    "floors above a total": [{"kind": "growth_floor", "metric": "revenue", "growth_min": "12%"}],
    "caps below a total": [{"kind": "growth_cap", "metric": "revenue", "growth_max": "2%"}],
    "capacity over metrics": [
        {
            "kind": "capacity_limit",
            "uses": {"revenue": 1, "licences": 100, "services": 2, "deals": 500},
            "capacity": {"capacity": "0.5"},
        }
    ],
    "capacity beside regions": [
        {"kind": "capacity_limit", "uses": {"revenue": 1, "services": 2}, "capacity": {"capacity": "0.62"}},
        {"kind": "group_limit", "metric": "revenue", "by": "region", "share_min": "4.8%"},
    ],
    "seasons": [{"kind": "season", "metric": "revenue", "share_max": "24%"}],
    "seasons beside caps": [
        {"kind": "season", "metric": "revenue", "period": "Q4", "share_max": "30%"},
        {"kind": "season", "metric": "revenue", "period": "Q1", "share_max": "20%"},
        {"kind": "group_limit", "metric": "revenue", "by": "region", "period": "Q2", "share_max": "1.2%"},
        {"kind": "group_limit", "metric": "revenue", "by": "tier", "period": "Q3", "share_max": "6%"},
    ],
    "a metric against the others": [
        {"kind": "mix", "metric": "licences", "of": ["licences", "deals"], "share_min": "97%"}
    ],
    "overlapping groups": [
        {"kind": "group_limit", "metric": "revenue", "by": "region", "share_min": "4.7%"},
        {"kind": "group_limit", "metric": "revenue", "by": "tier", "share_max": "26%"},
        *(
            {
                "kind": "group_limit",
                "metric": "revenue",
                "where": {"tier": "Gold", "region": [f"R{n:02d}", f"R{n + 1:02d}", f"R{n + 2:02d}"]},
                "share_min": "6%",
            }
            for n in range(0, 15)
        ),
    ],
    "even within": [
        {"kind": "even_within", "metric": "revenue", "by": "region", "band": "5%"},
        {
            "kind": "growth_floor",
            "metric": "revenue",
            "growth_min": "30%",
            "where": {"tier": "Gold"},
        },
    ],
    "two at once": [
        {"kind": "growth_floor", "metric": "revenue", "growth_min": "12%"},
        {"kind": "growth_cap", "metric": "licences", "growth_max": "1%"},
    ],
    "each partner its own": [
        {"kind": "growth_floor", "metric": "deals", "growth_min": "5%"},
        {"kind": "headroom", "metric": "deals", "column": "deals_potential", "share_max": "60%"},
    ],
}
"""What cannot hold beside the rules of the instance, and what it is called."""


def write_conflict(folder: Path, name: str, partners: int) -> Path:
    """Writes the hard instance with the rules of a case beside; returns the scenario's path."""
    path = write(folder, min(partners, EVEN) if name.startswith("even") else partners, hard=True)
    named = [{"name": f"odd {number}", **rule} for number, rule in enumerate(CASES[name], 1)]
    (folder / "odd.yaml").write_text(json.dumps({"rules": named}))
    text = path.read_text().replace("rules: [rules.yaml]", "rules: [rules.yaml, odd.yaml]")
    path.write_text((_QUARTERS if name.startswith("seasons") else "") + text)
    return path


def main(partners: int, names: list[str]) -> None:
    """Prints a line for each case: seconds, how many conflicts, how many repairs, the first of them."""
    for name in names or CASES:
        with TemporaryDirectory() as home:
            asked = load(write_conflict(Path(home), name, partners))
        before = cpu_seconds()
        found = allocate(asked.scenario, asked.book).conflict
        seconds = cpu_seconds() - before
        if found is None:
            print(f"{name:<28} {seconds:7.2f} s  no conflict")
            continue
        repairs = found.repairs or found.together
        first = repairs[0].sentence if repairs else "no repair"
        left = f", {len(found.unsearched)} rules unsearched" if found.unsearched else ""
        print(
            f"{name:<28} {seconds:7.2f} s  {len(found.each)} conflicts, {len(found.repairs)} repairs, "
            f"{len(found.together)} together{left}; {first}",
            flush=True,
        )


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else PARTNERS
    main(size, sys.argv[2:])
