"""A second opinion on every kind: plain Python over one partner at a time, from the formulas of the design.

It knows nothing of the program's rows, frames or kinds: it is reported a rule as it is written, and targets, and
says of each subject by how much the rule is missed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from statistics import median
from typing import Any

Partner = dict[str, str]
"""Column to text; empty where it is not known anything."""
Miss = tuple[str, Fraction]
"""A subject, and by how much the rule is missed for it."""


@dataclass
class World:
    """A scenario: who there is, what is counted, and what is to be placed."""

    partners: list[Partner]
    metrics: dict[str, dict[str, Any]]
    """Name to baseline, fair_share (weights), missing, phasing (even, or columns and by), round_to."""
    totals: dict[str, Fraction]
    periods: tuple[str, ...] = ()
    missing: dict[str, str] = field(default_factory=dict)
    targets: dict[tuple[str, str, str], Fraction] = field(default_factory=dict)
    """(partner, metric, period; "" where there are none) to target."""

    def number(self, partner: Partner, column: str, policy: str | None = None) -> Fraction:
        """The cell, or what stands for it."""
        if partner[column]:
            return Fraction(partner[column])
        policy = policy or self.missing.get(column)
        like = [Fraction(p[column]) for p in self.partners if p[column] and p["tier"] == partner["tier"]]
        return Fraction(median(like)) if policy == "tier_median" and like else Fraction(0)

    def driver(self, partner: Partner, metric: str, column: str) -> Fraction:
        return self.number(partner, column, self.metrics[metric]["missing"])

    def part(self, partner: Partner, metric: str, period: str | None) -> Fraction:
        """What share of the partner's whole falls to the period."""
        if period is None:
            return Fraction(1)
        phasing = self.metrics[metric]["phasing"]
        if phasing == "even":
            return Fraction(1, len(self.periods))
        by = phasing["by"]
        like = [p for p in self.partners if (p[by] == partner[by] if by else p is partner)]
        for among in (like, self.partners):
            sums = {
                q: sum(self.driver(p, metric, phasing["columns"][q]) for p in among) for q in self.periods
            }
            if sum(sums.values()):
                return sums[period] / sum(sums.values())
        return Fraction(1, len(self.periods))

    def baseline(self, partner: Partner, metric: str, period: str | None) -> Fraction:
        column = self.metrics[metric]["baseline"]
        whole = self.driver(partner, metric, column) if column else Fraction(0)
        return whole * self.part(partner, metric, period)

    def fair_share(self, partner: Partner, metric: str, period: str | None) -> Fraction:
        weights = self.metrics[metric]["fair_share"]
        share = Fraction(0)
        for column, weight in weights.items():
            everyone = sum(self.driver(p, metric, column) for p in self.partners)
            if everyone:
                share += weight / sum(weights.values()) * self.driver(partner, metric, column) / everyone
        return share * self.totals[metric] * self.part(partner, metric, period)

    def total(self, metric: str, period: str | None) -> Fraction:
        if period is None:
            return self.totals[metric]
        return sum((self.fair_share(p, metric, period) for p in self.partners), Fraction(0))

    def target(self, partner: Partner, metric: str, period: str | None) -> Fraction:
        """The target of the period, or of the whole."""
        periods = [period] if period else list(self.periods) or [""]
        return sum((self.targets[partner["partner_id"], metric, q] for q in periods), Fraction(0))


def misses(rule: dict[str, Any], world: World) -> list[Miss]:
    """By how much each subject misses the rule, in each part of the period that it speaks of."""
    spoken = rule.get("period")
    if rule["kind"] == "season":
        periods: list[str | None] = list(world.periods) if spoken in (None, "each") else [spoken]
    else:
        periods = list(world.periods) if spoken == "each" else [spoken]
    who = [p for p in world.partners if selected(p, rule.get("where", {}), world)]
    return [miss for period in periods for miss in KINDS[rule["kind"]](rule, who, period, world)]


def selected(partner: Partner, where: dict[str, Any], world: World) -> bool:
    if "not" in where and selected(partner, where["not"], world):
        return False
    return all(fits(partner, column, want, world) for column, want in where.items() if column != "not")


def fits(partner: Partner, column: str, want: Any, world: World) -> bool:
    if isinstance(want, dict):
        value = world.number(partner, column)
        return (
            ("empty" not in want or (partner[column] == "") == want["empty"])
            and ("min" not in want or value >= number(want["min"]))
            and ("max" not in want or value <= number(want["max"]))
        )
    return partner[column] in (want if isinstance(want, list) else [want])


def number(given: Any) -> Fraction:
    text = str(given)
    return Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)


def short(amount: Fraction, least: Fraction) -> Fraction:
    return max(Fraction(0), least - amount)


def over(amount: Fraction, most: Fraction) -> Fraction:
    return max(Fraction(0), amount - most)


def names(period: str | None, *subject: str) -> str:
    return ", ".join(name for name in (*subject, period or "") if name)


def groups(who: list[Partner], by: str | None) -> Iterator[tuple[str, list[Partner]]]:
    for name in sorted({p[by] if by else "" for p in who}):
        yield name, [p for p in who if not by or p[by] == name]


def of_each(
    miss: Callable[[Fraction, Partner, str | None, dict[str, Any], World], Fraction],
) -> Callable[[dict[str, Any], list[Partner], str | None, World], Iterator[Miss]]:
    """A kind that speaks of each partner's own target, from how much one target misses it."""

    def kind(rule: dict[str, Any], who: list[Partner], period: str | None, world: World) -> Iterator[Miss]:
        for p in who:
            yield (
                names(period, p["partner_id"]),
                miss(world.target(p, rule["metric"], period), p, period, rule, world),
            )

    return kind


def growth_floor(x: Fraction, p: Partner, period: str | None, rule: dict[str, Any], world: World) -> Fraction:
    return short(x, (1 + number(rule["growth_min"])) * world.baseline(p, rule["metric"], period))


def growth_cap(x: Fraction, p: Partner, period: str | None, rule: dict[str, Any], world: World) -> Fraction:
    grown = (1 + number(rule["growth_max"])) * world.baseline(p, rule["metric"], period)
    return over(x, max(grown, number(rule.get("allowance", 0))))


def tier_minimum(x: Fraction, p: Partner, _: str | None, rule: dict[str, Any], __: World) -> Fraction:
    return short(x, number(rule["minimum"][p[rule.get("tier", "tier")]]))


def headroom(x: Fraction, p: Partner, _: str | None, rule: dict[str, Any], world: World) -> Fraction:
    return over(x, number(rule["share_max"]) * world.number(p, rule["column"]))


def concentration(
    x: Fraction, _: Partner, period: str | None, rule: dict[str, Any], world: World
) -> Fraction:
    return over(x, number(rule["share_max"]) * world.total(rule["metric"], period))


def lock(x: Fraction, _: Partner, __: str | None, rule: dict[str, Any], ___: World) -> Fraction:
    return abs(x - number(rule["target"]))


def ratchet(x: Fraction, p: Partner, _: str | None, rule: dict[str, Any], world: World) -> Fraction:
    asked, reached = world.number(p, rule["last_target"]), world.number(p, rule["last_actual"])
    return short(x, asked) if reached < asked else Fraction(0)


def personal_best(x: Fraction, p: Partner, _: str | None, rule: dict[str, Any], world: World) -> Fraction:
    best = max(world.number(p, column) for column in rule["columns"])
    return short(x, (1 + number(rule.get("margin", 0))) * best)


def hold_harmless(x: Fraction, p: Partner, _: str | None, rule: dict[str, Any], world: World) -> Fraction:
    plan, missed = world.number(p, rule["plan"]), Fraction(0)
    if "drop_max" in rule:
        missed += short(x, (1 - number(rule["drop_max"])) * plan)
    if "rise_max" in rule:
        missed += over(x, (1 + number(rule["rise_max"])) * plan)
    return missed


def ramp(x: Fraction, p: Partner, period: str | None, rule: dict[str, Any], world: World) -> Fraction:
    by, missed = rule.get("by", "tier"), Fraction(0)
    like = [q for q in world.partners if not by or q[by] == p[by]]
    usual = Fraction(median(world.fair_share(q, rule["metric"], period) for q in like))
    months = world.number(p, rule["months"])

    def step(steps: dict[Any, Any]) -> Fraction:
        return number(steps[max((s for s in steps if int(s) <= months), key=int)])

    if "ramp_min" in rule:
        missed += short(x, step(rule["ramp_min"]) * usual)
    if "ramp" in rule:
        missed += over(x, step(rule["ramp"]) * usual)
    return missed


def capacity_limit(
    rule: dict[str, Any], who: list[Partner], period: str | None, world: World
) -> Iterator[Miss]:
    for p in who:
        used = sum(number(rate) * world.target(p, m, period) for m, rate in rule["uses"].items())
        missed = Fraction(0)
        if "capacity" in rule:
            missed += over(used, _columns(p, rule["capacity"], world))
        if "load_min" in rule:
            missed += short(used, _columns(p, rule["load_min"], world))
        yield names(period, p["partner_id"]), missed


def _columns(p: Partner, rates: dict[str, Any], world: World) -> Fraction:
    return sum((number(rate) * world.number(p, c) for c, rate in rates.items()), Fraction(0))


def weighted_limit(
    rule: dict[str, Any], who: list[Partner], period: str | None, world: World
) -> Iterator[Miss]:
    def worth(p: Partner, value: Any) -> Fraction:
        return world.number(p, value) if value in p else number(value)

    of = rule.get("of") or next(iter(rule["values"]))
    for name, members in groups(who, rule.get("by")):
        come = sum(
            (worth(p, v) * world.target(p, m, period) for p in members for m, v in rule["values"].items()),
            Fraction(0),
        )
        placed = sum((world.target(p, of, period) for p in members), Fraction(0))
        missed = between(come, rule, "total", Fraction(1)) + between(come, rule, "share", placed)
        yield names(period, name), missed


def company_target(
    rule: dict[str, Any], who: list[Partner], period: str | None, world: World
) -> Iterator[Miss]:
    metric, limits = rule["metric"], dict(rule)
    if "growth" in rule:
        unit = world.metrics[metric]["round_to"]
        grown = (1 + number(rule["growth"])) * sum(world.baseline(p, metric, period) for p in who)
        limits["total"] = round(grown / unit) * unit
    placed = sum((world.target(p, metric, period) for p in who), Fraction(0))
    if "total" in limits:
        limits["total_min"] = limits["total_max"] = limits["total"]
    yield names(period), between(placed, limits, "total", Fraction(1)) if who else Fraction(0)


def group_limit(rule: dict[str, Any], who: list[Partner], period: str | None, world: World) -> Iterator[Miss]:
    metric = rule["metric"]
    for name, members in groups(who, rule.get("by")):
        placed = sum((world.target(p, metric, period) for p in members), Fraction(0))
        missed = between(placed, rule, "total", Fraction(1))
        yield names(period, name), missed + between(placed, rule, "share", world.total(metric, period))


def between(amount: Fraction, rule: dict[str, Any], what: str, of: Fraction) -> Fraction:
    """By how much an amount misses what_min · of and what_max · of, where the rule has them."""
    missed = Fraction(0)
    if f"{what}_min" in rule:
        missed += short(amount, number(rule[f"{what}_min"]) * of)
    if f"{what}_max" in rule:
        missed += over(amount, number(rule[f"{what}_max"]) * of)
    return missed


def proportion(
    rule: dict[str, Any],
    who: list[Partner],
    period: str | None,
    own: Callable[[Partner], Fraction],
    of: Callable[[Partner], Fraction],
) -> Iterator[Miss]:
    """Own against share · of, for each partner or for each group together."""
    if rule.get("per", "partner") == "partner":
        for p in who:
            yield names(period, p["partner_id"]), between(own(p), rule, "share", of(p))
        return
    for name, members in groups(who, rule.get("by")):
        amount, whole = sum(map(own, members), Fraction(0)), sum(map(of, members), Fraction(0))
        yield names(period, name), between(amount, rule, "share", whole)


def mix(rule: dict[str, Any], who: list[Partner], period: str | None, world: World) -> Iterator[Miss]:
    def of(p: Partner) -> Fraction:
        return sum((world.target(p, m, period) for m in rule["of"]), Fraction(0))

    return proportion(rule, who, period, lambda p: world.target(p, rule["metric"], period), of)


def season(rule: dict[str, Any], who: list[Partner], period: str | None, world: World) -> Iterator[Miss]:
    metric = rule["metric"]
    own, of = (lambda p: world.target(p, metric, period)), (lambda p: world.target(p, metric, None))
    return proportion(rule, who, period, own, of)


def adoption(rule: dict[str, Any], who: list[Partner], period: str | None, world: World) -> Iterator[Miss]:
    own, of = (lambda p: world.target(p, rule["metric"], period)), (lambda p: world.number(p, rule["column"]))
    return proportion(rule, who, period, own, of)


def even_within(rule: dict[str, Any], who: list[Partner], period: str | None, world: World) -> Iterator[Miss]:
    metric, band = rule["metric"], number(rule["band"])
    fair = {p["partner_id"]: world.fair_share(p, metric, period) for p in who}
    shared = [p for p in who if fair[p["partner_id"]] > 0]
    for _, members in groups(shared, rule.get("by")):
        whole = sum((fair[p["partner_id"]] for p in members), Fraction(0))
        mean = sum((world.target(p, metric, period) for p in members), Fraction(0)) / whole
        for p in members:
            x, even = world.target(p, metric, period), mean * fair[p["partner_id"]]
            yield names(period, p["partner_id"]), short(x, (1 - band) * even) + over(x, (1 + band) * even)


KINDS: dict[str, Callable[[dict[str, Any], list[Partner], str | None, World], Iterator[Miss]]] = {
    "adoption": adoption,
    "capacity_limit": capacity_limit,
    "company_target": company_target,
    "concentration": of_each(concentration),
    "even_within": even_within,
    "group_limit": group_limit,
    "growth_cap": of_each(growth_cap),
    "growth_floor": of_each(growth_floor),
    "headroom": of_each(headroom),
    "hold_harmless": of_each(hold_harmless),
    "lock": of_each(lock),
    "mix": mix,
    "personal_best": of_each(personal_best),
    "ramp": of_each(ramp),
    "ratchet": of_each(ratchet),
    "season": season,
    "tier_minimum": of_each(tier_minimum),
    "weighted_limit": weighted_limit,
}
