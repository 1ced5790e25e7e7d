"""The impact of new rules, scenario by scenario, with the gate's answer at the end of each."""

from __future__ import annotations

from collections.abc import Iterator

from api.analysis.impact.document import ImpactDocument, ScenarioImpact
from api.output.numbers import amount, counted
from api.output.text_layout import bold, green, red
from api.text.compare import against_lines, state_lines
from api.text.conflict import partner_text


def impact_lines(document: ImpactDocument, *, most: int) -> Iterator[str]:
    """The lines to print."""
    for each in document.scenarios:
        yield bold(f"{each.scenario}  ({each.file})")
        yield from state_lines(each.before)
        yield from state_lines(each.after)
        yield from against_lines(each.moved, most=most)
        yield from _gate(document.max_move, each, most)
        yield ""
    for file in document.not_concerned:
        yield f"{file} does not list these rules"


def _gate(max_move: float | None, found: ScenarioImpact, most: int) -> Iterator[str]:
    if max_move is None or not found.moved.comparable:
        return
    yield ""
    allowed = f"{amount(round(max_move * 100, 9))} %"
    if not found.beyond_the_gate:
        yield green(f"no target moves by more than {allowed} and a unit of rounding")
        return
    beyond = found.beyond_the_gate
    names = ", ".join(partner_text(each) for each in beyond[:most])
    more = f" and {len(beyond) - most:,} more" if len(beyond) > most else ""
    yield red(f"GATE: {counted(len(beyond), 'target')} beyond {allowed}: {names}{more}")
