"""More sections of a review: each knows one thing about a partner, and is silent where it knows nothing.

A section is a function from the review's subject to a part, or None; to add one, write it and list it in SECTIONS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from api.analysis.firsts import FirstsPart, firsts_of
from api.analysis.gaps.document import NeedPart
from api.analysis.incentives.priced import payout_at
from api.analysis.review.document import ReviewMetric, SectionPart
from api.analysis.review.everyone import Everyone, ReadKeyResult
from api.output.numbers import amount, percent


@dataclass(frozen=True, eq=False)
class Subject:
    """Whom a review is about, and what is known of it."""

    partner: str
    everyone: Everyone
    metrics: dict[str, ReviewMetric]

    @property
    def position(self) -> int:
        """The partner's number."""
        return self.everyone.position[self.partner]


Section = Callable[[Subject], SectionPart | None]
"""None: nothing is known."""


def _firsts(subject: Subject) -> SectionPart | None:
    """What the partner has reached beside its own past."""
    found = firsts_of(subject.everyone.found, subject.partner)
    lines = tuple(line for metric, part in found.items() for line in _of_metric(metric, part, subject))
    return SectionPart(title="Firsts", lines=lines) if lines else None


def _of_metric(metric: str, part: FirstsPart, subject: Subject) -> Iterator[str]:
    unit = subject.metrics[metric].unit
    if part.first_at_target:
        yield f"{metric}: at target in {part.first_at_target}, for the first time in this period"
    if part.best:
        done, before = amount(part.best.done), amount(part.best.before)
        yield f"{metric}: {done} {unit} in {part.best.part}, its best; {before} in {part.best.since} before"
    if len(part.longest_run) > 1:
        going = ", and it goes on" if part.run_lasts else ""
        yield f"{metric}: at target in {', '.join(part.longest_run)}, one after the other{going}"


def _payouts(subject: Subject) -> SectionPart | None:
    """What the partner would earn by the scenario's incentives."""
    stated = subject.everyone.incentives
    if stated is None:
        return None
    earned = payout_at(subject.everyone.priced, subject.position)
    if not any(float(each.payout) for each in earned):
        return None
    lines = (
        f"at {percent(each.attainment, decimals=0, sign=False)} of its targets: {amount(each.payout)} {stated.unit}"
        for each in earned
    )
    return SectionPart(title="What it would earn", lines=tuple(lines))


def _gaps(subject: Subject) -> SectionPart | None:
    """What the partner lacks for the nearest tier above."""
    if subject.everyone.gaps is None:
        return None
    found = subject.everyone.gaps.at(subject.position)
    if found.nearest is None:
        return None
    lines = tuple(_need(each) for each in found.needs if each.lacks != "0")
    then = "its targets carry it there" if found.carried else "its targets do not carry it there"
    return SectionPart(title=f"What lacks to {found.nearest}", lines=(*lines, then))


def _need(need: NeedPart) -> str:
    met = "nothing" if need.lacks_then == "0" else amount(need.lacks_then)
    then = "" if need.target is None else f", and {met} once its target is met"
    return f"{need.name}: {amount(need.lacks)} of {amount(need.need)}{then}"


def _returns(subject: Subject) -> SectionPart | None:
    """What the partner's targets bring where returns diminish, such as a fund."""
    lines = [
        f"{each.metric}: {amount(each.target)} bring {amount(each.returns)}, at most {amount(each.most)};"
        f" one more brings {amount(each.marginal, decimals=4)}"
        for each in subject.everyone.returns.get(subject.partner, ())
    ]
    return SectionPart(title="What it brings", lines=tuple(lines)) if lines else None


def _objectives(subject: Subject) -> SectionPart | None:
    """The partner's part in the key results that are read off the plan."""
    every = subject.everyone.key_results
    lines = [line for each in every if (line := _key_result(each, subject.position))]
    return SectionPart(title="Its part in objectives", lines=tuple(lines)) if lines else None


def _key_result(each: ReadKeyResult, position: int) -> str | None:
    """One line; None where nothing is asked of the partner."""
    found = each.readings.at(position)
    if found is None or found.score is None:
        return None
    due = "" if found.due_score is None else f", {amount(found.due_score, decimals=2)} due"
    reached = f"{amount(found.now)} of {amount(found.to)} {each.unit}"
    return f"{each.objective}, {each.name}: {reached}, scores {amount(found.score, decimals=2)}{due}"


SECTIONS: tuple[Section, ...] = (_firsts, _gaps, _payouts, _returns, _objectives)
"""In the order of the page: firsts, what lacks to the next tier, payout, fund, objectives."""


def sections_of(subject: Subject) -> tuple[SectionPart, ...]:
    """What the sections know about the subject."""
    return tuple(part for section in SECTIONS if (part := section(subject)) is not None)
