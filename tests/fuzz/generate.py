"""Scenarios from a seed, of all kinds, styles and sizes, around a point that keeps every hard rule."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from tests import builders
from tests.fuzz.elastic import wish
from tests.fuzz.ground import (
    STYLES,
    Floats,
    Ground,
    Measured,
    RuleFields,
    amounts,
    in_parts,
    text,
    unit_for,
)
from tests.fuzz.hard import HARD, LATER, Maker, load

MOST = 3_000
"""Partners of the largest scenarios."""
_METRICS = ("revenue", "licences", "services", "deals", "seats")


@dataclass(frozen=True)
class DrawnScenario:
    """A scenario as it stands in files."""

    seed: int
    style: str
    columns: dict[str, list[str]]
    """Of the partner table."""
    rules: list[RuleFields]
    scenario: dict[str, Any]
    """The fields of scenario.yaml, without files."""

    @property
    def table(self) -> str:
        """The partner table as CSV."""
        buffer = StringIO()
        lines = csv.writer(buffer)
        lines.writerow(self.columns)
        lines.writerows(zip(*self.columns.values(), strict=True))
        return buffer.getvalue()

    def write(self, folder: Path) -> Path:
        """Writes the files into a folder; returns the scenario's path."""
        folder.mkdir(parents=True, exist_ok=True)
        return builders.scenario_file(folder, self.table, rules=self.rules, **self.scenario)


def generate(seed: int, *, most: int = MOST) -> DrawnScenario:
    """The scenario of a seed, with at most so many partners."""
    draw = np.random.default_rng(seed)
    partners = round(10 * 10 ** draw.uniform(0, np.log10(most / 10)))
    parts = int(draw.choice([0, 0, 2, 4]))
    periods = tuple(f"Q{part + 1}" for part in range(parts))
    on = Ground(draw, partners, periods, _groups(draw, partners))
    style = str(draw.choice(STYLES))
    for name in _METRICS[: int(draw.integers(1, 6))]:
        on.metrics.append(_metric(on, name, style if on.chance(0.8) else on.pick(STYLES)))
    targets = [target for of in on.metrics for target in _targets(on, of)]
    first = [name for name in HARD if name not in LATER]
    rules = [HARD[on.pick(first)](on) for _ in range(int(draw.integers(0, 10)))]
    rules += [wish(on, first) for _ in range(int(draw.integers(0, 9)))]
    scenario = _scenario(on, seed, targets)
    rules += [maker(on) for maker in _later(on)]
    rule_fields = [{"name": f"rule {number}", **rule} for number, rule in enumerate(rules) if rule]
    return DrawnScenario(seed, style, on.columns, rule_fields, scenario)


def _later(on: Ground) -> Iterator[Maker]:
    """What was added to the generator since: drawn last, so that a seed keeps its other rules."""
    for name in LATER:
        if on.chance(0.25):
            yield HARD[name]
        if on.chance(0.25):
            yield partial(wish, kinds=[name])
    if on.chance(0.15):
        yield load


def _groups(draw: np.random.Generator, partners: int) -> dict[str, list[str]]:
    """The id and the columns of groups; rows in no order."""

    def cells(prefix: str, count: int) -> list[str]:
        return [f"{prefix}{number}" for number in draw.integers(0, count, partners)]

    return {
        "partner_id": [f"p{number:05d}" for number in draw.permutation(partners)],
        "region": cells("region ", int(draw.integers(1, 9))),
        "tier": [("Platinum", "Gold", "Silver")[each] for each in draw.integers(0, 3, partners)],
        "cluster": cells("c", max(2, partners // 12)),
        "flag": cells("f", 2),
        "months": [str(each) for each in draw.integers(0, 48, partners)],
    }


def _metric(on: Ground, name: str, style: str) -> Measured:
    values = amounts(style, on.draw, on.partners)
    unit = unit_for(values, on.draw)
    values = np.where(on.draw.random(on.partners) < on.pick([0, 0, 0.1]), 0.0, values)
    last = [Fraction(text(Fraction(each))) for each in values.tolist()]
    if not any(last):
        last[int(on.draw.integers(on.partners))] = unit
    on.column(f"{name}_last", last)
    drivers = {f"{name}_last": "1"}
    if on.chance(0.3):
        potential = np.array(last, dtype=float) * on.draw.lognormal(0.3, 0.5, on.partners) + float(unit)
        drivers = {
            f"{name}_last": "70%",
            on.column(f"{name}_potential", map(Fraction, potential.tolist())): "30%",
        }
    phasing, profile = _phasing(on, name, values)
    growth = on.draw.lognormal(0.05, on.pick([0, 0.1, 0.5]), on.partners)
    some = np.where(values > 0, values, float(unit) * on.draw.integers(0, 3, on.partners) * on.pick([0, 1]))
    counts = np.rint(some * growth / float(unit)).astype(np.int64)
    if not counts.sum():
        counts[int(on.draw.integers(on.partners))] = 1
    point = in_parts(counts, len(on.periods), on.draw) if on.periods else counts[None, :]
    return Measured(name, unit, last, _shares(on, drivers), profile, point, phasing, drivers)


def _shares(on: Ground, drivers: dict[str, str]) -> Floats:
    """(partners,) the weighted sum of each column's shares."""
    shares, weights = np.zeros(on.partners), 0.0
    for column, weight in drivers.items():
        values = np.array(on.columns[column], dtype=float)
        rate = float(weight[:-1]) / 100 if weight.endswith("%") else float(weight)
        if values.sum():
            shares += rate * values / values.sum()
        weights += rate
    return shares / weights


def _phasing(on: Ground, name: str, values: Floats) -> tuple[Any, Floats]:
    """How the year falls into its parts, as a scenario says it and as (parts, partners)."""
    parts = max(1, len(on.periods))
    even = np.full((parts, on.partners), 1 / parts)
    if not on.periods or on.chance(0.5):
        return "even", even
    history = values * on.draw.dirichlet(np.full(parts, 4.0), on.partners).T
    names = [
        on.column(f"{name}_{q}", map(Fraction, row.tolist()))
        for q, row in zip(on.periods, history, strict=True)
    ]
    by = on.pick([None, "region"])
    group = (
        np.unique(np.array(on.columns["region"]), return_inverse=True)[1] if by else np.arange(on.partners)
    )
    histories = np.array([on.columns[column] for column in names], dtype=float)
    sums = np.stack([np.bincount(group, row) for row in histories])
    whole = sums.sum(axis=0)
    overall = sums.sum(axis=1) / whole.sum() if whole.sum() else np.full(parts, 1 / parts)
    profile = np.where(whole > 0, sums / np.where(whole > 0, whole, 1), overall[:, None])[:, group]
    columns = dict(zip(on.periods, names, strict=True))
    return {"columns": columns, **({"by": by} if by else {})}, profile


def _targets(on: Ground, of: Measured) -> list[RuleFields]:
    """What is to be placed: the whole, or each part of the period."""
    if on.periods and on.chance(0.2):
        return [
            {"name": f"{of.name} in {q}", "metric": of.name, "period": q, "total": text(int(row.sum()) * of.unit)}
            for q, row in zip(on.periods, of.point, strict=True)
        ]  # fmt: skip
    return [{"name": f"{of.name} target", "metric": of.name, "total": text(of.total)}]


def _scenario(on: Ground, seed: int, targets: list[RuleFields]) -> dict[str, Any]:
    rule_fields: dict[str, Any] = {
        "scenario": f"fuzz-{seed}",
        "metrics": {
            of.name: {
                "unit": "U",
                "round_to": text(of.unit),
                "baseline": f"{of.name}_last",
                "fair_share": of.drivers,
                "missing": "zero",
                "phasing": of.phasing,
            }
            for of in on.metrics
        },
        "targets": targets,
    }
    if on.periods:
        rule_fields |= {"period": "Y1", "periods": list(on.periods)}
    if on.chance(0.4):
        rule_fields["cascade"] = on.pick([["region"], ["region", "tier"], ["tier", "region", "cluster"]])
    if on.chance(0.1):
        rule_fields["goals"] = [_goal(on)]
    return rule_fields


def _goal(on: Ground) -> dict[str, Any]:
    of = on.pick(on.metrics)
    goal = on.pick(
        [
            {"maximise": {on.column("margin", map(Fraction, on.draw.random(on.partners).tolist())): 1}},
            {"stay_close_to": f"{of.name}_last", "metric": of.name},
            {"spread": "least_deviation"},
            {"spread": "least_largest_stretch"},
        ]
    )
    return {**goal, "give_up": on.pick(["0%", "2%"])}
