"""Responses and what each counter costs, as lines to read before it is decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from api.analysis.responses.document import OddsPart, ResponsePart, ResponsesDocument
from api.output.findings import finding_lines
from api.output.numbers import amount, counted, percent
from api.output.text_layout import bold, wrapped
from api.text.adjust import price_lines
from api.text.conflict import partner_text

_FURTHEST = 3
"""Moves that are printed for each counter; --json has all."""


def responses_lines(document: ResponsesDocument, *, columns: int | None = None) -> Iterator[str]:
    """The lines to print, wrapped to so many columns."""
    yield bold(f"{counted(len(document.responses), 'response')}: {document.title or document.scenario}")
    for each in document.responses:
        yield from _response(each, columns)
    if document.together is not None:
        yield ""
        yield bold("All counters together")
        yield from price_lines(document.together, columns)
        yield from _odds(document.odds_together)
    if document.findings:
        yield ""
        yield from finding_lines(document.findings, 20)


def _response(each: ResponsePart, columns: int | None) -> Iterator[str]:
    yield ""
    when = f" in {each.period}" if each.period else ""
    words = f"{each.says} by {each.by}{f' on {each.on}' if each.on else ''}"
    reason = f": {each.reason}" if each.reason else ""
    line = f"{partner_text(each)}, {each.metric}{when}: {_asked(each)}, {words}{reason}"
    yield from wrapped(line, columns, indent=0)
    if each.alone is not None:
        yield from price_lines(each.alone, columns, moves=_FURTHEST)
        yield from _odds(each.odds)


def _asked(each: ResponsePart) -> str:
    now = f"{amount(each.target_before)} {each.unit}"
    if each.target is None or each.change is None:
        return now
    return f"{amount(each.target_before)} to {amount(each.target)} {each.unit} ({amount(each.change, sign=True)})"


def _odds(odds: Mapping[str, OddsPart]) -> Iterator[str]:
    for metric, found in odds.items():
        if found.before is None or found.after is None:
            yield f"  The past is too short for the odds of {metric}."
        else:
            was, now = (percent(each, sign=False) for each in (found.before, found.after))
            yield f"  The odds that the company meets its {metric} go from {was} to {now}."
