"""A re-plan: what was done beside what was due, whose rest moved, and the limits that events have passed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from api.output.numbers import amount, counted
from api.output.replan_part import OvertakenPart, ReplanMetric, ReplanPart
from api.output.text_layout import aligned, bold

_HEAD = ("", "due", "done", "published rest", "rest now", "lowered", "kept", "raised")
_NAMED = 5
"""Partners listed by name."""
_WHY = {
    "overtaken": "events have passed it, and it is wider for the rest",
    "ahead": "reached early by what is done and published",
    "over": "missed in a part that is over",
}


def replan_lines(replan: ReplanPart) -> Iterator[str]:
    """The lines to print."""
    yield bold(f"{', '.join(replan.done)} over, {', '.join(replan.rest)} planned anew")
    rows = [(metric, *_cells(found)) for metric, found in replan.metrics.items()]
    yield from aligned([_HEAD, *rows], right=range(1, len(_HEAD)))
    yield from _others(replan)
    yield ""
    if replan.overtaken:
        yield bold("Overtaken by events")
        for (rule, why), found in groupby(replan.overtaken, key=lambda each: (each.rule, each.why)):
            yield from _rule(rule, why, list(found))
        yield ""


def _others(replan: ReplanPart) -> Iterator[str]:
    """What partners outside the plan did, who is new, and who left."""
    for metric, found in replan.metrics.items():
        if found.unassigned != "0":
            done = f"{amount(found.unassigned)} more of {metric} was done by partners outside the plan"
            yield f"  {done}: the rest brings so much less"
    counts = [f"{found.new:,} for {metric}" for metric, found in replan.metrics.items() if found.new]
    if counts:
        who = _some([each.name or each.partner for each in replan.new])
        yield f"  nothing was published: {', '.join(counts)}{f' ({who})' if who else ''}; starts at the fair share"
    if replan.gone:
        rests = ", ".join(f"{amount(each.gone)} of {metric}" for metric, each in replan.metrics.items())
        yield f"  gone: {_some(replan.gone)}{f'; {rests} is placed anew' if rests else ''}"


def _some(names: Sequence[str]) -> str:
    """The first few, and how many more."""
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _cells(found: ReplanMetric) -> tuple[str, ...]:
    amounts = (found.due, found.done, found.published, found.rest)
    counts = (found.lowered, found.kept, found.raised)
    return (*(amount(each, decimals=0) for each in amounts), *(f"{each:,}" for each in counts))


def _rule(rule: str, why: str, found: Sequence[OvertakenPart]) -> Iterator[str]:
    """A rule, how often, and where most."""
    most = max(found, key=lambda each: float(each.amount))
    who = " ".join(filter(None, (most.partner, most.name, most.tier)))
    where = f"{counted(len(found), 'place')}, most " if len(found) > 1 else ""
    yield f"  {rule}: {_WHY.get(why, why)}: {where}{f'{who} ' if who else ''}by {amount(most.amount)}"
