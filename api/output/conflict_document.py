"""Why rules cannot all hold, as documents have it: the rules, the arithmetic, and every verified repair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from api.output.document import Amount, Document
from api.output.partner_names import PartnerNames, PartnerPart
from scenarios.values.rational_array import decimal_text

if TYPE_CHECKING:
    from solver import Allocation, Conflict, Conflicts
    from solver.infeasible.exemption import Exemption
    from solver.infeasible.repair import Repair


class ConflictRule(Document):
    """A member of the smallest set of rules that cannot hold together."""

    rule: str
    kind: str
    reason: str
    """Why the rule is there, as its file says."""
    file: str
    line: int | None
    column: int | None
    violation: Amount | None
    """By how much its limits are passed at least if it alone gives way to the others; null for a total behind a share."""
    unit: str


class RepairPart(Document):
    """A change of one number, or partners that a rule leaves out, verified by solving again."""

    rule: str
    field: str
    from_: str = Field(alias="from")
    """The number as it is; of `where`, everybody."""
    to: str
    """What it would be; of `where`, who is left out."""
    cost: Amount
    """The least by which targets then pass the limits that the rule sets now."""
    unit: str
    affected: tuple[PartnerPart, ...]
    """The partners in those limits."""
    sentence: str


class ConcessionPart(Document):
    """What one rule gives in a combination."""

    rule: str
    amount: Amount
    unit: str


class OneConflict(Document):
    """A smallest set of hard rules that cannot all hold."""

    rules: tuple[ConflictRule, ...]
    sentences: tuple[str, ...]
    """The arithmetic in words."""
    affected: tuple[PartnerPart, ...]
    """The partners between the rules."""
    confirmed_by: tuple[str, ...]
    """The engines that found it."""
    repairs: tuple[RepairPart, ...]
    """Each settles this conflict, the others settled; of the first, each settles all."""
    combination: tuple[ConcessionPart, ...]
    """The least that several rules give together."""


class ConflictPart(OneConflict):
    """The first conflict, those that remain when it is settled, and what settles all of them."""

    alone: tuple[RepairPart, ...]
    """Each settles the first conflict, the others settled; the same as `repairs` where there are no others."""
    also: tuple[OneConflict, ...]
    """The conflicts that remain when the first is settled."""
    together: tuple[RepairPart, ...]
    """One repair for each conflict, which settle all only together."""
    unsearched: tuple[str, ...]
    """Rules whose numbers were not all looked at, because that would take long."""
    more: bool
    """Whether rules are known to be at odds even once all these are settled; `together` settles those too."""


def reasons_of(allocation: Allocation) -> dict[str, str]:
    """Rule to why it is there; of adjustments, why people decided so."""
    return {rule.name: rule.reason for rule in allocation.book.rules}


def conflict_of(allocation: Allocation, names: PartnerNames) -> ConflictPart | None:
    """The conflict of an allocation; None where its rules can hold."""
    return conflict_part(allocation.conflict, reasons_of(allocation), names) if allocation.conflict else None


def conflict_part(conflicts: Conflicts, reasons: dict[str, str], names: PartnerNames) -> ConflictPart:
    """The conflicts; `reasons` says why each rule is there. Its `repairs` settle all conflicts."""
    first, *others = conflicts.each
    units = {member.rule: member.unit for each in conflicts.each for member in each.members}
    part = _one(first, reasons, units, names)
    return ConflictPart(
        **{**_fields(part), "repairs": _repairs(conflicts.repairs, units, names)},
        alone=part.repairs,
        also=tuple(_one(each, reasons, units, names) for each in others),
        together=_repairs(conflicts.together, units, names),
        unsearched=conflicts.unsearched,
        more=conflicts.more,
    )


def _fields(part: OneConflict) -> dict[str, object]:
    return {name: getattr(part, name) for name in type(part).model_fields}


def _one(
    conflict: Conflict, reasons: dict[str, str], units: dict[str, str], names: PartnerNames
) -> OneConflict:
    return OneConflict(
        rules=tuple(
            ConflictRule(
                rule=member.rule,
                kind=member.kind,
                reason=reasons.get(member.rule, ""),
                file=member.place.file,
                line=member.place.line,
                column=member.place.column,
                violation=None if member.violation is None else decimal_text(member.violation, decimals=2),
                unit=member.unit,
            )
            for member in conflict.members
        ),
        sentences=conflict.sentences,
        affected=names.parts(conflict.affected),
        confirmed_by=conflict.confirmed_by,
        repairs=_repairs((*conflict.repairs, *conflict.exemptions), units, names),
        combination=tuple(
            ConcessionPart(rule=each.rule, amount=decimal_text(each.amount), unit=units.get(each.rule, ""))
            for each in conflict.combination
        ),
    )


def _repairs(
    repairs: tuple[Repair | Exemption, ...], units: dict[str, str], names: PartnerNames
) -> tuple[RepairPart, ...]:
    return tuple(_repair(each, units, names) for each in repairs)


def _repair(repair: Repair | Exemption, units: dict[str, str], names: PartnerNames) -> RepairPart:
    field, before, after = _change(repair)
    return RepairPart(
        rule=repair.rule,
        field=field,
        from_=before,
        to=after,
        cost=decimal_text(repair.cost, decimals=2),
        unit=units.get(repair.rule, ""),
        affected=names.parts(repair.affected),
        sentence=repair.sentence,
    )


def _change(repair: Repair | Exemption) -> tuple[str, str, str]:
    """The field, what it says, and what it would say."""
    from solver.infeasible.exemption import Exemption

    if isinstance(repair, Exemption):
        return "where", "everybody", f"not {', '.join(repair.partners)}"
    parameter = repair.parameter
    return parameter.path, parameter.text(parameter.value), parameter.text(repair.to)
