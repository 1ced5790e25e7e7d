"""The numbers of a scenario: a heading per rule, a line per number."""

from __future__ import annotations

from collections.abc import Iterator

from api.analysis.numbers import NumbersDocument, RuleNumbers
from api.output.text_layout import bold


def numbers_lines(found: NumbersDocument) -> Iterator[str]:
    """The lines to print."""
    yield bold(f"{found.title or found.scenario}")
    for rule in found.rules:
        yield ""
        yield from _rule(rule)


def _rule(rule: RuleNumbers) -> Iterator[str]:
    metric = f" of {rule.metric}" if rule.metric else ""
    priority = "must hold" if rule.priority is None else f"priority {rule.priority}"
    yield f"{bold(rule.rule)}  {rule.kind}{metric}, {priority}"
    yield f"  {rule.sentence}"
    if rule.reason:
        yield f"  {rule.reason}"
    for number in rule.numbers:
        yield f"  {number.field} = {number.as_text}"
