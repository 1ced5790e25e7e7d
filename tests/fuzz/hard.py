"""Hard rules of every kind that the known point keeps, some of them with nothing to spare."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from tests.fuzz.ground import GROUPS, Counts, Floats, Ground, Measured, RuleFields, percent, text

Parts = list[int] | None
Maker = Callable[[Ground], RuleFields | None]
"""A rule of one kind; None where the ground has none to offer."""


def _least(of: Measured, parts: Parts) -> Counts:
    """(partners,) the least of the point over the parts spoken of, in units."""
    return of.point.sum(axis=0) if parts is None else of.point[parts].min(axis=0)


def _most(of: Measured, parts: Parts) -> Counts:
    return of.point.sum(axis=0) if parts is None else of.point[parts].max(axis=0)


def _fair(of: Measured, part: int | None) -> Floats:
    """(partners,) fair shares in the metric's unit."""
    whole = of.share * float(of.total)
    return whole if part is None else whole * of.profile[part]


def _views(parts: Parts) -> list[int | None]:
    return [None] if parts is None else list(parts)


def _amount(of: Measured, part: int | None) -> Floats:
    """(partners,) the point in the metric's unit."""
    counts = of.point.sum(axis=0) if part is None else of.point[part]
    return np.asarray(counts * float(of.unit))


def company_target(on: Ground) -> RuleFields | None:
    """A part of the partners, exactly or between."""
    of, (period, parts) = on.pick(on.metrics), on.when()
    where, mask = on.where(most=1.0)
    if mask.all():
        return None
    sums = [int(of.point[parts or slice(None), :][:, mask].sum())] if parts is None or len(parts) == 1 else [
        int(of.point[part, mask].sum()) for part in parts
    ]  # fmt: skip
    low, high = min(sums) * of.unit, max(sums) * of.unit
    limits = {"total_min": text(low), "total_max": text(high)}
    exact = low == high and on.chance(0.4)
    rule_fields = {"total": text(low)} if exact else limits
    return {"kind": "company_target", "metric": of.name, **where, **period, **rule_fields}


def tier_minimum(on: Ground) -> RuleFields:
    of, (period, parts), (where, mask) = on.pick(on.metrics), on.when(), on.where()
    tiers, counts = np.array(on.columns["tier"]), _least(of, parts)
    least = {
        tier: text(int(counts[mask & (tiers == tier)].min(initial=2**60)) * of.unit)
        for tier in sorted(set(tiers[mask].tolist()))
    }
    return {"kind": "tier_minimum", "metric": of.name, "minimum": least, **where, **period}


def growth_floor(on: Ground) -> RuleFields | None:
    of, (period, parts), (where, mask) = on.pick(on.metrics), on.when(), on.where()
    ratios = np.concatenate([_growth(of, part)[mask] for part in _views(parts)])
    ratios = ratios[np.isfinite(ratios)]
    least = percent(float(ratios.min(initial=1.0)) - 1, up=False)
    return {"kind": "growth_floor", "metric": of.name, "growth_min": least, **where, **period}


def growth_cap(on: Ground) -> RuleFields:
    """Most partners within a growth, the others within the allowance."""
    of, (period, parts), (where, mask) = on.pick(on.metrics), on.when(), on.where()
    ratios = np.stack([_growth(of, part)[mask] for part in _views(parts)])
    finite = ratios[np.isfinite(ratios)]
    limit = float(np.quantile(finite, on.pick([0.5, 0.9, 1.0]))) if len(finite) else 1.0
    beyond = ~(ratios <= limit).all(axis=0)
    counts = _most(of, parts)[mask]
    allowance = int(counts[beyond].max(initial=0)) * of.unit
    rule_fields = {"growth_max": percent(limit - 1, up=True), "allowance": text(allowance)}
    return {"kind": "growth_cap", "metric": of.name, **rule_fields, **where, **period}


def _growth(of: Measured, part: int | None) -> Floats:
    """(partners,) the point over the baseline; infinite from nothing, not a number for nothing from nothing."""
    last = np.array([float(each) for each in of.last])
    base = last if part is None else last * of.profile[part]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(_amount(of, part) / base)


def capacity_limit(on: Ground) -> RuleFields:
    chosen = on.metrics if on.chance(0.7) else [on.pick(on.metrics)]
    period, parts = on.when()
    rates = {m.name: Fraction(on.pick([1, 2, 5])) * on.pick([1, Fraction(1, 10)]) / m.unit for m in chosen}
    rates = {name: Fraction(text(rate)) or Fraction(1) for name, rate in rates.items()}
    loads = [
        max(
            sum(
                rates[m.name] * int(m.point[:, p].sum() if part is None else m.point[part, p]) * m.unit
                for m in chosen
            )
            for part in _views(parts)
        )
        for p in range(on.partners)
    ]
    tight = on.draw.random(on.partners) < on.pick([0, 0.5, 1])
    loads = [
        load if at else load * Fraction(11, 10) + 1 for load, at in zip(loads, tight.tolist(), strict=True)
    ]
    where, _ = on.where()
    uses = {name: text(rate) for name, rate in rates.items()}
    capacity = {on.column("capacity", loads, up=True): 1}
    return {"kind": "capacity_limit", "uses": uses, "capacity": capacity, **where, **period}


def load(on: Ground) -> RuleFields:
    """The lower side of a capacity: what the point takes of one metric, at least."""
    of, (where, _) = on.pick(on.metrics), on.where()
    least = [int(count) * of.unit for count in of.point.sum(axis=0)]
    column = on.column("load", least, up=False)
    return {"kind": "capacity_limit", "uses": {of.name: 1}, "load_min": {column: 1}, **where}


def weighted_limit(on: Ground) -> RuleFields | None:
    """A sum weighted with a column or a number, in amounts at the point, or as a share of one metric's targets."""
    chosen = [on.pick(on.metrics)] if on.chance(0.6) else list(on.metrics)
    (period, parts), (where, mask) = on.when(), on.where()
    values: dict[str, str] = {}
    worth = {}
    for m in chosen:
        if on.chance(0.7):
            drawn = [Fraction(int(each), 1000) for each in on.draw.integers(0, 900, on.partners)]
            values[m.name] = on.column(f"{m.name}_value", drawn)
        else:
            drawn = [Fraction(int(on.draw.integers(1, 50)), 10)] * on.partners
            values[m.name] = text(drawn[0])
        worth[m.name] = drawn
    counts = {
        m.name: [m.point.sum(axis=0) if part is None else m.point[part] for part in _views(parts)]
        for m in chosen
    }
    who = np.flatnonzero(mask).tolist()
    sums = [
        sum(
            (worth[m.name][p] * int(counts[m.name][view][p]) * m.unit for m in chosen for p in who),
            Fraction(0),
        )
        for view in range(len(_views(parts)))
    ]
    limits = {"total_min": min(sums), "total_max": max(sums)}
    side = on.pick(["total_min", "total_max"])
    up = side == "total_max"
    if len(chosen) == 1 and on.chance(0.4):
        placed = [int(counts[chosen[0].name][view][mask].sum()) * chosen[0].unit for view in range(len(sums))]
        if not all(placed):
            return None
        shares = [float(total / whole) for total, whole in zip(sums, placed, strict=True)]
        share = percent(max(shares) if up else min(shares), up=up)
        return {
            "kind": "weighted_limit",
            "values": values,
            "share_max" if up else "share_min": share,
            **where,
            **period,
        }
    limit = Fraction(text(limits[side], up=up))
    return {"kind": "weighted_limit", "values": values, side: text(limit), **where, **period}


def headroom(on: Ground) -> RuleFields:
    of, (period, parts), (where, _) = on.pick(on.metrics), on.when(), on.where()
    counts = _most(of, parts)
    share = on.pick([Fraction(1), Fraction(2, 5), Fraction(7, 10)])
    business = ((int(c) * of.unit) / share for c in counts + on.slack(counts))
    column = on.column(f"{of.name}_business", business, up=True)
    rule_fields = {"column": column, "share_max": f"{text(share * 100)}%"}
    return {"kind": "headroom", "metric": of.name, **rule_fields, **where, **period}


def group_limit(on: Ground) -> RuleFields:
    of, (period, parts), (where, mask) = on.pick(on.metrics), on.when(), on.where()
    by = on.pick(GROUPS) if on.chance(0.4) else None
    names = np.array(on.columns[by]) if by else np.full(on.partners, "")
    sums = [
        int((of.point.sum(axis=0) if part is None else of.point[part])[mask & (names == name)].sum())
        for part in _views(parts)
        for name in set(names[mask].tolist())
    ]
    low, high = min(sums), max(sums)
    room = 0 if on.chance(0.6) else int(on.draw.integers(0, 2 + high // 10))
    low, high = max(0, low - room), high + room
    limits = {"total_min": text(low * of.unit), "total_max": text(high * of.unit)}
    if parts is None and of.total and on.chance(0.4):
        whole = float(of.total / of.unit)
        limits = {"share_min": percent(low / whole, up=False), "share_max": percent(high / whole, up=True)}
        limits["share_min"] = limits["share_min"] if low else "0%"
    chosen = on.pick([slice(0, 1), slice(1, 2), slice(0, 2)])
    rule_fields = dict(list(limits.items())[chosen]) | ({"by": by} if by else {})
    return {"kind": "group_limit", "metric": of.name, **rule_fields, **where, **period}


def concentration(on: Ground) -> RuleFields | None:
    of, (where, mask) = on.pick(on.metrics), on.where()
    if not of.total:
        return None
    most = float(of.point.sum(axis=0)[mask].max() / (of.total / of.unit))
    return {"kind": "concentration", "metric": of.name, "share_max": percent(most, up=True), **where}


def mix(on: Ground) -> RuleFields | None:
    """One metric as a share of others, for each partner or for all together."""
    if len(on.metrics) < 2:
        return None
    (period, parts), (where, mask) = on.when(), on.where()
    own, *others = on.draw.permutation(np.array(on.metrics, dtype=object))[:3].tolist()
    of = [own, *others] if on.chance(0.5) else others
    together = on.chance(0.5)
    ratios = []
    for part in _views(parts):
        mine, whole = _amount(own, part)[mask], sum(_amount(m, part)[mask] for m in of)
        if together:
            mine, whole = mine.sum(keepdims=True), whole.sum(keepdims=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios.append(mine / whole)
    found = np.concatenate(ratios)
    rule_fields = _sides(on, found[~np.isnan(found)])
    if rule_fields is None:
        return None
    per = {"per": "together"} if together else {}
    return {
        "kind": "mix",
        "metric": own.name,
        "of": [m.name for m in of],
        **rule_fields,
        **per,
        **where,
        **period,
    }


def season(on: Ground) -> RuleFields | None:
    if not on.periods:
        return None
    of, (period, parts), (where, mask) = on.pick(on.metrics), on.when(), on.where()
    together = on.chance(0.4)
    spoken = of.point[parts if parts is not None else slice(None)][:, mask]
    whole = of.point[:, mask].sum(axis=0)
    if together:
        spoken, whole = spoken.sum(axis=1, keepdims=True), whole.sum(keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (spoken / whole).ravel()
    rule_fields = _sides(on, found[~np.isnan(found)])
    per = {"per": "together"} if together else {}
    return rule_fields and {"kind": "season", "metric": of.name, **rule_fields, **per, **where, **period}


def _sides(on: Ground, ratios: Floats) -> RuleFields | None:
    """share_min, share_max or both, around these."""
    if not len(ratios) or not np.isfinite(ratios).all():
        return None
    low = max(0.0, float(ratios.min()))
    limits = {"share_max": percent(float(ratios.max()), up=True)}
    if low:
        limits["share_min"] = percent(low, up=False)
    return limits if on.chance(0.5) else {"share_max": limits["share_max"]}


def adoption(on: Ground) -> RuleFields:
    of, (period, parts), (where, _) = on.pick(on.metrics), on.when(), on.where()
    share = on.pick([Fraction(1, 20), Fraction(1, 2), Fraction(3, 2)])
    up = on.chance(0.5)
    counts = _most(of, parts) if up else _least(of, parts)
    base = [int(c) * of.unit / share for c in counts]
    rule_fields = {"column": on.column(f"{of.name}_base", base, up=up)}
    rule_fields["share_max" if up else "share_min"] = f"{text(share * 100)}%"
    per = {"per": "together", "by": on.pick(GROUPS)} if on.chance(0.5) else {}
    return {"kind": "adoption", "metric": of.name, **rule_fields, **per, **where, **period}


def even_within(on: Ground) -> RuleFields | None:
    """A band as wide as the point needs, within clusters, so that pairs stay few."""
    of, (where, mask) = on.pick(on.metrics), on.where()
    fair, amount = _fair(of, None), _amount(of, None)
    by = "cluster" if on.partners > 60 or on.chance(0.5) else on.pick(["region", "tier"])
    group = np.unique(np.array(on.columns[by]), return_inverse=True)[1]
    who = mask & (fair > 0)
    if not who.any():
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (np.bincount(group[who], amount[who]) / np.bincount(group[who], fair[who]))[group[who]]
        band = np.abs(amount[who] / fair[who] / mean - 1)
    widest = float(np.nan_to_num(band).max(initial=0.0))
    if widest > 3:
        return None
    rule_fields = {"by": by, "band": percent(widest + 1e-6, up=True)}
    return {"kind": "even_within", "metric": of.name, **rule_fields, **where}


def ratchet(on: Ground) -> RuleFields:
    of, (period, parts), (where, _) = on.pick(on.metrics), on.when(), on.where()
    counts = _least(of, parts)
    asked = [int(c) * of.unit for c in counts - np.minimum(counts, on.slack(counts))]
    missed = on.draw.random(on.partners) < 0.4
    reached = [a / 2 if m else a for a, m in zip(asked, missed.tolist(), strict=True)]
    rule_fields = {
        "last_target": on.column("asked", asked),
        "last_actual": on.column("reached", reached, up=False),
    }
    return {"kind": "ratchet", "metric": of.name, **rule_fields, **where, **period}


def personal_best(on: Ground) -> RuleFields:
    of, (period, parts), (where, _) = on.pick(on.metrics), on.when(), on.where()
    counts = _least(of, parts)
    best = [int(c) * of.unit for c in counts - np.minimum(counts, on.slack(counts))]
    columns = [on.column("best", best)]
    if on.chance(0.5):
        columns.append(on.column("before", (b / 2 for b in best), up=False))
    return {"kind": "personal_best", "metric": of.name, "columns": columns, **where, **period}


def ramp(on: Ground) -> RuleFields | None:
    """The most at months 0 and 12, as the point needs it of the median fair share of the tier."""
    of, (where, mask) = on.pick(on.metrics), on.where()
    tiers, fair, amount = np.array(on.columns["tier"]), _fair(of, None), _amount(of, None)
    usual = np.zeros(on.partners)
    for tier in set(tiers.tolist()):
        usual[tiers == tier] = np.median(fair[tiers == tier])
    if not (usual[mask] > 0).all():
        return None
    ratio, months = amount / np.maximum(usual, 1e-300), np.array(on.columns["months"], dtype=float)
    steps = {0: mask & (months < 12), 12: mask & (months >= 12)}
    rule_fields = {
        month: percent(float(ratio[who].max(initial=0.0)), up=True) for month, who in steps.items()
    }
    if max(ratio[mask].max(initial=0.0), 0) > 1e6:
        return None
    return {"kind": "ramp", "metric": of.name, "months": "months", "ramp": rule_fields, **where}


def hold_harmless(on: Ground) -> RuleFields:
    """One side with a plan at the limit, or both around a plan at the point."""
    of, (period, parts), (where, _) = on.pick(on.metrics), on.when(), on.where()
    drop, rise = on.pick([0, 10, 30]), on.pick([0, 15, 50])
    side = on.pick(["drop", "rise"]) if parts and len(parts) > 1 else on.pick(["drop", "rise", "both"])
    if side == "both":
        plan = [int(c) * of.unit for c in _least(of, parts)]
        rule_fields = {"plan": on.column("plan", plan), "drop_max": f"{drop}%", "rise_max": f"{rise}%"}
    elif side == "drop":
        plan = [int(c) * of.unit / (1 - Fraction(drop, 100)) for c in _least(of, parts)]
        rule_fields = {"plan": on.column("plan", plan, up=False), "drop_max": f"{drop}%"}
    else:
        plan = [int(c) * of.unit / (1 + Fraction(rise, 100)) for c in _most(of, parts)]
        rule_fields = {"plan": on.column("plan", plan, up=True), "rise_max": f"{rise}%"}
    return {"kind": "hold_harmless", "metric": of.name, **rule_fields, **where, **period}


def lock(on: Ground) -> RuleFields:
    of, partner = on.pick(on.metrics), int(on.draw.integers(on.partners))
    part = int(on.draw.integers(len(on.periods))) if on.periods and on.chance(0.5) else None
    count = int(of.point[:, partner].sum() if part is None else of.point[part, partner])
    period = {} if part is None else {"period": on.periods[part]}
    rule_fields = {
        "where": {"partner_id": on.columns["partner_id"][partner]},
        "target": text(count * of.unit),
    }
    return {"kind": "lock", "metric": of.name, **rule_fields, **period}


HARD: dict[str, Maker] = {
    "adoption": adoption,
    "capacity_limit": capacity_limit,
    "company_target": company_target,
    "concentration": concentration,
    "even_within": even_within,
    "group_limit": group_limit,
    "growth_cap": growth_cap,
    "growth_floor": growth_floor,
    "headroom": headroom,
    "hold_harmless": hold_harmless,
    "lock": lock,
    "mix": mix,
    "personal_best": personal_best,
    "ramp": ramp,
    "ratchet": ratchet,
    "season": season,
    "tier_minimum": tier_minimum,
    "weighted_limit": weighted_limit,
}
"""Every kind to its maker."""

LATER = ("weighted_limit",)
"""Kinds that came after the first scenarios were drawn: they come last, so that a seed keeps its other rules."""
