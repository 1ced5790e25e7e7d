"""Metrics: what is counted, and the columns that drive each partner's fair share."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Literal

import numpy as np

from scenarios.findings import Report
from scenarios.forms import MetricForm, ScenarioForm
from scenarios.known import Known
from scenarios.layers import place_of
from scenarios.scenario import Entry, Metric, Profile
from scenarios.source import Map

_PLACES = "company_target"

TIER = "tier"
"""The column that `tier_median` goes by."""


def read_metrics(form: ScenarioForm, data: Map, known: Known) -> dict[str, Metric] | None:
    """The metrics by name; None after reporting columns that do not exist or drivers that drive nothing."""
    written = data["metrics"]
    metrics = {name: _read(name, each, form, written[name], known) for name, each in form.metrics.items()}
    _check_policies(form, data, known)
    sound = {name: metric for name, metric in metrics.items() if metric is not None}
    return sound if len(sound) == len(metrics) else None


def _read(name: str, form: MetricForm, scenario: ScenarioForm, data: Map, known: Known) -> Metric | None:
    weights = form.fair_share or ({form.baseline: Fraction(1)} if form.baseline else {})
    whole = sum(weights.values(), Fraction(0))
    if not whole:
        remedy = "Name a baseline column, or give fair_share weights above zero."
        known.report.error("no-fair-share", data.place, f"nothing drives the fair share of {name}", remedy)
        return None
    _check_sum(form, data, whole, known.report)
    phasing = _phasing(form, data, known)
    columns = [known.column(column, _column_place(column, form, data)) for column in _columns(form)]
    if not all(columns) or phasing is None:
        return None
    _check_drivers(name, form, scenario, data, known)
    shares = {column: weight / whole for column, weight in weights.items() if weight}
    place = data.place
    return Metric(name, form.unit, form.round_to, form.baseline, shares, form.missing, phasing, place)


def _columns(form: MetricForm) -> list[str]:
    return [*([form.baseline] if form.baseline else []), *(form.fair_share or {})]


def _column_place(column: str, form: MetricForm, data: Map):  # type: ignore[no-untyped-def]
    if column == form.baseline:
        return place_of(data, "baseline")
    return data["fair_share"].places.get(column, data.place)


def _check_sum(form: MetricForm, data: Map, whole: Fraction, report: Report) -> None:
    """Weights that look like percentages are meant to come to a hundred."""
    if form.fair_share and whole != 1 and max(form.fair_share.values()) < 1:
        said = f"weights of fair_share come to {float(whole * 100):g} %"
        remedy = "They are used in proportion; correct them if 100 % was meant."
        report.warn("weights-sum", place_of(data, "fair_share"), said, remedy)


def _phasing(form: MetricForm, data: Map, known: Known) -> Literal["even"] | Profile | None:
    phasing = form.phasing
    if isinstance(phasing, str):
        return phasing
    written = data["phasing"]
    columns, sound = written["columns"], True
    for period, column in phasing.columns.items():
        place = columns.places.get(period, written.place)
        sound &= known.period(period, place) and known.column(column, columns.value_places.get(period, place))
    for period in known.periods or ():
        if period not in phasing.columns:
            sound = False
            known.report.error(
                "missing-field", columns.place, f"phasing has no column for {period}", "Add it."
            )
    if phasing.by is not None:
        sound &= known.column(phasing.by, place_of(written, "by"))
    ordered = {
        period: phasing.columns[period]
        for period in known.periods or phasing.columns
        if period in phasing.columns
    }
    return Profile(ordered, phasing.by) if sound else None


def _check_drivers(name: str, form: MetricForm, scenario: ScenarioForm, data: Map, known: Known) -> None:
    """Drivers hold amounts, not all zero; empty cells have a policy."""
    for column in form.fair_share or [form.baseline]:
        policy = form.missing or scenario.missing.get(str(column))
        values = known.amounts(str(column), f"fair_share of {name}", policy)
        if not np.nansum(values) > 0:
            place = _column_place(str(column), form, data)
            remedy = "Choose a column that holds amounts."
            known.report.error("no-fair-share", place, f"{column} is zero for every partner", remedy)


def _check_policies(form: ScenarioForm, data: Map, known: Known) -> None:
    """Policies are for columns that exist, and medians need tiers."""
    for column in form.missing:
        known.column(column, data["missing"].places.get(column, data.place))
    medians = [
        data["metrics"][name].value_places["missing"]
        for name, metric in form.metrics.items()
        if metric.missing == "tier_median"
    ]
    medians += [
        data["missing"].value_places[c] for c, policy in form.missing.items() if policy == "tier_median"
    ]
    for place in medians:
        known.column(TIER, place)


def check_targets(data: Map, metrics: Mapping[str, Metric], entries: Iterable[Entry], report: Report) -> None:
    """Reports metrics of which nothing is to be placed."""
    asking = [entry for entry in entries if entry.origin == "target" or entry.data.get("kind") == _PLACES]
    named = {str(entry.data.get("metric")) for entry in asking}
    if not named:
        place = place_of(data, "targets")
        report.error("no-targets", place, "the scenario has no company target", "Add one under targets.")
    elif named <= metrics.keys():
        for name in metrics.keys() - named:
            said = f"nothing is to be placed for {name}"
            report.error("no-targets", metrics[name].place, said, f"Add a target with metric: {name}.")
