"""The document of a comparison: amounts as exact text, ratios as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isfinite

import numpy as np

from api.analysis.compare.comparison import (
    Against,
    Comparison,
    Counts,
    Extent,
    Moves,
    Outcome,
    Side,
    extent,
    rule_names,
    spreads,
)
from api.analysis.compare.document import (
    AgainstPart,
    ChangePart,
    CompareDocument,
    ExtentPart,
    NewLimit,
    RuleOutcome,
    RuleRow,
    SidePart,
    SpreadRow,
    StepPart,
    TargetMove,
)
from api.output.partner_names import PartnerNames
from scenarios.diff.changes import Change
from scenarios.values.rational_array import Exact, decimal_text


def comparison_document(comparison: Comparison, *, most: int | None = None) -> CompareDocument:
    """The document; at most so many moves, all of them if left out."""
    sides = comparison.sides
    return CompareDocument(
        sides=tuple(map(side_part, sides)),
        spread=tuple(
            SpreadRow(metric=metric, by=by, group=group, sides=found)
            for metric, by, group, found in spreads(sides)
        ),
        rules=_rules(sides),
        against_first=tuple(
            against_part(against, sides[0], most=most) for against in comparison.against_first
        ),
    )


def side_part(side: Side) -> SidePart:
    """One side as documents have it."""
    result = side.result
    return SidePart(
        name=side.name,
        title=result.scenario.title,
        state=result.state,
        reason=result.reason,
        conflict=result.conflict,
        totals=result.totals,
    )


def _rules(sides: Sequence[Side]) -> tuple[RuleRow, ...]:
    found = [{outcome.rule: outcome for outcome in side.outcomes} for side in sides]
    return tuple(
        RuleRow(
            rule=name,
            reason=next(rules[name].reason for rules in reversed(found) if name in rules),
            sides=tuple(outcome_part(rules[name]) if name in rules else None for rules in found),
        )
        for name in rule_names(sides)
    )


def outcome_part(outcome: Outcome) -> RuleOutcome:
    """What became of a rule, as documents have it."""
    return RuleOutcome(
        kind=outcome.kind,
        priority=outcome.priority,
        held=outcome.held,
        missed=outcome.missed,
        unit=outcome.unit,
        missed_by=outcome.missed_by,
        binding=outcome.binding,
    )


def against_part(against: Against, first: Side, *, most: int | None = None) -> AgainstPart:
    """What is otherwise in one side than in the first."""
    moved = against.moves
    if moved is None:
        return AgainstPart(
            side=against.side.name,
            comparable=False,
            explained=against.explained,
            files=against.files,
            other_units=dict(against.other_units),
            metrics={},
            why=(),
            newly_at_a_limit=(),
            newly_at_a_limit_in_all=0,
            moves=(),
            moves_in_all=0,
        )
    units = {
        metric: total.unit for side in (first, against.side) for metric, total in side.result.totals.items()
    }
    names = first.names.and_of(against.side.names)
    reached = np.flatnonzero(moved.reached)
    largest = moved.largest(len(moved.partner))
    return AgainstPart(
        side=against.side.name,
        comparable=True,
        explained=against.explained,
        files=against.files,
        other_units=dict(against.other_units),
        metrics={metric: extent_part(extent(moved, metric), units[metric]) for metric in moved.metrics()},
        why=tuple(
            _step(moved, number, changes, units) for number, changes in enumerate(against.changes) if changes
        ),
        newly_at_a_limit=tuple(_limit(moved, row, names) for row in reached.tolist()),
        newly_at_a_limit_in_all=len(reached),
        moves=move_parts(moved, largest[:most], names, explained=any(against.changes)),
        moves_in_all=len(largest),
    )


def extent_part(found: Extent, unit: str) -> ExtentPart:
    """How much moved of a metric, as documents have it."""
    return ExtentPart(
        unit=unit,
        **_counts("targets", found.targets),
        **_counts("partners", found.partners),
        up=decimal_text(found.up),
        down=decimal_text(found.down),
    )


def _counts(noun: str, found: Counts) -> dict[str, int]:
    return {
        noun: found.of,
        f"{noun}_raised": found.raised,
        f"{noun}_lowered": found.lowered,
        f"{noun}_new": found.new,
        f"{noun}_gone": found.gone,
    }


def _step(moved: Moves, number: int, changes: Sequence[Change], units: dict[str, str]) -> StepPart:
    return StepPart(
        changes=tuple(_change(change) for change in changes),
        sentence=changes_text(changes),
        metrics={
            metric: extent_part(extent(moved, metric, number), units[metric]) for metric in moved.metrics()
        },
    )


def changes_text(changes: Sequence[Change]) -> str:
    """What to call changes that are made together."""
    return " + ".join(map(str, changes))


def _change(change: Change) -> ChangePart:
    place = change.place
    return ChangePart(
        section=change.section,
        subject=change.subject,
        sentence=change.statement,
        file=place.file if place else None,
        line=place.line if place else None,
    )


def _limit(moved: Moves, row: int, names: PartnerNames) -> NewLimit:
    return NewLimit(
        **names.of(moved.partner[row]),
        metric=moved.metric[row],
        period=moved.period[row] or None,
        limit=moved.stands[row],
        before=moved.stood[row] or None,
        binding=tuple(part for part in moved.binding[row].split("; ") if part),
    )


def move_parts(
    moved: Moves, rows: Sequence[int], names: PartnerNames, *, explained: bool
) -> tuple[TargetMove, ...]:
    """The targets in the rows, each with what every step moved."""
    at = np.array(rows, dtype=np.intp)
    before, after, change = (_amounts(each[at]) for each in (moved.before, moved.after, moved.change))
    causes = [_amounts(cause[at]) for cause in moved.causes] if explained else []
    return tuple(
        TargetMove(
            **names.of(moved.partner[row]),
            metric=moved.metric[row],
            period=moved.period[row] or None,
            before=before[n] if moved.was[row] else None,
            after=after[n] if moved.is_there[row] else None,
            change=change[n],
            growth=_growth(moved, row),
            why=tuple(cause[n] for cause in causes),
        )
        for n, row in enumerate(rows)
    )


def _growth(moved: Moves, row: int) -> float | None:
    found = float(moved.relative[row])
    return round(found, 6) if isfinite(found) else None


def _amounts(numbers: Exact) -> list[str]:
    return [decimal_text(Fraction(number)) for number in numbers.tolist()]
