"""The gaps to tiers: a line per tier, then per partner what it lacks and whether its target carries it there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from api.analysis.gaps.document import GapsDocument, NeedPart, PartnerGaps
from api.output.numbers import amount, percent
from api.output.text_layout import aligned, bold, cut
from api.text.conflict import conflict_lines
from api.text.explain import reach_lines

_NAME_WIDTH = 28


def gaps_lines(document: GapsDocument, *, most: int | None = None) -> Iterator[str]:
    """The lines to print, of so many partners at most."""
    yield bold(document.title or document.scenario)
    if document.conflict is not None:
        yield from conflict_lines(document.conflict)
    if document.state == "failed":
        yield f"The solve failed: {document.reason}."
    if not document.tiers:
        return
    yield from _tiers(document)
    yield ""
    if len(document.gaps) == 1:
        yield from _one(document)
    elif document.gaps:
        yield from _partners(document.gaps[:most])
        left = len(document.gaps) - len(document.gaps[:most])
        if left:
            yield f"  and {left:,} more: --most, -o FILE and --json have them"
    else:
        yield "  no partner has it as the nearest tier"


def _tiers(document: GapsDocument) -> Iterator[str]:
    head = ("tier", "needs", "partners", "short of it", "next for", "carried there")
    rows = [
        (
            each.tier,
            ", ".join(f"{name} {amount(need)}" for name, need in each.needs.items()) or "nothing",
            f"{each.partners:,}",
            f"{each.short:,}",
            f"{each.nearest:,}",
            f"{each.carried:,}",
        )
        for each in document.tiers
    ]
    yield from aligned([head, *rows], right=(2, 3, 4, 5))


def _partners(found: Sequence[PartnerGaps]) -> Iterator[str]:
    head = ("partner", "", "tier", "next", "lacks now", "once its targets are met")
    rows = [
        (
            each.partner,
            cut(each.name or "", _NAME_WIDTH),
            each.tier or "",
            each.nearest or "-",
            _missing(each, [(need.name, need.lacks) for need in each.needs]),
            _missing(each, [(need.name, need.lacks_then) for need in each.needs]),
        )
        for each in found
    ]
    yield from aligned([head, *rows])


def _missing(found: PartnerGaps, lacks: Sequence[tuple[str, str]]) -> str:
    if found.nearest is None:
        return "-"
    return ", ".join(f"{name} {amount(lack)}" for name, lack in lacks if lack != "0") or "nothing"


def _one(document: GapsDocument) -> Iterator[str]:
    found = document.gaps[0]
    yield bold(f"{found.partner} {found.name or ''}".rstrip() + f", {found.tier}")
    if found.short_of_own:
        yield f"  short of {found.tier}: {', '.join(f'{each.name} {amount(each.lacks)}' for each in found.short_of_own)}"
    if found.nearest is None:
        yield "  there is no tier above"
        return
    part = percent(found.distance or 0.0, sign=False)
    then = "carry it there" if found.carried else "do not carry it there"
    yield f"  nearest: {found.nearest}, at most {part} away; its targets {then}"
    head = ("", "needs", "has", "lacks", "target", "lacks then")
    yield from aligned([head, *map(_need, found.needs)], right=(1, 2, 3, 4, 5))
    for reach in document.what_it_takes:
        yield ""
        yield from reach_lines(found, reach)


def _need(need: NeedPart) -> tuple[str, ...]:
    return (
        f"{need.name}, {need.unit}" if need.unit and need.unit != need.name else need.name,
        amount(need.need),
        "-" if need.has is None else amount(need.has),
        amount(need.lacks),
        "-" if need.target is None else amount(need.target),
        amount(need.lacks_then),
    )
