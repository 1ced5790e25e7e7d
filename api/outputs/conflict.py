"""The conflict, as a planner reads it: which rules clash, by how much, and whom it touches."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import click

from api.outputs.layout import aligned, amount, counted, wrapped
from solver import Conflict

_NAMED = 5


def conflict_lines(conflict: Conflict, *, columns: int | None = None) -> Iterator[str]:
    """The lines to print, the heading styled, sentences wrapped to so many columns."""
    yield click.style("These rules cannot all hold; any one of them less, and the others can.", bold=True)
    yield from aligned(
        (str(party.place), party.rule, party.kind, _alone(party.lacking, party.unit))
        for party in conflict.parties
    )
    for sentence in conflict.sentences:
        yield from wrapped(sentence, columns, indent=0)
    if conflict.touched:
        named = ", ".join(conflict.touched[:_NAMED])
        more = len(conflict.touched) - _NAMED
        rest = f" and {more:,} more" if more > 0 else ""
        yield f"Caught between them: {counted(len(conflict.touched), 'partner')}, {named}{rest}."
    if conflict.confirmed_by:
        yield f"Found by {' and '.join(conflict.confirmed_by)}."


def _alone(lacking: Fraction | None, unit: str) -> str:
    return "" if lacking is None else f"would have to give way by {amount(lacking)} {unit}".rstrip()
