"""Returns: from a goal whose returns diminish to what every partner's target brings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from api.analysis.errors import InvalidRequest
from api.analysis.returns.document import Held, MetricReturn, PartnerReturn, ReturnsDocument, ReturnsRequest
from api.analysis.solve import allocation_of
from api.output.conflict_document import conflict_of
from api.output.partner_names import PartnerNames
from api.output.progress import Progress, silent
from rules import CellIndex
from rules.load import Loaded
from scenarios import Goal, Scenario
from scenarios.values.rational_array import Exact, decimal_text, six_decimals
from solver import Allocation
from solver.engines.quadratic_program import Vector
from solver.model.matrices import absolute
from solver.model.program import Program, assemble
from solver.optimise.goals import Outcome
from solver.optimise.returns import Returns

HELD: tuple[Held | None, ...] = (None, "floor", "cap", "rule")
"""What may hold a target."""
_AT = 1e-6
"""Of a target, or of what a row adds up: how near a limit it is to count as there."""


def returns(loaded: Loaded, request: ReturnsRequest, progress: Progress = silent) -> ReturnsDocument:
    """The returns of a goal. Raises InvalidRequest where the scenario has none that diminish."""
    number = goal_number(loaded.scenario, request)
    return returns_document(allocation_of(loaded, progress), number)


def goal_number(scenario: Scenario, request: ReturnsRequest) -> int:
    """Which goal is meant, counted from 0. Raises InvalidRequest where its returns do not diminish."""
    found = [number for number, goal in enumerate(scenario.goals) if goal.half_at]
    if not found:
        raise InvalidRequest("", "the scenario has no goal with half_at.")
    if request.goal is None:
        return found[0]
    if request.goal - 1 not in found:
        there = " and ".join(str(number + 1) for number in found)
        raise InvalidRequest("goal", f"goal {request.goal} has no half_at; of the goals, {there} has it.")
    return request.goal - 1


def returns_document(allocation: Allocation, number: int) -> ReturnsDocument:
    """The returns of one goal of an allocation."""
    scenario, solved = allocation.scenario, allocation.state == "succeeded"
    names = PartnerNames.of_table(scenario.table)
    found = _Found.of(allocation, number) if solved else None
    outcome = found.outcome if found else None
    return ReturnsDocument(
        scenario=scenario.name,
        title=scenario.title,
        state=allocation.state,
        reason=allocation.reason or None,
        conflict=conflict_of(allocation, names),
        goal=outcome.name if outcome else None,
        give_up=decimal_text(outcome.give_up) if outcome else None,
        best=six_decimals(outcome.best) if outcome else None,
        bound=None if outcome is None or outcome.bound is None else six_decimals(outcome.bound),
        reached=_decimal(found.returns.exact_value(allocation.target)) if found else None,
        metrics=tuple(found.metrics()) if found else (),
        by_partner=tuple(found.partners(names)) if found else (),
    )


def returns_of(
    goal: Goal, frame: CellIndex, targets: Exact, names: PartnerNames
) -> tuple[PartnerReturn, ...]:
    """What each partner's targets (cells,) bring to a goal with `half_at`, whatever they were made by."""
    found = Returns.of(goal, frame)
    free = np.zeros(len(found.done), dtype=np.intp)
    return tuple(_parts(found, found.amounts(targets.floats()), free, names))


@dataclass(frozen=True, eq=False)
class _Found:
    """A goal of an allocation, and what its targets bring."""

    allocation: Allocation
    returns: Returns
    outcome: Outcome

    @classmethod
    def of(cls, allocation: Allocation, number: int) -> _Found:
        goal = allocation.scenario.goals[number]
        return cls(allocation, Returns.of(goal, allocation.frame), allocation.goals[number])

    def metrics(self) -> Iterator[MetricReturn]:
        """What each metric brings."""
        frame, curves = self.allocation.frame, self.returns.curves
        amounts = self.returns.amounts(self.allocation.target.floats())
        values, slopes = (
            curves.values(amounts),
            curves.slopes(self.returns.amounts(self.allocation.unrounded)),
        )
        free = self._held() == 0
        for metric, unit in self._units():
            between = slopes[unit][free[unit]]
            yield MetricReturn(
                metric=metric,
                unit=frame.metrics[metric].unit,
                target=six_decimals(amounts[unit].sum()),
                returns=six_decimals(values[unit].sum()),
                least_marginal=six_decimals(between.min()) if len(between) else None,
                most_marginal=six_decimals(between.max()) if len(between) else None,
            )

    def partners(self, names: PartnerNames) -> Iterator[PartnerReturn]:
        """What each partner's target brings."""
        amounts = self.returns.amounts(self.allocation.target.floats())
        yield from _parts(self.returns, amounts, self._held(), names)

    def _units(self) -> Iterator[tuple[str, NDArray[np.intp]]]:
        count = self.allocation.frame.partners
        for number, metric in enumerate(self.returns.metrics):
            yield metric, np.arange(number * count, (number + 1) * count)

    def _held(self) -> NDArray[np.intp]:
        """(units,) the place in HELD of what holds each, by the rules other than goals and company targets."""
        x, program = self.allocation.unrounded, self._others()
        low, high = (self._all_at(x, bound) for bound in (program.lower, program.upper))
        return np.where(low, 1, np.where(high, 2, np.where(self._in_tight_rows(x, program), 3, 0)))

    def _all_at(self, x: Vector, bound: Vector) -> NDArray[np.bool_]:
        """(units,) whether all of a unit's cells stand at a bound."""
        smallest = self.returns.sums.T @ self.returns.curves.half
        near = np.abs(x - bound) <= _AT * np.maximum(np.abs(x), smallest)
        return np.asarray(self.returns.sums @ (~near).astype(np.float64) == 0)

    def _in_tight_rows(self, x: Vector, program: Program) -> NDArray[np.bool_]:
        """(units,) whether a row over several targets stands at its limit with one of a unit's cells."""
        amount, size = program.matrix @ x, absolute(program.matrix) @ np.abs(x)
        tight = np.minimum(amount - program.row_lower, program.row_upper - amount) <= _AT * size
        cells = np.unique(program.matrix[np.flatnonzero(tight)].indices)
        inside = np.zeros(len(x))
        inside[cells] = 1.0
        return np.asarray(self.returns.sums @ inside > 0)

    def _others(self) -> Program:
        """The program of all rules but those that keep the goals, and totals."""
        assert self.allocation.elastic is not None
        book, blocks = self.allocation.book, self.allocation.elastic.blocks
        kept = [block for block in blocks if book.rules[block.rule].kind not in ("goal", "company_target")]
        return assemble(self.allocation.frame, kept)


def _parts(
    found: Returns, amounts: Vector, held: NDArray[np.intp], names: PartnerNames
) -> Iterator[PartnerReturn]:
    curves, ids = found.curves, found.frame.columns.ids
    values, slopes = curves.values(amounts), curves.slopes(amounts)
    for number, metric in enumerate(found.metrics):
        unit = np.arange(number * len(ids), (number + 1) * len(ids))
        for each in sorted(unit.tolist(), key=lambda u: (-slopes[u], ids[u % len(ids)])):
            yield PartnerReturn(
                **names.of(ids[each % len(ids)]),
                metric=metric,
                target=six_decimals(amounts[each]),
                returns=six_decimals(values[each]),
                marginal=six_decimals(slopes[each]),
                most=six_decimals(curves.most[each]),
                half_at=six_decimals(curves.half[each]),
                held_by=HELD[int(held[each])],
            )


def _decimal(number: Decimal) -> str:
    return decimal_text(Fraction(number.quantize(Decimal("0.000001"), rounding=ROUND_HALF_EVEN)))
