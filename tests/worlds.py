"""Random worlds around a point that keeps every hard rule: small for hypothesis, of any size from a seed."""

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from io import StringIO
from pathlib import Path
from typing import Any

import builders
import numpy as np
import reference
from hypothesis import strategies as st

from rules import RuleBook
from scenarios import Report, Scenario, parse_partners
from solver import Allocation, allocate

Row = dict[str, str]
RuleFields = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A scenario as it would be written: partners, metrics, rules."""

    partners: list[Row]
    """Column to text, `partner_id` first."""
    metrics: dict[str, Fraction]
    """Name of each metric to its round_to; its baseline is the column `<metric>_last`."""
    rules: list[RuleFields]
    """Company targets first."""
    point: dict[tuple[str, str], Fraction] = field(default_factory=dict)
    """(partner, metric) to targets that keep every hard rule, where such are known."""

    def with_rules(self, rules: Sequence[RuleFields]) -> "Asked":
        return Asked(self.partners, self.metrics, list(rules), self.point)

    def with_partners(self, partners: Sequence[Row]) -> "Asked":
        return Asked(list(partners), self.metrics, self.rules, self.point)

    @property
    def totals(self) -> dict[str, Fraction]:
        totals = {}
        for rule in self.rules:
            if rule["kind"] == "company_target" and "where" not in rule:
                totals.setdefault(rule["metric"], Fraction(rule.get("total", rule.get("total_min", 0))))
        return totals

    def book(self) -> RuleBook:
        report = Report()
        table = parse_partners(_csv(self.partners), ".csv", "partner_id", report, name="partners.csv")
        report.stop_on_errors()
        assert table is not None
        metrics = [
            builders.metric(name, baseline=f"{name}_last", round_to=unit, missing="zero")
            for name, unit in self.metrics.items()
        ]
        frame = builders.frame(table, *metrics, totals=self.totals)
        return builders.book(frame, *(rule_of(fields) for fields in self.rules))

    def solve(self, **options: Any) -> Allocation:
        book = self.book()
        return allocate(scenario_of(book), book, **options)

    def reference(self, targets: Mapping[tuple[str, str], Fraction]) -> reference.World:
        """The same world in the words of the naive restatement, with targets."""
        metrics = {
            name: {
                "baseline": f"{name}_last",
                "fair_share": {f"{name}_last": Fraction(1)},
                "missing": "zero",
                "phasing": "even",
                "round_to": unit,
            }
            for name, unit in self.metrics.items()
        }
        placed = {(partner, metric, ""): target for (partner, metric), target in targets.items()}
        return reference.World(self.partners, metrics, self.totals, targets=placed)

    def missed(self, targets: Mapping[tuple[str, str], Fraction]) -> dict[str, Fraction]:
        """The name of each rule that targets miss, to the sum of its misses, by the naive restatement."""
        world = self.reference(targets)
        sums = {
            rule["name"]: sum((amount for _, amount in reference.misses(rule, world)), Fraction(0))
            for rule in self.rules
        }
        return {name: amount for name, amount in sums.items() if amount}


def rule_of(fields: RuleFields) -> Any:
    """The rule of its fields."""
    others = {name: value for name, value in fields.items() if name not in ("kind", "metric")}
    return builders.rule(fields["kind"], metric=fields.get("metric"), **others)


def scenario_of(book: RuleBook, *, cascade: tuple[str, ...] = ()) -> Scenario:
    """A scenario that says no more than its book."""
    return Scenario(
        name="random", title="random", period="", periods=book.frame.periods, table=book.frame.columns.table,
        metrics=book.frame.metrics, targets=(), rules=(), adjustments=(), expired=(), goals=(), cascade=cascade,
        over_assign={}, missing={}, shares={}, inputs={}, root=Path(),
    )  # fmt: skip


def targets_of(allocation: Allocation) -> dict[tuple[str, str], Fraction]:
    """(partner, metric) to target."""
    frame = allocation.frame
    names = [(partner, metric) for metric in frame.metrics for partner in frame.columns.ids]
    return dict(zip(names, allocation.target.tolist(), strict=True))


def unrounded_of(allocation: Allocation) -> dict[tuple[str, str], float]:
    """(partner, metric) to the even spread."""
    frame = allocation.frame
    names = [(partner, metric) for metric in frame.metrics for partner in frame.columns.ids]
    return dict(zip(names, allocation.unrounded.tolist(), strict=True))


def _csv(rows: Sequence[Row]) -> bytes:
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(rows[0])
    writer.writerows(row.values() for row in rows)
    return text.getvalue().encode()


GROUPS = ("g0", "g1", "g2")
"""Columns of groups that overlap."""
UNITS = (Fraction(1), Fraction(1000), Fraction(1, 100))


@dataclass(frozen=True)
class Ground:
    """What a rule is made from: one metric of a world, and what it may draw."""

    draw: st.DrawFn
    rows: list[Row]
    """May get columns."""
    metric: str
    point: dict[str, Fraction]
    """Partner to its known target."""
    unit: Fraction

    def where(self) -> dict[str, Any]:
        """Everybody, or one group of a column."""
        if self.draw(st.booleans()):
            return {}
        column = self.draw(st.sampled_from(GROUPS))
        return {"where": {column: self.draw(st.sampled_from(sorted({row[column] for row in self.rows})))}}

    def slack(self) -> Fraction:
        """How far a limit stands from the point; often not at all."""
        return self.draw(st.sampled_from([0, 0, 0, 1, 3, 10])) * self.unit


Maker = Callable[[Ground], RuleFields]
"""A rule of one kind that the known point keeps."""


def _column(rows: list[Row], name: str, values: Iterable[Fraction | int]) -> str:
    """Adds a column of numbers to all rows, under a name not used before."""
    while name in rows[0]:
        name += "x"
    for row, value in zip(rows, values, strict=True):
        row[name] = text(Fraction(value))
    return name


def text(number: Fraction) -> str:
    """As it is written in a table: whole, or with so many decimals as it has."""
    for places in range(10):
        if (number * 10**places).denominator == 1:
            return f"{float(number):.{places}f}" if abs(number) < 10**12 else str(number)
    raise ValueError(f"{number} has no end")


def _chosen(rows: list[Row], where: dict[str, Any]) -> list[Row]:
    return [row for row in rows if all(row[c] == want for c, want in where.get("where", {}).items())]


def _floor(on: Ground) -> RuleFields:
    values = [max(Fraction(0), on.point[row["partner_id"]] - on.slack()) for row in on.rows]
    column = _column(on.rows, f"{on.metric}_floor", values)
    return {"kind": "personal_best", "columns": [column], **on.where()}


def _cap(on: Ground) -> RuleFields:
    column = _column(
        on.rows, f"{on.metric}_cap", [on.point[row["partner_id"]] + on.slack() for row in on.rows]
    )
    return {"kind": "headroom", "column": column, "share_max": "100%", **on.where()}


def _group(on: Ground) -> RuleFields:
    where = on.where()
    placed = sum((on.point[row["partner_id"]] for row in _chosen(on.rows, where)), Fraction(0))
    limits = {"total_min": max(Fraction(0), placed - on.slack()), "total_max": placed + on.slack()}
    chosen = on.draw(st.sampled_from([("total_min",), ("total_max",), ("total_min", "total_max")]))
    return {"kind": "group_limit", **{each: text(limits[each]) for each in chosen}, **where}


def _lock(on: Ground) -> RuleFields:
    partner = on.draw(st.sampled_from([row["partner_id"] for row in on.rows]))
    return {"kind": "lock", "where": {"partner_id": partner}, "target": text(on.point[partner])}


def _concentration(on: Ground) -> RuleFields:
    whole = sum(on.point.values())
    percent = 100 * max(on.point.values()) / whole if whole else Fraction(100)
    return {"kind": "concentration", "share_max": f"{-(-percent.numerator // percent.denominator)}%"}


MAKERS: tuple[Maker, ...] = (_floor, _cap, _group, _group, _lock, _concentration)


def _capacity(
    draw: st.DrawFn, rows: list[Row], points: dict[str, dict[str, Fraction]], metrics: dict[str, Fraction]
) -> RuleFields:
    """What both metrics take together."""
    uses = {metric: draw(st.sampled_from([1, 2, Fraction(1, 2)])) / unit for metric, unit in metrics.items()}
    loads = []
    for row in rows:
        load = sum((rate * points[m][row["partner_id"]] for m, rate in uses.items()), Fraction(0))
        loads.append(load + draw(st.sampled_from([0, 0, 2])))
    column = _column(rows, "capacity", loads)
    amounts = {metric: text(Fraction(rate)) for metric, rate in uses.items()}
    return {"kind": "capacity_limit", "uses": amounts, "capacity": {column: 1}}


@st.composite
def worlds(
    draw: st.DrawFn,
    *,
    most: int = 7,
    rules: int = 5,
    makers: Sequence[Maker] = MAKERS,
    capacity: bool = True,
    elastic: bool = True,
) -> Asked:
    """A world of few partners in overlapping groups, around a point of whole units."""
    count = draw(st.integers(1, most))
    rows: list[Row] = [
        {"partner_id": f"p{number}"} | {g: draw(st.sampled_from("ab")) for g in GROUPS} for number in range(count)
    ]  # fmt: skip
    units = {
        name: draw(st.sampled_from(UNITS)) for name in ("revenue", "licences")[: draw(st.integers(1, 2))]
    }
    points, chosen = {}, list[RuleFields]()
    for metric, unit in units.items():
        sizes = [draw(st.sampled_from([0, 1, 2, 5, 8, 13, 40])) for _ in rows]
        points[metric] = {row["partner_id"]: size * unit for row, size in zip(rows, sizes, strict=True)}
        last = [draw(st.sampled_from([0, 1, 3, 7, 11, 29, 41])) * unit for _ in rows]
        _column(rows, f"{metric}_last", last)
        total = sum(points[metric].values(), Fraction(0))
        chosen.append({"kind": "company_target", "metric": metric, "total": text(total)})
    for _ in range(draw(st.integers(0, rules))):
        metric = draw(st.sampled_from(sorted(units)))
        ground = Ground(draw, rows, metric, points[metric], units[metric])
        fields = {"metric": metric, **draw(st.sampled_from(makers))(ground)}
        if elastic and draw(st.integers(0, 3)) == 0:
            fields |= _elastic(draw)
        chosen.append(fields)
    if capacity and len(units) == 2 and draw(st.booleans()):
        chosen.append(_capacity(draw, rows, points, units))
    if elastic:
        for _ in range(draw(st.integers(0, 2))):
            metric = draw(st.sampled_from(sorted(units)))
            chosen.append(_wish(Ground(draw, rows, metric, points[metric], units[metric])))
    named = [{"name": f"rule {number}", **fields} for number, fields in enumerate(chosen)]
    known = {(p, m): target for m, targets in points.items() for p, target in targets.items()}
    return Asked(rows, units, named, known)


def _elastic(draw: st.DrawFn) -> RuleFields:
    return {"priority": draw(st.integers(1, 3)), "weight": draw(st.sampled_from([1, 2, 5]))}


def _wish(on: Ground) -> RuleFields:
    """An elastic rule that may ask too much."""
    growth = f"{on.draw(st.sampled_from([-50, 0, 10, 100]))}%"
    share = f"{on.draw(st.sampled_from([0, 10, 60, 100]))}%"
    kind = on.draw(
        st.sampled_from(
            [
                {"kind": "growth_floor", "growth_min": growth},
                {"kind": "growth_cap", "growth_max": growth},
                {"kind": "group_limit", "share_min": share},
                {"kind": "group_limit", "share_max": share},
            ]
        )
    )
    return {"metric": on.metric, **kind, **on.where(), **_elastic(on.draw)}


def large(
    seed: int,
    *,
    partners: int = 60,
    groups: int = 20,
    zeros: float = 0.2,
    tight: float = 0.5,
    spread: float = 1.0,
    unit: Fraction = Fraction(1),
    scale: float = 1000.0,
) -> Asked:
    """A degenerate world from a seed: overlapping groups with limits, floors and caps around a known point.

    `zeros` is the part of partners without a baseline, `tight` the part of limits that the point stands at,
    `spread` the standard deviation of the logarithm of sizes.
    """
    draw = np.random.default_rng(seed)
    point = np.round(scale * draw.lognormal(0, spread, partners)).astype(int)
    point[draw.random(partners) < zeros / 2] = 0
    last = np.round(point * draw.lognormal(0, 0.5, partners) + draw.integers(0, 2, partners)).astype(int)
    last[draw.random(partners) < zeros] = 0
    member = draw.random((partners, groups)) < draw.uniform(0.05, 0.6, groups)
    low, high = (np.where(draw.random(partners) < tight, 0, draw.integers(0, 1 + point // 3)) for _ in "lh")
    some = np.where(draw.random(partners) < 0.3)[0]
    floor = np.zeros(partners, dtype=int)
    floor[some] = np.maximum(0, point - low)[some]
    cap = point + high + np.where(draw.random(partners) < 0.5, 10 * point + 10, 0)
    rows = [
        {"partner_id": f"p{i:05d}", "revenue_last": text(int(last[i]) * unit), "floor": text(int(floor[i]) * unit),
         "cap": text(int(cap[i]) * unit)} | {f"g{g:02d}": "in" if member[i, g] else "out" for g in range(groups)}
        for i in range(partners)
    ]  # fmt: skip
    rules: list[RuleFields] = [
        {"kind": "company_target", "metric": "revenue", "total": text(int(point.sum()) * unit)},
        {"kind": "personal_best", "metric": "revenue", "columns": ["floor"]},
        {"kind": "headroom", "metric": "revenue", "column": "cap", "share_max": "100%"},
    ]
    for g in range(groups):
        placed = int(point[member[:, g]].sum())
        if not member[:, g].any():
            continue
        less, more = (0 if draw.random() < tight else int(draw.integers(0, 1 + placed // 10)) for _ in "lm")
        limits = {"total_min": text(max(0, placed - less) * unit), "total_max": text((placed + more) * unit)}
        chosen = [("total_min",), ("total_max",), ("total_min", "total_max")][int(draw.integers(0, 3))]
        rules.append(
            {"kind": "group_limit", "metric": "revenue", "where": {f"g{g:02d}": "in"}}
            | {name: limits[name] for name in chosen}
        )
    named = [{"name": f"rule {number}", **fields} for number, fields in enumerate(rules)]
    known = {(row["partner_id"], "revenue"): int(p) * unit for row, p in zip(rows, point, strict=True)}
    return Asked(rows, {"revenue": unit}, named, known)


def wishful(seed: int, *, wishes: int = 12) -> Asked:
    """A degenerate world, and wishes of five ranks about its groups, many of them against each other."""
    draw = np.random.default_rng(seed)
    partners, groups = int(draw.choice([5, 30, 200])), int(draw.choice([2, 8, 20]))
    zeros, tight = float(draw.choice([0, 0.2, 0.8])), float(draw.choice([0.1, 0.5]))
    world = large(seed, partners=partners, groups=groups, zeros=zeros, tight=tight)
    columns = [name for name in world.partners[0] if name.startswith("g")]
    added = []
    for number in range(wishes):
        rank = {"priority": int(draw.integers(1, 6)), "weight": str(int(draw.integers(1, 9)))}
        where = {str(draw.choice(columns)): "in"}
        kinds = (
            {"kind": "growth_floor", "growth_min": f"{draw.integers(-20, 150)}%"},
            {"kind": "growth_cap", "growth_max": f"{draw.integers(-60, 50)}%"},
            {"kind": "group_limit", "share_min": f"{draw.integers(0, 100)}%"},
            {"kind": "group_limit", "share_max": f"{draw.integers(0, 100)}%"},
        )
        wish = kinds[int(draw.integers(0, 4))]
        added.append({"name": f"wish {number}", "metric": "revenue", "where": where, **rank, **wish})
    return world.with_rules([*world.rules, *added])
