"""A conflict: which rules cannot all hold, by how much, for whom, and what settles it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from api.output.conflict_document import ConcessionPart, ConflictPart, OneConflict, RepairPart
from api.output.numbers import amount, counted, whole
from api.output.partner_names import PartnerPart
from api.output.text_layout import aligned, bold, wrapped

_NAMED = 5
"""How many partners a terminal names; --json has all."""
_REPAIRS = 5
"""How many repairs it shows."""

_MORE = "Once these are settled, more rules are at odds: people mend what they read first."


def conflict_lines(conflict: ConflictPart, *, columns: int | None = None) -> Iterator[str]:
    """The lines to print, sentences wrapped to so many columns."""
    yield bold("These rules cannot all hold")
    yield from _one(conflict, conflict.alone if conflict.also else (), columns)
    for other in conflict.also:
        yield bold("Once that is settled, these cannot either")
        yield from _one(other, other.repairs, columns)
    if conflict.more:
        yield from (*wrapped(_MORE, columns, indent=0), "")
    yield from _settled_by(conflict, columns)
    yield f"found by {' and '.join(conflict.confirmed_by)}"


def _one(conflict: OneConflict, repairs: Sequence[RepairPart], columns: int | None) -> Iterator[str]:
    yield from aligned(
        (
            ":".join(str(part) for part in (rule.file, rule.line, rule.column) if part is not None),
            rule.rule,
            rule.kind,
            _violation(rule.violation, rule.unit),
        )
        for rule in conflict.rules
    )
    for rule in conflict.rules:
        if rule.reason:
            yield from wrapped(f"{rule.rule}: {rule.reason}", columns, indent=4)
    for sentence in conflict.sentences:
        yield from wrapped(sentence, columns, indent=2)
    if conflict.affected:
        yield from wrapped(f"affected: {_partners(conflict.affected)}", columns, indent=2)
    if len(conflict.combination) > 1:
        yield from wrapped(f"the least together: {_combination(conflict.combination)}", columns, indent=2)
    if repairs:
        yield "  settled, the others apart, by any one of"
        yield from (f"  {line}" for line in _repair_lines(repairs))
    yield ""


def _violation(violation: str | None, unit: str) -> str:
    return "" if violation is None else f"would have to give way by {whole(violation)} {unit}".rstrip()


def _partners(partners: Sequence[PartnerPart]) -> str:
    named = ", ".join(partner_text(each) for each in partners[:_NAMED])
    more = len(partners) - _NAMED
    return f"{counted(len(partners), 'partner')}, {named}{f' and {more:,} more' if more > 0 else ''}"


def partner_text(partner: PartnerPart) -> str:
    """P0042 (Northwind, Gold): the id, and what is known besides."""
    known = ", ".join(part for part in (partner.name, partner.tier) if part)
    return f"{partner.partner} ({known})" if known else partner.partner


def _combination(found: Sequence[ConcessionPart]) -> str:
    return ", ".join(f"{each.rule} by {amount(each.amount)} {each.unit}".rstrip() for each in found)


def _settled_by(conflict: ConflictPart, columns: int | None) -> Iterator[str]:
    """The verified repairs, cheapest first, and where none were looked for."""
    if conflict.repairs:
        yield bold("Any one of these settles it, verified by solving again")
        yield from _repairs(conflict.repairs)
    if conflict.together:
        yield bold(f"{'Or these' if conflict.repairs else 'These'} together, verified by solving again")
        yield from _repairs(conflict.together)
    if not conflict.repairs and not conflict.together:
        yield from ("No change of a single number was found that settles it.", "")
    if conflict.unsearched:
        names = ", ".join(conflict.unsearched)
        text = f"Repairs by the numbers of {names} were not all looked for: it would take long."
        yield from (*wrapped(text, columns, indent=0), "")


def _repairs(repairs: Sequence[RepairPart]) -> Iterator[str]:
    yield from (*_repair_lines(repairs), "")


def _repair_lines(repairs: Sequence[RepairPart]) -> Iterator[str]:
    yield from aligned((repair.sentence, _cost(repair)) for repair in repairs[:_REPAIRS])
    if len(repairs) > _REPAIRS:
        yield f"  and {len(repairs) - _REPAIRS:,} more; --json has all"


def _cost(repair: RepairPart) -> str:
    cost = f"targets pass the limit by {amount(repair.cost)} {repair.unit}".rstrip()
    return f"{cost}, {counted(len(repair.affected), 'partner')}" if repair.affected else cost
