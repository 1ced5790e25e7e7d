"""What reviews know of all partners of a plan: worked out once, however many are made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from api.analysis.gaps.run import Gaps
from api.analysis.incentives.priced import Priced, incentives_of, priced
from api.analysis.objectives.score import objectives_of
from api.analysis.returns.document import PartnerReturn
from api.analysis.returns.run import returns_of
from api.analysis.standing.run import Found
from api.output.partner_names import PartnerNames
from rules.incentives import Incentives
from solver.tracking.scores import Readings, readings


@dataclass(frozen=True)
class ReadKeyResult:
    """A key result that is read off the plan."""

    objective: str
    name: str
    unit: str
    readings: Readings
    """Of the partners."""


@dataclass(frozen=True, eq=False)
class Everyone:
    """Each part is worked out when a review first asks for it."""

    found: Found
    """The plan, its actuals, and where every node stands."""

    @cached_property
    def position(self) -> Mapping[str, int]:
        """By id, the partner's number."""
        return {who: number for number, who in enumerate(self.found.plan.frame.columns.ids)}

    @cached_property
    def names(self) -> PartnerNames:
        """Their names and tiers."""
        return PartnerNames.of_table(self.found.plan.scenario.table)

    @cached_property
    def gaps(self) -> Gaps | None:
        """What they lack; None without requirements."""
        plan = self.found.plan
        return Gaps(plan.scenario, plan.frame.whole, plan.targets) if plan.scenario.requirements else None

    @cached_property
    def incentives(self) -> Incentives | None:
        """The incentives; None without. Raises Refused for mistakes in them."""
        return incentives_of(self.found.plan)

    @cached_property
    def priced(self) -> Sequence[Priced]:
        """What each incentive pays at target."""
        stated = self.incentives
        return [priced(self.found.plan, each, None, None) for each in stated.each] if stated else []

    @cached_property
    def returns(self) -> Mapping[str, Sequence[PartnerReturn]]:
        """By partner, what its targets bring, goal by goal; empty where none of them diminishes."""
        plan, by_partner = self.found.plan, defaultdict[str, list[PartnerReturn]](list)
        for goal in plan.scenario.goals:
            if goal.half_at:
                for each in returns_of(goal, plan.frame, plan.targets, self.names):
                    by_partner[each.partner].append(each)
        return by_partner

    @cached_property
    def key_results(self) -> Sequence[ReadKeyResult]:
        """Those that are read off the plan. Raises Refused for mistakes in the objectives."""
        plan, level = self.found.plan, self.found.partners.level
        made = []
        for objective in objectives_of(plan):
            for each in objective.key_results:
                if each.measure is not None:
                    (layer,) = readings(
                        plan.frame, each.measure, (level,), plan.targets, self.found.actuals, others=False
                    )
                    unit = plan.frame.metrics[each.measure.metric].unit
                    made.append(ReadKeyResult(objective.name, each.name, unit, layer))
        return made
