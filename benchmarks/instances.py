"""Instances of any size: partners in regions and tiers, four metrics, totals, regional minimums, capacity."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

METRICS = {"revenue": 1000, "licences": 1, "services": 100, "deals": 1}
SCALE = {"revenue": 50_000.0, "licences": 300.0, "services": 8_000.0, "deals": 40.0}
TIERS = ("Platinum", "Gold", "Silver", "Registered")
REGIONS = 20

_USES = {"revenue": 1, "licences": 100, "services": 2, "deals": 500}

_RULES = """
rules:
{floors}
{caps}
  - {{name: people to deliver it, kind: capacity_limit, uses: {uses}, capacity: {{capacity: 1}}}}
  - {{name: nobody too large, kind: concentration, metric: revenue, share_max: {concentration}}}
  - {{name: regions count, kind: group_limit, metric: revenue, by: region, share_min: {region}}}
  - {{name: Gold counts, kind: group_limit, metric: licences, where: {{tier: Gold}}, share_min: {gold}}}
  - {{name: Silver in proportion, kind: group_limit, metric: services, where: {{tier: Silver}}, share_max: {silver}}}
"""
_FLOOR = "  - {{name: '{m} grows', kind: growth_floor, metric: {m}, growth_min: 2%{elastic}}}"
_CAP = "  - {{name: '{m} within reach', kind: growth_cap, metric: {m}, growth_max: 60%, allowance: {a}}}"
_GROWTH = 1.06


def table(partners: int, seed: int = 1) -> pd.DataFrame:
    """A partner table with lognormal history, some partners without any, and a capacity column."""
    draw = np.random.default_rng(seed)
    size = draw.lognormal(0.0, 1.2, partners)
    columns: dict[str, object] = {
        "partner_id": [f"P{i:07d}" for i in range(partners)],
        "region": [f"R{i:02d}" for i in draw.integers(0, REGIONS, partners)],
        "tier": np.array(TIERS)[draw.integers(0, len(TIERS), partners)],
    }
    for metric, scale in SCALE.items():
        history = np.round(scale * size * draw.lognormal(0.0, 0.4, partners), 2)
        columns[f"{metric}_last"] = np.where(draw.random(partners) < 0.05, 0.0, history)
        columns[f"{metric}_potential"] = np.round(history * draw.lognormal(0.3, 0.3, partners), 2)
    load = sum(uses * np.asarray(columns[f"{metric}_last"]) for metric, uses in _USES.items())
    columns["capacity"] = np.round(1.12 * load + 60_000, 2)
    return pd.DataFrame(columns)


def write(folder: Path, partners: int, *, hard: bool = False, ending: str = "csv") -> Path:
    """Writes scenario.yaml, rules.yaml and the partner table; returns the scenario's path.

    If hard, every rule is, and they can hold together; else some rank by priority and must give way.
    """
    folder.mkdir(parents=True, exist_ok=True)
    frame = table(partners)
    if ending == "csv":
        frame.to_csv(folder / "partners.csv", index=False)
    else:
        frame.to_parquet(folder / "partners.parquet", index=False)
    (folder / "rules.yaml").write_text(_rules(frame, hard=hard))
    lines = [
        f"scenario: size-{partners}",
        f"partners: partners.{ending}",
        "partner_id: partner_id",
        "metrics:",
    ]
    for metric, unit in METRICS.items():
        lines.append(
            f"  {metric}: {{unit: U, round_to: {unit}, baseline: {metric}_last, "
            f"fair_share: {{{metric}_last: 70%, {metric}_potential: 30%}}}}"
        )
    lines.append("targets:")
    for metric, unit in METRICS.items():
        total = int(frame[f"{metric}_last"].sum() * _GROWTH / unit) * unit
        lines.append(f"  - {{name: {metric} target, metric: {metric}, total: {total}}}")
    lines.append("rules: [rules.yaml]")
    path = folder / "scenario.yaml"
    path.write_text("\n".join(lines) + "\n")
    return path


def _rules(frame: pd.DataFrame, *, hard: bool) -> str:
    partners = len(frame)
    tight = "40%" if partners < 100 else f"{max(0.02, 200 / partners):.4f}%" if partners > 10_000 else "5%"
    largest = 100 * frame["revenue_last"].max() / frame["revenue_last"].sum()
    smallest, gold, silver = (
        _shares(frame, "revenue", "region").min(),
        _shares(frame, "licences", "tier")["Gold"],
        _shares(frame, "services", "tier")["Silver"],
    )
    return _RULES.format(
        floors="\n".join(_FLOOR.format(m=m, elastic="" if hard else ", priority: 1") for m in METRICS),
        caps="\n".join(_CAP.format(m=m, a=SCALE[m]) for m in METRICS),
        uses="{" + ", ".join(f"{metric}: {uses}" for metric, uses in _USES.items()) + "}",
        concentration=f"{1.1 * largest:.4f}%" if hard else tight,
        region=f"{1.02 * smallest:.4f}%" if hard else "4.6%",
        gold=f"{gold + 0.5:.4f}%" if hard else "26%",
        silver=f"{silver - 0.5:.4f}%" if hard else "20%, priority: 2",
    )


def _shares(frame: pd.DataFrame, metric: str, by: str) -> pd.Series[float]:
    """Percent of last year's total by group."""
    totals: pd.Series[float] = frame.groupby(by)[f"{metric}_last"].sum()
    return 100 * totals / totals.sum()
