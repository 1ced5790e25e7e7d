"""Phasing: how the whole of a metric falls into the parts of the period."""

from typing import Literal

from scenarios.forms import MetricForm, PhasingForm
from scenarios.known import Known
from scenarios.layers import place_of
from scenarios.scenario import Profile
from scenarios.source import Map


def read_phasing(form: MetricForm, data: Map, known: Known) -> Literal["even"] | Profile | None:
    """The phasing of a metric, columns in the order of the periods; None with a finding."""
    phasing = form.phasing
    if isinstance(phasing, str):
        return phasing
    written = data["phasing"]
    sound = _periods_fit(phasing, written["columns"], known)
    if phasing.by is not None:
        sound &= known.column(phasing.by, place_of(written, "by"))
    if not sound:
        return None
    periods = known.periods or tuple(phasing.columns)
    return Profile({period: phasing.columns[period] for period in periods}, phasing.by)


def _periods_fit(phasing: PhasingForm, written: Map, known: Known) -> bool:
    """Whether every period has one column, and every column a period."""
    sound = True
    for period, column in phasing.columns.items():
        sound &= known.period(period, written.places[period])
        sound &= known.column(column, written.value_places[period])
    for period in known.periods or ():
        if period not in phasing.columns:
            sound = False
            said = f"phasing has no column for {period}"
            known.report.error("missing-field", written.place, said, "Add it.")
    return sound
