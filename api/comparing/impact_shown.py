"""The impact of new rules as people, programs and spreadsheets read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from api.comparing.document import against_document
from api.comparing.impact import Impact
from api.comparing.lines import against_lines, head, state_lines
from api.comparing.sheets import Sheet
from api.comparing.tables import moves_sheet, reasons_sheet
from api.outputs.layout import counted
from scenarios.compare import Comparison
from scenarios.exact import decimal_text


@dataclass(frozen=True, eq=False)
class Impacts:
    """What new rules do to several scenarios."""

    old: Path
    """The old rules."""
    new: Path
    """The new rules."""
    gate: Fraction | None
    """How far a target may move, as a part of what it was; None: as far as it will."""
    found: tuple[Impact, ...]
    """In the order of the scenarios."""
    not_concerned: tuple[Path, ...]
    """Scenarios that do not list the rules."""

    @property
    def tripped(self) -> bool:
        """Whether a target moves beyond the gate."""
        return any(each.over for each in self.found)


def impacts_document(impacts: Impacts) -> dict[str, Any]:
    """The impacts as JSON."""
    return {
        "old": str(impacts.old),
        "new": str(impacts.new),
        "max_move": None if impacts.gate is None else float(impacts.gate),
        "tripped": impacts.tripped,
        "scenarios": [_document(each) for each in impacts.found],
        "not_concerned": [str(path) for path in impacts.not_concerned],
    }


def _document(impact: Impact) -> dict[str, Any]:
    against = against_document(impact.against)
    name = against.pop("side")
    moved = impact.against.moves
    beyond = [] if moved is None else [{"partner": moved.partner[r], "metric": moved.metric[r],
              **({"period": moved.period[r]} if moved.period[r] else {})} for r in impact.over]  # fmt: skip
    return {
        "file": str(impact.path),
        "scenario": name,
        "before": _state(impact.before.document),
        "after": _state(impact.against.side.document),
        "beyond_the_gate": beyond,
        **against,
    }


def _state(document: Any) -> dict[str, Any]:
    return {key: document[key] for key in ("state", "reason", "conflict", "totals") if key in document}


def impacts_lines(impacts: Impacts, *, most: int) -> Iterator[str]:
    """The lines to print, scenario by scenario, the gate's answer at the end of each."""
    for impact in impacts.found:
        yield head(f"{impact.against.side.name}  ({impact.path})")
        yield from state_lines(impact.before)
        yield from state_lines(impact.against.side)
        yield from against_lines(impact.against, most=most)
        yield from _gate(impacts.gate, impact, most)
        yield ""
    for path in impacts.not_concerned:
        yield f"{path} does not list these rules"


def _gate(gate: Fraction | None, impact: Impact, most: int) -> Iterator[str]:
    moved = impact.against.moves
    if gate is None or moved is None:
        return
    yield ""
    allowed = f"{decimal_text(gate * 100, decimals=2)} %"
    if not impact.over:
        yield click.style(f"no target moves by more than {allowed} and a unit of rounding", fg="green")
        return
    names = [moved.partner[row] for row in impact.over]
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    said = f"{counted(len(names), 'target')} beyond {allowed}"
    yield click.style(f"GATE: {said}: {', '.join(names[:most])}{more}", fg="red", bold=True)


def impacts_moves(impacts: Impacts) -> Sheet:
    """Every target of every scenario, under old and new rules."""
    return moves_sheet(_as_one(impacts.found), side="scenario")


def impacts_reasons(impacts: Impacts) -> Sheet:
    """What each change of the rules moved."""
    return reasons_sheet(_as_one(impacts.found))


def _as_one(found: Sequence[Impact]) -> Comparison:
    return Comparison((), tuple(impact.against for impact in found))
