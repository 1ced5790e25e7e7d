"""Adjustments: people's decisions on single targets, who made them, why, and until when they count."""

from datetime import date

from scenarios.findings.finding import Place, did_you_mean
from scenarios.forms import AdjustmentForm, ScenarioForm
from scenarios.read.symbols import Symbols
from scenarios.read.variants import place_of
from scenarios.scenario import Adjustment
from scenarios.tables.row_findings import MAX_NAMED
from scenarios.values.quoting import quoted
from scenarios.yaml.parse import Map


def read_adjustments(
    form: ScenarioForm, data: Map, known: Symbols, as_of: date
) -> tuple[tuple[Adjustment, ...], tuple[Adjustment, ...]]:
    """The adjustments that count on the day, one per target, and those past their day."""
    if not form.adjustments:
        return (), ()
    _check_partners(form, data, known)
    pairs = zip(form.adjustments, data["adjustments"], strict=True)
    sound = [_made(each, raw.place) for each, raw in pairs if _check(each, raw, known)]
    expired = tuple(each for each in sound if is_over(each, as_of))
    for each in expired:
        message = f"the adjustment of {each.partner} ended on {each.until} and is not applied"
        known.report.warn("expired-adjustment", each.place, message, "Remove it, or decide anew.")
    alive = [each for each in sound if not is_over(each, as_of)]
    return _one_per_target(alive, known), expired


def is_over(adjustment: Adjustment, as_of: date) -> bool:
    """Whether its last day is before the day."""
    return adjustment.until is not None and adjustment.until < as_of


def _made(form: AdjustmentForm, place: Place) -> Adjustment:
    return Adjustment(
        partner=form.partner,
        metric=form.metric,
        target=form.target,
        by=form.by,
        reason=form.reason,
        until=form.until,
        period=form.period,
        place=place,
        approved_by=form.approved_by,
        approved_on=form.approved_on,
    )


def _check(form: AdjustmentForm, raw: Map, known: Symbols) -> bool:
    """Whether partner, metric and period exist; metrics and periods that do not are reported."""
    sound = known.metric(form.metric, place_of(raw, "metric"))
    if form.period is not None:
        sound &= known.period(form.period, place_of(raw, "period"))
    return sound and known.table.position(form.partner) is not None


def _check_partners(form: ScenarioForm, data: Map, known: Symbols) -> None:
    """Reports partners that the table does not have, the first with the nearest id."""
    pairs = zip(form.adjustments, data["adjustments"], strict=True)
    unknown = [(each.partner, raw) for each, raw in pairs if known.table.position(each.partner) is None]
    for count, (partner, raw) in enumerate(unknown):
        near = did_you_mean(partner, known.table.ids.tolist()) if count < MAX_NAMED else ""
        remedy = near or f"Partners are named by {known.table.id_column}."
        message = f"no partner {quoted(partner)}"
        known.report.error("unknown-partner", place_of(raw, "partner"), message, remedy)


def _one_per_target(alive: list[Adjustment], known: Symbols) -> tuple[Adjustment, ...]:
    """A variant's adjustment takes the place of an older file's; twice in one file is a mistake."""
    chosen: dict[tuple[str, str, str | None], Adjustment] = {}
    for each in alive:
        target = (each.partner, each.metric, each.period)
        earlier = chosen.get(target)
        if earlier is not None and earlier.place.file == each.place.file:
            message = f"{each.metric} of {each.partner} is decided at {earlier.place} already"
            known.report.error("duplicate-adjustment", each.place, message, "Keep one of them.")
        chosen[target] = each
    return tuple(chosen.values())
