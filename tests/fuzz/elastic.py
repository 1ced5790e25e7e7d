"""Elastic rules of every kind that may ask for more, or allow less, than the hard ones leave."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from tests.fuzz.ground import GROUPS, Ground, RuleFields, percent, text
from tests.fuzz.hard import HARD, Maker


def company_target(on: Ground) -> RuleFields:
    of, (period, _), (where, mask) = on.pick(on.metrics), on.when(), on.where()
    if any(np.array(of.last)[mask]) and on.chance(0.5):
        rule_fields = {"growth": f"{on.draw.integers(-30, 60)}%"}
    else:
        part = of.total / max(1, len(on.periods) if period else 1)
        rule_fields = {on.pick(["total", "total_min", "total_max"]): text(_units(on, part, of.unit))}
    return {"kind": "company_target", "metric": of.name, **rule_fields, **where, **period}


def _units(on: Ground, of: Fraction, unit: Fraction) -> Fraction:
    """Somewhere from nothing to a half more than the amount, in whole units."""
    return round(of / unit * Fraction(int(on.draw.integers(0, 150)), 100)) * unit


def tier_minimum(on: Ground) -> RuleFields:
    of, (period, _), (where, mask) = on.pick(on.metrics), on.when(), on.where()
    usual = of.total / on.partners
    tiers = sorted(set(np.array(on.columns["tier"])[mask].tolist()))
    least = {tier: text(_units(on, usual, of.unit)) for tier in tiers}
    return {"kind": "tier_minimum", "metric": of.name, "minimum": least, **where, **period}


def growth_floor(on: Ground) -> RuleFields:
    of, (period, _), (where, _) = on.pick(on.metrics), on.when(), on.where()
    least = f"{on.draw.integers(-20, 150)}%"
    return {"kind": "growth_floor", "metric": of.name, "growth_min": least, **where, **period}


def growth_cap(on: Ground) -> RuleFields:
    of, (period, _), (where, _) = on.pick(on.metrics), on.when(), on.where()
    rule_fields: RuleFields = {"growth_max": f"{on.draw.integers(-60, 50)}%"}
    if on.chance(0.5):
        rule_fields["allowance"] = text(_units(on, of.total / on.partners, of.unit))
    return {"kind": "growth_cap", "metric": of.name, **rule_fields, **where, **period}


def capacity_limit(on: Ground) -> RuleFields:
    """Between half and a fifth more of what the point takes."""
    rule = HARD["capacity_limit"](on)
    assert rule is not None
    (column,) = rule["capacity"]
    rule["capacity"] = {column: on.pick(["0.5", "0.9", "1.2"])}
    return rule


def weighted_limit(on: Ground) -> RuleFields | None:
    """A hard one's limit, half as large to twice as large."""
    rule = HARD["weighted_limit"](on)
    if rule is None:
        return None
    factor = Fraction(int(on.draw.integers(50, 200)), 100)
    for side in ("total_min", "total_max"):
        if side in rule:
            rule[side] = text(Fraction(rule[side]) * factor)
    for side in ("share_min", "share_max"):
        if side in rule:
            rule[side] = f"{text(Fraction(rule[side][:-1]) * factor)}%"
    return rule


def headroom(on: Ground) -> RuleFields:
    of, (where, _) = on.pick(on.metrics), on.where()
    rule_fields = {"column": _random_column(on, "business"), "share_max": on.pick(["20%", "90%"])}
    return {"kind": "headroom", "metric": of.name, **rule_fields, **where}


def _random_column(on: Ground, name: str) -> str:
    """The size of some metric's baseline, shuffled and half as large to twice as large."""
    last = on.pick(on.metrics).last
    order = on.draw.permutation(len(last))
    factors = [Fraction(int(each), 100) for each in on.draw.integers(50, 200, len(last))]
    return on.column(name, (last[i] * factor for i, factor in zip(order.tolist(), factors, strict=True)))


def group_limit(on: Ground) -> RuleFields:
    of, (period, _), (where, _) = on.pick(on.metrics), on.when(), on.where()
    by = {"by": on.pick(GROUPS)} if on.chance(0.3) else {}
    low, high = sorted(int(each) for each in on.draw.integers(0, 100, 2))
    rule_fields = on.pick(
        [
            {"share_min": f"{low}%"},
            {"share_max": f"{high}%"},
            {"share_min": f"{low}%", "share_max": f"{high}%"},
            {"total_min": text(_units(on, of.total / 3, of.unit))},
            {"total_max": text(_units(on, of.total / 3, of.unit))},
        ]
    )
    return {"kind": "group_limit", "metric": of.name, **rule_fields, **by, **where, **period}


def concentration(on: Ground) -> RuleFields:
    of, (where, _) = on.pick(on.metrics), on.where()
    most = percent(on.draw.uniform(0.5, 3) / on.partners, up=True)
    return {"kind": "concentration", "metric": of.name, "share_max": most, **where}


def mix(on: Ground) -> RuleFields | None:
    return _shares_changed(on, HARD["mix"](on))


def season(on: Ground) -> RuleFields | None:
    return _shares_changed(on, HARD["season"](on))


def _shares_changed(on: Ground, rule: RuleFields | None) -> RuleFields | None:
    """The rule with a share of its own."""
    if rule is None:
        return None
    share = on.draw.uniform(0.02, 0.9)
    sides = {"share_min": percent(share, up=False), "share_max": percent(share, up=True)}
    side = on.pick(["share_min", "share_max"])
    return {k: v for k, v in rule.items() if k not in sides} | {side: sides[side]}


def adoption(on: Ground) -> RuleFields:
    of, (where, _) = on.pick(on.metrics), on.where()
    per = {"per": "together", "by": on.pick(GROUPS)} if on.chance(0.5) else {}
    rule_fields = {
        "column": _random_column(on, "base"),
        on.pick(["share_min", "share_max"]): on.pick(["5%", "120%"]),
    }
    return {"kind": "adoption", "metric": of.name, **rule_fields, **per, **where}


def even_within(on: Ground) -> RuleFields:
    of, (where, _) = on.pick(on.metrics), on.where()
    by = "cluster" if on.partners > 60 else on.pick(GROUPS)
    rule_fields = {"by": by, "band": f"{on.draw.integers(0, 40)}%"}
    return {"kind": "even_within", "metric": of.name, **rule_fields, **where}


def ratchet(on: Ground) -> RuleFields:
    of, (where, _) = on.pick(on.metrics), on.where()
    rule_fields = {"last_target": _random_column(on, "asked"), "last_actual": _random_column(on, "reached")}
    return {"kind": "ratchet", "metric": of.name, **rule_fields, **where}


def personal_best(on: Ground) -> RuleFields:
    of, (where, _) = on.pick(on.metrics), on.where()
    rule_fields = {"columns": [_random_column(on, "best")], "margin": f"{on.draw.integers(0, 20)}%"}
    return {"kind": "personal_best", "metric": of.name, **rule_fields, **where}


def ramp(on: Ground) -> RuleFields:
    of, (where, _) = on.pick(on.metrics), on.where()
    steps = sorted(int(each) for each in on.draw.integers(5, 150, 3))
    rule_fields = dict(zip((0, 6, 24), (f"{step}%" for step in steps), strict=True))
    side = on.pick(["ramp", "ramp_min"])
    by = on.pick([{}, {"by": "region"}, {"by": None}])
    return {"kind": "ramp", "metric": of.name, "months": "months", side: rule_fields, **by, **where}


def hold_harmless(on: Ground) -> RuleFields:
    of, (where, _) = on.pick(on.metrics), on.where()
    sides = {"drop_max": f"{on.draw.integers(0, 40)}%", "rise_max": f"{on.draw.integers(0, 60)}%"}
    chosen = on.pick([["drop_max"], ["rise_max"], ["drop_max", "rise_max"]])
    rule_fields = {"plan": _random_column(on, "plan"), **{side: sides[side] for side in chosen}}
    return {"kind": "hold_harmless", "metric": of.name, **rule_fields, **where}


def lock(on: Ground) -> RuleFields:
    of, partner = on.pick(on.metrics), on.pick(on.columns["partner_id"])
    target = text(_units(on, 5 * of.total / on.partners, of.unit))
    return {"kind": "lock", "metric": of.name, "where": {"partner_id": partner}, "target": target}


ELASTIC: dict[str, Maker] = {name: globals()[name] for name in HARD}
"""Every kind to its maker."""


def wish(on: Ground, kinds: Sequence[str]) -> RuleFields | None:
    """An elastic rule of one of the kinds; now and then one that the known point keeps."""
    name = on.pick(kinds)
    rule = (HARD if on.chance(0.15) else ELASTIC)[name](on)
    weight = on.pick([1, 1, 1, 2, 5, "0.5"])
    return rule and rule | {"priority": int(on.draw.integers(1, 6)), "weight": weight}
