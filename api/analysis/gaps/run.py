"""Gaps: from targets and the needs of tiers to what each partner lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from api.analysis.errors import InvalidRequest
from api.analysis.explain.document import ReachPart
from api.analysis.explain.run import reach_of
from api.analysis.gaps.document import GapsDocument, GapsRequest, NeedPart, PartnerGaps, TierPart
from api.analysis.known_partner import known_partner
from api.analysis.levels import check_name
from api.analysis.solve import allocation_of
from api.output.conflict_document import conflict_of
from api.output.partner_names import TIER, PartnerNames
from api.output.progress import Progress, silent
from rules import CellIndex
from rules.load import Loaded
from scenarios import Scenario
from scenarios.scenario import Requirement
from scenarios.values.rational_array import Exact, decimal_text
from solver import Allocation
from solver.whole_period import whole_period


def gaps(loaded: Loaded, request: GapsRequest, progress: Progress = silent) -> GapsDocument:
    """The gaps of a scenario. Raises InvalidRequest where it states no requirements, or for an unknown name."""
    request = checked(loaded.scenario, request)
    return gaps_document(allocation_of(loaded, progress), request)


def checked(scenario: Scenario, request: GapsRequest) -> GapsRequest:
    """The request with the partner's id as the table has it. Raises InvalidRequest for what is not there."""
    if not scenario.requirements:
        raise InvalidRequest(
            "",
            "the scenario states no requirements; write requirements: [{tier: Gold, needs: {revenue: 150000}}].",
        )
    check_name("tier", request.tier, [each.tier for each in scenario.requirements])
    if request.partner is None:
        return request
    who = known_partner(request.partner, scenario.table.ids.tolist(), scenario.table.name)
    return request.model_copy(update={"partner": who})


def gaps_document(allocation: Allocation, request: GapsRequest) -> GapsDocument:
    """The gaps of an allocation; the request names what is there."""
    scenario, solved = allocation.scenario, allocation.state == "succeeded"
    names = PartnerNames.of_table(scenario.table)
    whole = whole_period(allocation)
    found = dict(Gaps(scenario, whole.frame, whole.placed).each()) if solved else {}
    listed = [each for each in found.values() if _asked(each, request)]
    return GapsDocument(
        scenario=scenario.name,
        title=scenario.title,
        state=allocation.state,
        reason=allocation.reason or None,
        conflict=conflict_of(allocation, names),
        tiers=tuple(_tier(each, found) for each in scenario.requirements) if solved else (),
        gaps=tuple(sorted(listed, key=_nearness)),
        what_it_takes=tuple(_reach(allocation, found[request.partner])) if solved and request.partner else (),
    )


@dataclass(frozen=True, eq=False)
class Gaps:
    """What every partner has and is asked, by what tiers need."""

    scenario: Scenario
    """States requirements."""
    frame: CellIndex
    """Of the whole period."""
    targets: Exact
    """(cells,) in the frame's order."""

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """Every metric and column that some tier needs."""
        return tuple(dict.fromkeys(name for each in self.scenario.requirements for name in each.needs))

    @cached_property
    def has(self) -> Mapping[str, list[Fraction] | None]:
        """By need, (partners,) what they did or what the column holds; None for a metric without a baseline."""
        return {name: self._has(name) for name in self.needed}

    def _has(self, name: str) -> list[Fraction] | None:
        metric = self.frame.metrics.get(name)
        if metric is None:
            return self.frame.column(name).tolist()
        return self.frame.baseline(name).tolist() if metric.baseline else None

    @cached_property
    def asked(self) -> Mapping[str, list[Fraction]]:
        """By need that is a metric, (partners,) the targets of the whole period."""
        return {name: self._asked(name) for name in self.needed if name in self.frame.metrics}

    def _asked(self, name: str) -> list[Fraction]:
        return self.frame.of_period(self.targets, name).tolist()

    @cached_property
    def _names(self) -> PartnerNames:
        return PartnerNames.of_table(self.scenario.table)

    @cached_property
    def _rank(self) -> list[int]:
        """(partners,) the place of each one's tier among the requirements, the lowest first."""
        place = {each.tier: number for number, each in enumerate(self.scenario.requirements)}
        return [place[tier] for tier in self.frame.columns.text(TIER).tolist()]

    def each(self) -> Iterator[tuple[str, PartnerGaps]]:
        """Every partner by its id."""
        return ((who, self.at(row)) for row, who in enumerate(self.frame.columns.ids))

    def at(self, row: int) -> PartnerGaps:
        """Of one partner, by its number."""
        rank = self._rank[row]
        own, above = self.scenario.requirements[rank], self.scenario.requirements[rank + 1 :]
        nearest = min(above, key=lambda each: self._distance(each, row), default=None)
        needs = () if nearest is None else self._needs(nearest, row)
        return PartnerGaps(
            **self._names.of(self.frame.columns.ids[row]),
            nearest=None if nearest is None else nearest.tier,
            needs=needs,
            distance=None if nearest is None else round(float(self._distance(nearest, row)), 6),
            carried=nearest is not None and all(each.lacks_then == "0" for each in needs),
            short_of_own=tuple(each for each in self._needs(own, row) if each.lacks != "0"),
        )

    def _distance(self, tier: Requirement, row: int) -> Fraction:
        """The largest gap as a part of its need."""
        parts = (self._lacks(name, need, row) / need for name, need in tier.needs.items() if need)
        return max(parts, default=Fraction(0))

    def _lacks(self, name: str, need: Fraction, row: int) -> Fraction:
        has = self.has[name]
        return need if has is None else max(Fraction(0), need - has[row])

    def _needs(self, tier: Requirement, row: int) -> tuple[NeedPart, ...]:
        return tuple(self._need(name, need, row) for name, need in tier.needs.items())

    def _need(self, name: str, need: Fraction, row: int) -> NeedPart:
        metric, has = self.frame.metrics.get(name), self.has[name]
        asked = self.asked[name][row] if name in self.asked else None
        lacks = self._lacks(name, need, row)
        return NeedPart(
            name=name,
            unit=None if metric is None else metric.unit,
            need=decimal_text(need),
            has=None if has is None else decimal_text(has[row]),
            lacks=decimal_text(lacks),
            target=None if asked is None else decimal_text(asked),
            lacks_then=decimal_text(lacks if asked is None else max(Fraction(0), need - asked)),
        )


def _asked(found: PartnerGaps, request: GapsRequest) -> bool:
    return (request.partner in (None, found.partner)) and (request.tier in (None, found.nearest))


def _nearness(found: PartnerGaps) -> tuple[bool, float, str]:
    return found.distance is None, found.distance or 0.0, found.partner


def _tier(tier: Requirement, found: Mapping[str, PartnerGaps]) -> TierPart:
    own = [each for each in found.values() if each.tier == tier.tier]
    towards = [each for each in found.values() if each.nearest == tier.tier]
    return TierPart(
        tier=tier.tier,
        needs={name: decimal_text(need) for name, need in tier.needs.items()},
        partners=len(own),
        short=sum(bool(each.short_of_own) for each in own),
        nearest=len(towards),
        carried=sum(each.carried for each in towards),
    )


def _reach(allocation: Allocation, found: PartnerGaps) -> Iterator[ReachPart]:
    """For each target that falls short of a need, the ways that bring it there."""
    for each in found.needs:
        if each.target is not None and each.lacks_then != "0":
            yield reach_of(allocation, found.partner, each.name, Fraction(each.need))
