"""Points of a sweep in a process of its own: what planners ask of each, without its targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.analysis.compare.solve_side import allocated
from api.analysis.sweep.document import GridPoint, MissedPart
from api.output.findings import finding_parts
from scenarios.diff.parameter_grid import Parameter, Spot, Value, variant

if TYPE_CHECKING:
    from scenarios import Finding, Scenario
    from solver import Allocation, Effect
    from solver.questions.series import Series


@dataclass(frozen=True, eq=False)
class Variants:
    """A scenario, and the spots of it that parameters set."""

    scenario: Scenario
    parameters: tuple[Parameter, ...]
    spots: tuple[Spot, ...]

    def at(self, values: Sequence[Value]) -> Scenario:
        """The scenario in which every parameter has a value."""
        chosen = zip(self.spots, self.parameters, values, strict=True)
        return variant(self.scenario, {spot: (value, parameter.place) for spot, parameter, value in chosen})


class PointSolver:
    """Solves the points of one grid; what they share is read once."""

    def __init__(self, variants: Variants) -> None:
        self._variants = variants
        self._series: Series | None = None

    def __call__(self, values: Sequence[Value]) -> GridPoint:
        """What became of the point; its values are for the caller to name."""
        from scenarios import Report
        from solver.questions.series import Series

        if self._series is None:
            self._series = Series(allocated)
        report = Report()
        allocation = self._series.solve(self._variants.at(values), report)
        return _refused(report.findings) if allocation is None else _point(allocation)


def _refused(findings: Sequence[Finding]) -> GridPoint:
    return GridPoint(
        values={},
        state="refused",
        reason=None,
        conflict=None,
        findings=finding_parts([finding for finding in findings if finding.severity == "error"]),
        totals={},
        missed=(),
        stretch={},
    )


def _point(allocation: Allocation) -> GridPoint:
    from api.output.conflict_document import conflict_of
    from api.output.partner_names import PartnerNames
    from api.output.result_json import stretch_parts, total_parts

    names = PartnerNames.of_table(allocation.scenario.table) if allocation.conflict else PartnerNames()
    return GridPoint(
        values={},
        state=allocation.state,
        reason=allocation.reason or None,
        conflict=conflict_of(allocation, names),
        findings=(),
        totals=total_parts(allocation),
        missed=tuple(_missed(effect) for effect in allocation.effects if not effect.held),
        stretch=stretch_parts(allocation),
    )


def _missed(effect: Effect) -> MissedPart:
    from scenarios.values.rational_array import decimal_text

    return MissedPart(
        rule=effect.rule,
        priority=effect.priority,
        missed=decimal_text(effect.missed),
        unit=effect.unit,
        missed_by=len(effect.missing),
        against=effect.against,
    )
