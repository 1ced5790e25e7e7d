"""Pricing overrides: one solve with all of them, and one for each alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

from api.analysis.adjust.document import AdjustDocument, AdjustRequest, OverridePart
from api.analysis.adjust.overrides import Override, read_overrides
from api.analysis.errors import InvalidRequest
from api.analysis.price import price
from api.analysis.solve import allocation_of
from api.output.findings import finding_parts
from api.output.partner_names import PartnerNames
from api.output.progress import Progress, silent
from rules import read_book
from rules.load import Loaded
from rules.read import doubt_adjustments
from scenarios import Adjustment, Finding, Place, Refused, Report, Scenario, did_you_mean
from scenarios.read.adjustments import is_over
from scenarios.values.quoting import quoted
from scenarios.values.rational_array import decimal_text
from solver import Allocation, allocate


def adjustments_of(
    overrides: Sequence[Override], scenario: Scenario, by: str, as_of: date | None, report: Report
) -> tuple[Adjustment, ...]:
    """The overrides as adjustments of the scenario.

    Those it has no target for, decides twice, or that end before `as_of` (today if left out), are reported.
    """
    sound = [each for each in overrides if _known(each, scenario, report)]
    seen: dict[tuple[str, str, str | None], Override] = {}
    for each in sound:
        first = seen.setdefault((each.partner, each.metric, each.period), each)
        if first is not each:
            message = f"{each.metric} of {each.partner} is decided at {first.place} already"
            report.error("duplicate-adjustment", each.place, message, "Keep one of them.")
    decided = tuple(
        Adjustment(
            partner=each.partner, metric=each.metric, target=each.target, by=by, reason=each.reason,
            until=each.until, period=each.period, place=each.place,
        )
        for each in seen.values()
    )  # fmt: skip
    for decision in decided:
        if is_over(decision, as_of or date.today()):
            message = f"the override of {decision.partner} would end on {decision.until}, which is over"
            report.error("bad-date", decision.place, message, "Write a later day, or none.")
    return decided


def _known(override: Override, scenario: Scenario, report: Report) -> bool:
    """Whether the scenario has the target that is decided."""
    if scenario.table.position(override.partner) is None:
        near = did_you_mean(override.partner, scenario.table.ids.tolist())
        remedy = near or "Is this the workbook of another scenario?"
        report.error("unknown-partner", override.place, f"no partner {quoted(override.partner)}", remedy)
        return False
    if override.metric not in scenario.metrics:
        remedy = f"There are: {', '.join(scenario.metrics)}."
        report.error("unknown-metric", override.place, f"no metric {quoted(override.metric)}", remedy)
        return False
    if override.period is not None and override.period not in scenario.periods:
        remedy = (
            f"There are: {', '.join(scenario.periods)}." if scenario.periods else "The scenario has none."
        )
        report.error("unknown-period", override.place, f"no period {quoted(override.period)}", remedy)
        return False
    past = scenario.past
    return past is None or not past.refuse_over(override.period, override.place, report)


def adjust_asked(loaded: Loaded, request: AdjustRequest, progress: Progress = silent) -> AdjustDocument:
    """What the overrides in the request come to. Raises Refused for what the scenario has no target for."""
    report = Report()
    asked = [
        Override(
            each.partner, each.metric, each.period, Fraction(each.target), each.reason, each.until,
            Place(f"overrides[{number}]"),
        )
        for number, each in enumerate(request.overrides)
    ]  # fmt: skip
    decided = adjustments_of(asked, loaded.scenario, request.by, request.as_of, report)
    report.stop_on_errors()
    return adjust(loaded, decided, request, progress)


def adjust_from(
    loaded: Loaded, workbook: Path, request: AdjustRequest, progress: Progress = silent
) -> AdjustDocument:
    """What the overrides in a workbook come to. Raises Refused for mistakes in it."""
    decided, findings = decided_in(workbook, loaded, request.by, request.as_of)
    document = adjust(loaded, decided, request, progress)
    return document.model_copy(update={"findings": finding_parts(findings)})


def decided_in(
    workbook: Path, loaded: Loaded, by: str, as_of: date | None = None
) -> tuple[tuple[Adjustment, ...], tuple[Finding, ...]]:
    """The overrides of a workbook as adjustments of the scenario, and the doubts. Raises Refused for mistakes.

    `as_of` is the day on which they must count, today if left out.
    """
    report, name = Report(), str(workbook)
    report.register(name)
    try:
        content = workbook.read_bytes()
    except OSError as error:
        report.error("missing-file", Place(name), f"cannot be read: {error.strerror}")
        raise Refused(report.findings) from None
    found = adjustments_of(read_overrides(content, report, name=name), loaded.scenario, by, as_of, report)
    report.stop_on_errors()
    doubt_adjustments(found, loaded.book.frame, report)
    return found, report.findings


def adjust(
    loaded: Loaded,
    adjustments: Sequence[Adjustment],
    request: AdjustRequest,
    progress: Progress = silent,
) -> AdjustDocument:
    """What the adjustments come to, against the scenario as it is.

    Raises InvalidRequest where the scenario has no targets to change, Refused where it cannot take them.
    """
    scenario = loaded.scenario
    before = allocation_of(loaded)
    if before.state != "succeeded":
        raise InvalidRequest("", f"{scenario.name} has no targets to override: it is {before.state}")
    parts, names = [], PartnerNames.of_table(scenario.table)
    for number, each in enumerate(adjustments):
        progress("override", number / (len(adjustments) + 1))
        parts.append(_priced_alone(before, each, names))
    together = price(before, with_them(scenario, adjustments), names) if adjustments else None
    return AdjustDocument(
        scenario=scenario.name,
        title=scenario.title,
        by=request.by,
        overrides=tuple(parts),
        together=together,
        findings=(),
    )


def with_them(scenario: Scenario, adjustments: Sequence[Adjustment]) -> Allocation:
    """The allocation under these adjustments beside the scenario's own; they take the place of older ones.

    Raises Refused where the scenario cannot take them.
    """
    report = Report()
    decided = {(each.partner, each.metric, each.period) for each in adjustments}
    kept = [a for a in scenario.adjustments if (a.partner, a.metric, a.period) not in decided]
    adjusted = replace(scenario, adjustments=(*kept, *adjustments))
    book = read_book(adjusted, report)
    report.stop_on_errors()
    assert book is not None, "a scenario without errors has its rules"
    return allocate(adjusted, book)


def _priced_alone(before: Allocation, adjustment: Adjustment, names: PartnerNames) -> OverridePart:
    scenario = before.scenario
    now = target_of(before, adjustment)
    older = next(
        (
            a for a in scenario.adjustments
            if (a.partner, a.metric, a.period) == (adjustment.partner, adjustment.metric, adjustment.period)
        ),
        None,
    )  # fmt: skip
    return OverridePart(
        **names.of(adjustment.partner),
        metric=adjustment.metric,
        period=adjustment.period,
        unit=scenario.metrics[adjustment.metric].unit,
        target_before=decimal_text(now),
        target=decimal_text(adjustment.target),
        change=decimal_text(adjustment.target - now),
        reason=adjustment.reason,
        until=adjustment.until,
        file=adjustment.place.file,
        cell=adjustment.place.cell or "",
        replaces=f"{older.by}: {older.reason}" if older else None,
        alone=price(before, with_them(scenario, [adjustment]), names),
    )


def target_of(allocation: Allocation, adjustment: Adjustment) -> Fraction:
    """The target that is decided anew; a partner's year where no period is named."""
    frame = allocation.frame
    cells = frame.cells(adjustment.metric)[:, frame.columns.ids.index(adjustment.partner)]
    if adjustment.period is not None:
        cells = cells[[frame.periods.index(adjustment.period)]]
    return allocation.target[cells].sum()
