"""The conflict, as a planner reads it: which rules clash, by how much, for whom, and what makes peace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import click

from api.outputs.layout import aligned, amount, counted, wrapped
from solver import Conflict, Conflicts
from solver.repair import Repair

_NAMED = 5
_REPAIRS = 5


def conflict_lines(conflicts: Conflicts, *, columns: int | None = None) -> Iterator[str]:
    """The lines to print, headings styled, sentences wrapped to so many columns."""
    first, *others = conflicts.each
    yield _head("These rules cannot all hold")
    yield from _clash(first, columns)
    for conflict in others:
        yield _head("That settled, these cannot either")
        yield from _clash(conflict, columns)
    yield from _peace(conflicts, columns)
    yield f"found by {' and '.join(first.confirmed_by)}"


def _head(text: str) -> str:
    return click.style(text, bold=True)


def _clash(conflict: Conflict, columns: int | None) -> Iterator[str]:
    yield from aligned(
        (str(party.place), party.rule, party.kind, _alone(party.lacking, party.unit))
        for party in conflict.parties
    )
    for sentence in conflict.sentences:
        yield from wrapped(sentence, columns, indent=2)
    if conflict.touched:
        named = ", ".join(conflict.touched[:_NAMED])
        more = len(conflict.touched) - _NAMED
        rest = f" and {more:,} more" if more > 0 else ""
        caught = f"caught between them: {counted(len(conflict.touched), 'partner')}, {named}{rest}"
        yield from wrapped(caught, columns, indent=2)
    yield ""


def _alone(lacking: Fraction | None, unit: str) -> str:
    return "" if lacking is None else f"would have to give way by {amount(lacking)} {unit}".rstrip()


def _peace(conflicts: Conflicts, columns: int | None) -> Iterator[str]:
    """The verified repairs, cheapest first, and where none were looked for."""
    if conflicts.repairs:
        yield _head("Any one of these makes peace, verified by solving again")
        yield from _repairs(conflicts.repairs)
    if conflicts.together:
        yield _head(f"{'Or these' if conflicts.repairs else 'These'} together, verified by solving again")
        yield from _repairs(conflicts.together)
    if not conflicts.repairs and not conflicts.together:
        yield from ("No change of a single number was found that makes peace.", "")
    if conflicts.unsearched:
        said = f"Repairs by the numbers of {', '.join(conflicts.unsearched)} were not all looked for: it would take long."
        yield from wrapped(said, columns, indent=0)
        yield ""


def _repairs(repairs: Sequence[Repair]) -> Iterator[str]:
    yield from (f"  {repair.sentence}" for repair in repairs[:_REPAIRS])
    if len(repairs) > _REPAIRS:
        yield f"  and {len(repairs) - _REPAIRS:,} more, in result.json"
    yield ""
