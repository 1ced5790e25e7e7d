"""Elastic instances: the instances whose rules are hard, and wishes of several priorities at odds with one another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.instances import METRICS, write

Wishes = list[dict[str, Any]]

THREE: Wishes = [
    {"kind": "growth_floor", "metric": "revenue", "growth_min": "12%", "priority": 1},
    {"kind": "group_limit", "metric": "revenue", "by": "region", "share_min": "6%", "priority": 2},
    {"kind": "growth_cap", "metric": "revenue", "growth_max": "5%", "priority": 3},
    {"kind": "growth_cap", "metric": "services", "growth_max": "3%", "priority": 3},
]
"""Twice what the company target allows, regions that come to 120 % of it, and caps against both."""

TWELVE: Wishes = [
    wish
    for place, metric in enumerate(METRICS)
    for wish in (
        {"kind": "growth_floor", "metric": metric, "growth_min": "10%", "priority": 1 + place},
        {"kind": "group_limit", "metric": metric, "by": "tier", "share_min": "30%", "priority": 2 + place},
        {"kind": "growth_cap", "metric": metric, "growth_max": "5%", "priority": 5 - place},
    )
]
"""Twelve rules in five priorities: of each metric growth, tiers that come to 120 %, and a cap."""


def write_elastic(folder: Path, partners: int, wishes: Wishes) -> Path:
    """Writes the hard instance with these wishes beside; returns the scenario's path."""
    path = write(folder, partners, hard=True)
    named = [{"name": f"wish {number}", **wish} for number, wish in enumerate(wishes, 1)]
    (folder / "wishes.yaml").write_text(json.dumps({"rules": named}))
    path.write_text(path.read_text().replace("rules: [rules.yaml]", "rules: [rules.yaml, wishes.yaml]"))
    return path
