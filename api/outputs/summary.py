"""The summary: what a planner needs to see of an allocation within ten seconds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from api.outputs.facts import AtLimit, Move, at_limits, largest_moves
from api.outputs.layout import aligned, amount, counted, cut, decimals_of, percent, wrapped
from solver import Allocation, Effect

_NAME = "name"
_NAME_WIDTH = 32


def summary(allocation: Allocation, *, columns: int | None = None) -> Iterator[str]:
    """The lines to print of an allocation with targets, headings styled, wrapped to so many columns."""
    scenario = allocation.scenario
    yield _head(f"{scenario.title}  ({scenario.name})" if scenario.title != scenario.name else scenario.name)
    yield from _placed(allocation)
    yield _verified(allocation)
    yield ""
    yield from _gave_way(allocation, columns)
    yield from _goals(allocation)
    yield from _limits(at_limits(allocation))
    yield from _moves(allocation, largest_moves(allocation))


def _head(text: str) -> str:
    return click.style(text, bold=True)


def _placed(allocation: Allocation) -> Iterator[str]:
    rows = []
    for name, metric in allocation.frame.metrics.items():
        decimals = decimals_of(metric.round_to)
        placed = allocation.target[allocation.frame.cells(name).ravel()].sum()
        before = allocation.frame.baseline(name).sum() if metric.baseline else 0
        growth = f"{percent(placed / before - 1)} on {amount(before)}" if before else ""
        unit = metric.unit if metric.unit != name else ""
        rows.append((f"{name} placed", amount(placed, decimals=decimals), unit, growth))
    yield from aligned(rows, right=(1,))
    yield f"  on {counted(allocation.frame.partners, 'partner')}"


def _verified(allocation: Allocation) -> str:
    audit = allocation.audit
    assert audit is not None, "an allocation with targets has been audited"
    if audit.verified:
        said = f"verified: {counted(audit.checked, 'hard limit')} recomputed exactly, every receipt adds up"
        return click.style(f"  {said}", fg="green")
    return click.style(
        f"  NOT VERIFIED: {counted(len(audit.failures), 'hard limit')} broken", fg="red", bold=True
    )


def _gave_way(allocation: Allocation, columns: int | None) -> Iterator[str]:
    missed = [effect for effect in allocation.effects if not effect.held]
    if not missed:
        yield from (_head("Every rule is kept"), "")
        return
    yield _head("Gave way")
    for effect in missed:
        first, *more = _miss(effect)
        yield f"  {first}"
        for line in more:
            yield from wrapped(line, columns, indent=4)
    yield ""


def _miss(effect: Effect) -> Iterator[str]:
    most = effect.misses[0]
    rank = "hard" if effect.priority is None else f"priority {effect.priority}"
    times = f"for {len(effect.misses):,}, " if len(effect.misses) > 1 else ""
    yield f"{effect.rule} ({rank}): {times}{amount(effect.missed)} {effect.unit} in all".rstrip()
    asked, reached = amount(most.asked), amount(most.reached)
    if effect.total:
        asked += f" ({float(most.asked / effect.total):.2%})"
        reached += f" ({float(most.reached / effect.total):.2%})"
    who = f"most for {most.subject}: " if most.subject else ""
    # A limit of zero belongs to a balance between targets, where only the difference means something.
    yield f"{who}{reached} where {asked} is asked" if most.asked else f"{who}off by {amount(most.amount)}"
    if effect.against:
        yield f"against it: {', '.join(effect.against)}"


def _goals(allocation: Allocation) -> Iterator[str]:
    if not allocation.goals:
        return
    yield _head("Goals")
    rows = [
        (
            goal.name,
            f"{goal.kept:,.0f}",
            f"kept of {goal.best:,.0f} at best",
            f"{_part(goal.kept, goal.best)}",
        )
        for goal in allocation.goals
    ]
    yield from aligned(rows, right=(1, 3))
    yield ""


def _part(kept: float, best: float) -> str:
    return f"{kept / best:.1%}" if best else ""


def _limits(limits: Sequence[AtLimit]) -> Iterator[str]:
    if not limits:
        return
    head = ("rule", "at the floor", "at the cap", "other limits")
    rows = [(each.rule, *(_some(n) for n in (each.at_floor, each.at_cap, each.others))) for each in limits]
    yield _head("Nothing to spare")
    yield from aligned([head, *rows], right=(1, 2, 3))
    yield ""


def _some(number: int) -> str:
    return f"{number:,}" if number else ""


def _moves(allocation: Allocation, moves: Sequence[Move]) -> Iterator[str]:
    if not moves:
        return
    yield _head(f"The {counted(len(moves), 'largest move')}" if len(moves) > 1 else "The largest move")
    head = ("partner", "", "metric", "baseline", "target", "change", "")
    rows = [head, *(_move(allocation, move) for move in moves)]
    kept = [n for n in range(len(head)) if any(row[n] for row in rows[1:])]
    if len(allocation.frame.metrics) == 1:
        kept.remove(2)
    right = [kept.index(n) for n in kept if n >= 3]
    yield from aligned([[row[n] for n in kept] for row in rows], right=right)


def _move(allocation: Allocation, move: Move) -> tuple[str, ...]:
    decimals = decimals_of(allocation.frame.metrics[move.metric].round_to)
    table = allocation.scenario.table
    name = ""
    if _NAME in table.columns and (row := table.position(move.partner)) is not None:
        name = str(table.text(_NAME)[row])
    return (
        move.partner,
        cut(name, _NAME_WIDTH),
        move.metric,
        "-" if move.baseline is None else amount(move.baseline, decimals=decimals),
        amount(move.target, decimals=decimals),
        amount(move.change, decimals=decimals, sign=True),
        "" if move.growth is None else percent(move.growth),
    )
