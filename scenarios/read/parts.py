"""Reading a calendar: a last day for every part of the period, each later than the one before."""

from scenarios.actuals.calendar import START, Calendar
from scenarios.findings.finding import did_you_mean
from scenarios.forms import ScenarioForm
from scenarios.read.symbols import Symbols
from scenarios.values.quoting import quoted
from scenarios.yaml.parse import Map

_CODE = "bad-calendar"


def read_calendar(form: ScenarioForm, data: Map, known: Symbols) -> Calendar | None:
    """The calendar of a scenario; None where it has none, or after reporting what is wrong with it."""
    if form.calendar is None or known.periods is None:
        return None
    given = data["calendar"]
    parts = parts_of(form.period, known.periods)
    sound = _names_fit(form, given, parts, known)
    if START not in form.calendar:
        known.report.error(_CODE, given.place, "no first day", f"Add {START}: the first day of {parts[0]}.")
        sound = False
    if not sound:
        return None
    calendar = Calendar(form.calendar[START], {part: form.calendar[part] for part in parts})
    return calendar if _days_rise(calendar, given, known) else None


def parts_of(period: str | None, periods: tuple[str, ...]) -> tuple[str, ...]:
    """What actuals and calendars call the parts: the periods, or the whole where it is not divided."""
    return periods or (period or "whole",)


def _names_fit(form: ScenarioForm, given: Map, parts: tuple[str, ...], known: Symbols) -> bool:
    """Whether every part has its last day, and every day a part."""
    sound = True
    for name in form.calendar or {}:
        if name not in (START, *parts):
            remedy = did_you_mean(name, parts) or f"Parts: {', '.join(parts)}."
            known.report.error(_CODE, given.places[name], f"no part {quoted(name)}", remedy)
            sound = False
    for part in parts:
        if part not in (form.calendar or {}):
            known.report.error(_CODE, given.place, f"no last day of {part}", "Add it.")
            sound = False
    return sound


def _days_rise(calendar: Calendar, given: Map, known: Symbols) -> bool:
    """Whether each part has a day of its own."""
    sound = True
    for part in calendar.ends:
        first, last = calendar.days(part)
        if last < first:
            message = f"{part} ends on {last}, before its first day {first}"
            known.report.error(_CODE, given.value_places[part], message, "Write the parts' days in order.")
            sound = False
    return sound
