"""The summary of a run: what a planner needs to see of it within ten seconds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from api.output.numbers import amount, counted, decimals_of, percent, whole
from api.output.result_parts import AuditPart, GoalPart, LargeMovePart, LimitPart, ResultDocument, RulePart
from api.output.text_layout import aligned, bold, cut, green, red, wrapped
from api.text.conflict import conflict_lines, partner_text
from api.text.replan import replan_lines

_FAR = 100
"""Times: a kept goal that is so many times its best is a part of next to nothing, and no percentage is given."""
_NAME_WIDTH = 32


def result_lines(result: ResultDocument, *, columns: int | None = None) -> Iterator[str]:
    """The lines to print of a run, wrapped to so many columns."""
    if result.conflict is not None:
        return conflict_lines(result.conflict, columns=columns)
    if result.state == "failed":
        return iter([f"The solve failed: {result.reason}."])
    return _summary(result, columns)


def _summary(result: ResultDocument, columns: int | None) -> Iterator[str]:
    title, name = result.scenario.title, result.scenario.name
    yield bold(f"{title}  ({name})" if title != name else name)
    yield from _placed(result)
    if result.audit is not None:
        yield _verified(result.audit)
    yield from _unproved(result)
    yield ""
    if result.replan is not None:
        yield from replan_lines(result.replan)
    yield from _gave_way(result.rules, columns)
    yield from _goals(result.goals)
    yield from _not_kept(result)
    yield from _limits(result.limits)
    yield from _moves(result)


def _placed(result: ResultDocument) -> Iterator[str]:
    rows = []
    for name, total in result.totals.items():
        unit = total.unit if total.unit != name else ""
        placed = amount(total.placed, decimals=decimals_of(total.round_to))
        rows.append((f"{name} placed", placed, unit, _growth(total.placed, total.baseline)))
    yield from aligned(rows, right=(1,))
    yield f"  on {counted(result.scenario.partners, 'partner')}"


def _growth(placed: str, baseline: str) -> str:
    return f"{percent(float(placed) / float(baseline) - 1)} on {whole(baseline)}" if float(baseline) else ""


def _verified(audit: AuditPart) -> str:
    if audit.verified:
        checked = counted(audit.rows_checked, "hard limit")
        return green(f"  verified: {checked} recomputed exactly, every receipt adds up")
    return red(f"  NOT VERIFIED: {counted(len(audit.failures), 'hard limit')} broken")


def _unproved(result: ResultDocument) -> Iterator[str]:
    if result.termination == "time_limit":
        yield red(f"  TIME WAS UP: {result.reason}")
    if not result.certificate.get("exact", True):
        yield red("  NOT PROVED: the targets may not be the best there are; see certificate in result.json")


def _gave_way(rules: Sequence[RulePart], columns: int | None) -> Iterator[str]:
    missed = [rule for rule in rules if not rule.held]
    if not missed:
        yield from (bold("Every rule is kept"), "")
        return
    yield bold("Gave way")
    for rule in missed:
        first, *more = _miss(rule)
        yield f"  {first}"
        for line in more:
            yield from wrapped(line, columns, indent=4)
    yield ""


def _miss(rule: RulePart) -> Iterator[str]:
    most = rule.misses[0]
    rank = "hard" if rule.priority is None else f"priority {rule.priority}"
    times = f"for {len(rule.misses):,}, " if len(rule.misses) > 1 else ""
    yield f"{rule.rule} ({rank}): {times}{whole(rule.missed)} {rule.unit} in all".rstrip()
    if rule.reason:
        yield f"its reason: {rule.reason}"
    asked, reached = whole(most.asked), whole(most.reached)
    if most.asked_share is not None and most.reached_share is not None:
        asked += f" ({most.asked_share:.2%})"
        reached += f" ({most.reached_share:.2%})"
    known = ", ".join(part for part in (most.name, most.tier) if part)
    who = f"most for {most.subject}{f' ({known})' if known else ''}: " if most.subject else ""
    # A limit of zero belongs to a balance between targets, where only the difference means something.
    yield (
        f"{who}{reached} where {asked} is asked" if float(most.asked) else f"{who}off by {whole(most.missed)}"
    )
    if rule.against:
        yield f"against it: {', '.join(rule.against)}"


def _not_kept(result: ResultDocument) -> Iterator[str]:
    """Totals and partners that whole units do not fit."""
    rounding = result.rounding
    if rounding is None or not (rounding.totals_not_kept or rounding.carry_an_odd_remainder):
        return
    yield bold("Whole units do not fit")
    for total in rounding.totals_not_kept:
        parts = (total.metric, total.period, total.total, " / ".join(total.of))
        name = ", ".join(part for part in parts if part)
        yield f"  {name}: {amount(total.rounded)} instead of {amount(total.unrounded, decimals=2)}"
    if rounding.targets_not_kept:
        yield f"  {rounding.targets_not_kept:,} targets are a unit or more from what they were"
    for partner in rounding.carry_an_odd_remainder:
        yield f"  {partner_text(partner)} carries what a total has beyond whole units"
    yield ""


def _goals(goals: Sequence[GoalPart]) -> Iterator[str]:
    if not goals:
        return
    yield bold("Goals")
    rows = [
        (goal.goal, f"{goal.kept:,.0f}", f"kept of {goal.best:,.0f} at best", _part(goal.kept, goal.best))
        for goal in goals
    ]
    yield from aligned(rows, right=(1, 3))
    yield ""


def _part(kept: float, best: float) -> str:
    return percent(kept / best, sign=False) if best and abs(kept / best) < _FAR else ""


def _limits(limits: Sequence[LimitPart]) -> Iterator[str]:
    if not limits:
        return
    head = ("rule", "at the floor", "at the cap", "other limits")
    rows = [(each.rule, *(_some(n) for n in (each.at_floor, each.at_cap, each.others))) for each in limits]
    yield bold("Nothing to spare")
    yield from aligned([head, *rows], right=(1, 2, 3))
    yield ""


def _some(number: int) -> str:
    return f"{number:,}" if number else ""


def _moves(result: ResultDocument) -> Iterator[str]:
    moves = result.largest_moves
    if not moves:
        return
    yield bold(f"The {counted(len(moves), 'largest move')}" if len(moves) > 1 else "The largest move")
    head = ("partner", "", "tier", "metric", "baseline", "target", "change", "")
    rows = [head, *(_move(result, move) for move in moves)]
    kept = [n for n in range(len(head)) if any(row[n] for row in rows[1:])]
    if len(result.totals) == 1:
        kept.remove(3)
    right = [kept.index(n) for n in kept if n >= 4]
    yield from aligned([[row[n] for n in kept] for row in rows], right=right)


def _move(result: ResultDocument, move: LargeMovePart) -> tuple[str, ...]:
    decimals = decimals_of(result.totals[move.metric].round_to)
    return (
        move.partner,
        cut(move.name or "", _NAME_WIDTH),
        move.tier or "",
        move.metric,
        "-" if move.baseline is None else amount(move.baseline, decimals=decimals),
        amount(move.target, decimals=decimals),
        amount(move.change, decimals=decimals, sign=True),
        "" if move.growth is None else percent(move.growth),
    )
