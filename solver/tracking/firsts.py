"""Firsts: what a partner has reached beside its own past: at target, more than ever, run after run. Never a rank.

Showing salespeople their rank lowered sales in a randomised trial (Barankay, Wharton); so no one is compared here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class PartDone:
    """A part of the period that is over."""

    name: str
    target: Fraction
    done: Fraction

    @property
    def kept(self) -> bool:
        """Whether a target was asked and reached."""
        return 0 < self.target <= self.done


@dataclass(frozen=True)
class Record:
    """More than in any part before."""

    part: str
    done: Fraction
    before: Fraction
    """The most until then."""
    since: str
    """The part in which that was."""


@dataclass(frozen=True)
class Firsts:
    """What a partner has reached in a metric."""

    first_at_target: str | None
    """The first part of this period whose target it reached, after others that it missed; None for none."""
    best: Record | None
    """The last part that was its best until then; None where none was, or nothing before it is known."""
    longest_run: tuple[str, ...]
    """The most parts in a row whose targets it reached; of several the last."""
    run_lasts: bool
    """Whether that run goes on: its last part is the last one that is over."""


def firsts(parts: Sequence[PartDone], earlier: Iterable[tuple[str, Fraction]] = ()) -> Firsts:
    """The firsts of a partner, from the parts that are over and what it did in parts before, oldest first."""
    runs = _runs(parts)
    # max keeps the first of equals: from the end, that is the latest run.
    longest = max(reversed(runs), key=len, default=())
    return Firsts(
        first_at_target=_first(parts),
        best=_best(parts, earlier),
        longest_run=tuple(each.name for each in longest),
        run_lasts=bool(longest) and longest[-1] is parts[-1],
    )


def _first(parts: Sequence[PartDone]) -> str | None:
    kept = [number for number, part in enumerate(parts) if part.kept]
    # Only after a target that was missed: who reached all of them has no first to speak of.
    return parts[kept[0]].name if kept and any(part.target > 0 for part in parts[: kept[0]]) else None


def _best(parts: Sequence[PartDone], earlier: Iterable[tuple[str, Fraction]]) -> Record | None:
    known, found = list(earlier), None
    for part in parts:
        # A first part with nothing before it is no record: everyone would have one.
        if known:
            since, before = max(known, key=lambda one: one[1])
            found = Record(part.name, part.done, before, since) if part.done > before else found
        known.append((part.name, part.done))
    return found


def _runs(parts: Sequence[PartDone]) -> list[tuple[PartDone, ...]]:
    """The runs of parts that were kept, in order."""
    runs: list[tuple[PartDone, ...]] = []
    going = False
    for part in parts:
        if part.kept:
            runs = [*runs[:-1], (*runs[-1], part)] if going else [*runs, (part,)]
        going = part.kept
    return runs
