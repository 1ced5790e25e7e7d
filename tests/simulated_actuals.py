"""Simulated actuals: what partners might have done of a published plan, the same for the same seed.

Each partner has a strength of its own for the year, each part a fortune common to all; both are lognormal. Amounts are
in cents, three in a hundred did nothing in a part, and two have a credit note.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from pathlib import Path

import numpy as np

OWN, COMMON = 0.35, 0.05
"""Standard deviations of the logarithms: of a partner's strength, and of a part's fortune."""


def simulated(targets: str, done: Collection[str], *, seed: int) -> str:
    """actuals.csv for the parts that are over, of the CSV of a plan's targets."""
    random = np.random.default_rng(seed)
    rows = [row for row in csv.DictReader(io.StringIO(targets)) if row["period"] in done]
    partners, parts = sorted({row["partner"] for row in rows}), sorted(done)
    strength = dict(zip(partners, np.exp(random.normal(-0.04, OWN, len(partners))), strict=True))
    fortune = dict(zip(parts, np.exp(random.normal(0, COMMON, len(parts))), strict=True))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["partner_id", "metric", "period", "amount"])
    for row in rows:
        amount = float(row["target"]) * strength[row["partner"]] * fortune[row["period"]]
        luck = random.random()
        amount = 0.0 if luck < 0.03 else -0.1 * amount if luck < 0.05 else amount
        writer.writerow([row["partner"], row["metric"], row["period"], f"{amount:.2f}"])
    return text.getvalue()


def write_actuals(allocation: Path, done: Collection[str], *, seed: int) -> str:
    """The same, of allocation.csv in a file."""
    return simulated(allocation.read_text(encoding="utf-8"), done, seed=seed)
