"""Metrics: what is counted, and the columns that drive each partner's fair share."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from scenarios.findings.finding import Place
from scenarios.forms import MetricForm, Policy, ScenarioForm
from scenarios.read.phasing import read_phasing
from scenarios.read.symbols import Symbols
from scenarios.read.units import doubt_unit
from scenarios.read.variants import place_of
from scenarios.scenario import Metric
from scenarios.yaml.parse import Map


def read_metrics(form: ScenarioForm, data: Map, known: Symbols) -> dict[str, Metric] | None:
    """The metrics by name; None after reporting columns that do not exist or drivers that drive nothing."""
    declared = data["metrics"]
    metrics = {
        name: _Declaration(name, metric, declared[name], form.missing, known).read()
        for name, metric in form.metrics.items()
    }
    sound = {name: metric for name, metric in metrics.items() if metric is not None}
    return sound if len(sound) == len(metrics) else None


@dataclass(frozen=True)
class _Declaration:
    """A metric as it was declared."""

    name: str
    form: MetricForm
    data: Map
    policies: Mapping[str, Policy]
    known: Symbols

    def read(self) -> Metric | None:
        """The metric, its weights scaled to one; None with a finding."""
        weights = self._weights()
        whole = sum(weights.values(), Fraction(0))
        if not whole:
            message = f"nothing drives the fair share of {self.name}"
            remedy = "Name a baseline column, or give fair_share weights above zero."
            self.known.report.error("no-fair-share", self.data.place, message, remedy)
            return None
        self._check_sum(whole)
        phasing = read_phasing(self.form, self.data, self.known)
        if not self._columns_exist(weights) or phasing is None:
            return None
        self._check_drivers(weights)
        doubt_unit(self.name, self.form, self.known)
        return Metric(
            name=self.name,
            unit=self.form.unit,
            round_to=self.form.round_to,
            baseline=self.form.baseline,
            fair_share={column: weight / whole for column, weight in weights.items() if weight},
            missing=self.form.missing,
            phasing=phasing,
            place=self.data.place,
        )

    def _weights(self) -> dict[str, Fraction]:
        if self.form.fair_share is not None:
            return self.form.fair_share
        return {} if self.form.baseline is None else {self.form.baseline: Fraction(1)}

    def _place(self, driver: str) -> Place:
        """Where the driver is named."""
        weights = self.data.get("fair_share")
        return weights.places[driver] if isinstance(weights, Map) else place_of(self.data, "baseline")

    def _columns_exist(self, weights: Mapping[str, Fraction]) -> bool:
        places = {driver: self._place(driver) for driver in weights}
        if self.form.baseline is not None:
            places[self.form.baseline] = place_of(self.data, "baseline")
        found = [self.known.column(column, place) for column, place in places.items()]
        return all(found)

    def _check_sum(self, whole: Fraction) -> None:
        """Weights that look like percentages are meant to come to a hundred."""
        if self.form.fair_share and whole != 1 and max(self.form.fair_share.values()) < 1:
            message = f"weights of fair_share come to {float(whole * 100):g} %"
            remedy = "They are used in proportion; correct them if 100 % was meant."
            self.known.report.warn("weights-sum", place_of(self.data, "fair_share"), message, remedy)

    def _check_drivers(self, weights: Mapping[str, Fraction]) -> None:
        """Drivers hold amounts, not all zero; empty cells have a policy."""
        for driver in weights:
            policy = self.form.missing or self.policies.get(driver)
            values = self.known.amounts(driver, f"fair_share of {self.name}", policy)
            readable = np.array_equal(np.isnan(values), self.known.table.empty(driver))
            if readable and not np.nansum(values):
                message = f"{driver} is zero for every partner"
                remedy = "Choose a column that holds amounts."
                self.known.report.error("no-fair-share", self._place(driver), message, remedy)
