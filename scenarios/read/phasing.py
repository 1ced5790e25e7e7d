"""Phasing: how the whole of a metric falls into the parts of the period."""

from typing import Literal

from scenarios.forms import MetricForm, PhasingForm
from scenarios.read.symbols import Symbols
from scenarios.read.variants import place_of
from scenarios.scenario import Profile
from scenarios.yaml.parse import Map


def read_phasing(form: MetricForm, data: Map, known: Symbols) -> Literal["even"] | Profile | None:
    """The phasing of a metric, columns in the order of the periods; None with a finding."""
    phasing = form.phasing
    if isinstance(phasing, str):
        return phasing
    given = data["phasing"]
    sound = _periods_fit(phasing, given["columns"], known)
    if phasing.by is not None:
        sound &= known.column(phasing.by, place_of(given, "by"))
    if not sound:
        return None
    periods = known.periods or tuple(phasing.columns)
    return Profile({period: phasing.columns[period] for period in periods}, phasing.by)


def _periods_fit(phasing: PhasingForm, given: Map, known: Symbols) -> bool:
    """Whether every period has one column, and every column a period."""
    sound = True
    for period, column in phasing.columns.items():
        sound &= known.period(period, given.places[period])
        sound &= known.column(column, given.value_places[period])
    for period in known.periods or ():
        if period not in phasing.columns:
            sound = False
            message = f"phasing has no column for {period}"
            known.report.error("missing-field", given.place, message, "Add it.")
    return sound
