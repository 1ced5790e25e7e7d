"""What a re-plan did, as part of a document: what had happened, what it has overtaken, whose rest moved."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import numpy as np

from api.output.document import Amount, Document
from api.output.partner_names import PartnerNames, PartnerPart
from rules.replan.reduce import Overtaken, Why
from scenarios.values.rational_array import six_decimals
from solver import Allocation
from solver.whole_period import WholePeriod, whole_period


class OvertakenPart(PartnerPart):
    """A limit that events have passed."""

    rule: str
    partner: str
    """The partner, its part after a comma, or the group; empty for all together."""
    why: Why
    """`overtaken`: widened for the rest; `ahead`: a total reached early; `over`: missed in a part that is over."""
    amount: Amount
    """How much wider the limit is, or by how much the total is passed, in the rule's unit."""


class ReplanMetric(Document):
    """What a re-plan did to one metric, in its unit."""

    due: Amount
    """Published for the parts that are over."""
    done: Amount
    """Done in them by the partners of the plan."""
    unassigned: Amount
    """Done in them by others: the rest brings so much less."""
    published: Amount
    """Published for the rest, for those who are partners still."""
    gone: Amount
    """Published for the rest of those who are not, and placed anew."""
    rest: Amount
    """Asked for the rest now."""
    lowered: int
    """Partners whose rest is less than published."""
    kept: int
    """Partners whose rest is what was published."""
    raised: int
    """Partners whose rest is more than published."""
    new: int
    """Partners for whom nothing was published: their rest starts at its fair share."""


class ReplanPart(Document):
    """What a re-plan did."""

    done: tuple[str, ...]
    """The parts that are over."""
    rest: tuple[str, ...]
    """The parts that are planned anew."""
    new: tuple[PartnerPart, ...]
    """Who is not in the published plan."""
    gone: tuple[str, ...]
    """Who is in it, and no partner any more."""
    metrics: dict[str, ReplanMetric]
    """By metric; empty where there are no targets."""
    overtaken: tuple[OvertakenPart, ...]
    """In the order of the rules."""


def replan_part(allocation: Allocation, names: PartnerNames) -> ReplanPart | None:
    """What the re-plan did; None for a plan of the whole period."""
    whole = whole_period(allocation)
    if not isinstance(whole, WholePeriod):
        return None
    solved = allocation.rounded is not None
    periods = whole.past.periods
    return ReplanPart(
        done=tuple(periods[part] for part in whole.past.done),
        rest=whole.past.rest_periods,
        new=tuple(PartnerPart(**names.of(who)) for who in _new(whole)),
        gone=tuple(sorted({each.partner for each in whole.past.gone})),
        metrics={metric: _metric(whole, metric) for metric in whole.frame.metrics} if solved else {},
        overtaken=tuple(_overtaken(each, names) for each in whole.overtaken),
    )


def _metric(whole: WholePeriod, metric: str) -> ReplanMetric:
    past, frame = whole.past, whole.frame
    over, rest = (frame.cells(metric)[list(parts)] for parts in (past.done, past.rest))
    whose = np.tile(np.arange(frame.partners), len(rest))
    before = past.published[rest.ravel()].sum_by(whose, frame.partners)
    after = whole.target[rest.ravel()].sum_by(whose, frame.partners)
    number = list(frame.metrics).index(metric)
    known = past.known[rest].any(axis=0)
    return ReplanMetric(
        due=six_decimals(past.published[over.ravel()].sum()),
        done=six_decimals(past.actual[over.ravel()].sum()),
        unassigned=six_decimals(_sum(each.amount for each in past.unassigned if each.metric == number)),
        published=six_decimals(before.sum()),
        gone=six_decimals(
            _sum(each.amount for each in past.gone if each.metric == number and each.part in past.rest)
        ),
        rest=six_decimals(after.sum()),
        lowered=int((known & (after < before)).sum()),
        kept=int((known & after.equals(before)).sum()),
        raised=int((known & (after > before)).sum()),
        new=int((~known).sum()),
    )


def _new(whole: WholePeriod) -> list[str]:
    """The partners of whom the published plan has no target."""
    known = whole.past.known.reshape(-1, whole.frame.partners).any(axis=0)
    return [whole.frame.columns.ids[at] for at in np.flatnonzero(~known).tolist()]


def _sum(amounts: Iterable[Fraction]) -> Fraction:
    return sum(amounts, Fraction(0))


def _overtaken(each: Overtaken, names: PartnerNames) -> OvertakenPart:
    who = names.of(each.subject.partition(", ")[0])
    return OvertakenPart(
        rule=each.rule,
        partner=each.subject,
        name=who["name"],
        tier=who["tier"],
        why=each.why,
        amount=six_decimals(each.by),
    )
