"""The firsts of a partner of a plan, metric by metric, for its page and its review."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from api.analysis.standing.run import Found
from api.output.document import Amount, Document
from scenarios.read.parts import parts_of
from scenarios.values.rational_array import decimal_text
from solver.tracking.firsts import Firsts, PartDone, Record, firsts
from solver.tracking.seasons import years_before


class RecordPart(Document):
    """More than in any part before."""

    part: str
    done: Amount
    before: Amount
    """The most until then."""
    since: str
    """The part in which that was."""


class FirstsPart(Document):
    """What a partner has reached in a metric beside its own past; it is compared with no one else."""

    first_at_target: str | None
    """The first part of this period whose target it reached, after others that it missed; null for none."""
    best: RecordPart | None
    """The last part that was its best until then; null where none was, or nothing before it is known."""
    longest_run: tuple[str, ...]
    """The most parts in a row whose targets it reached."""
    run_lasts: bool
    """Whether that run goes on."""


def firsts_of(found: Found, partner: str) -> dict[str, FirstsPart]:
    """By metric, the firsts of a partner of the plan. Raises ValueError for an id that the plan does not have."""
    frame, position = found.plan.frame, found.plan.frame.columns.ids.index(partner)
    return {
        metric: _part(firsts(_over(found, metric, position), _earlier(found, metric, position)))
        for metric in frame.metrics
    }


def _over(found: Found, metric: str, position: int) -> list[PartDone]:
    """The parts that are over."""
    plan, actuals = found.plan, found.actuals
    cells = plan.frame.whole.cells(metric)[:, position].tolist()
    names = parts_of(plan.scenario.period, plan.scenario.periods)
    return [
        PartDone(name, plan.targets.at(cell), actuals.done.at(cell))
        for name, cell, over in zip(names, cells, actuals.over, strict=True)
        if over == 1
    ]


def _earlier(found: Found, metric: str, position: int) -> Iterator[tuple[str, Fraction]]:
    """What the partner did in each part of earlier years, as far as rows say it."""
    plan, past = found.plan, found.actuals.earlier
    cells = plan.frame.whole.cells(metric)[:, position].tolist()
    names = parts_of(plan.scenario.period, plan.scenario.periods)
    for year in years_before(past, plan.scenario.period):
        done, stated = past[year]
        yield from (
            (f"{name} of {year}", done.at(cell))
            for name, cell in zip(names, cells, strict=True)
            if stated[cell]
        )


def _part(found: Firsts) -> FirstsPart:
    return FirstsPart(
        first_at_target=found.first_at_target,
        best=_record(found.best) if found.best else None,
        longest_run=found.longest_run,
        run_lasts=found.run_lasts,
    )


def _record(best: Record) -> RecordPart:
    done, before = (decimal_text(amount) for amount in (best.done, best.before))
    return RecordPart(part=best.part, done=done, before=before, since=best.since)
