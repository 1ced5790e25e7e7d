"""Metrics: what is counted, and the columns that drive each partner's fair share."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from scenarios.findings.finding import Place
from scenarios.forms import MetricForm, Policy, ScenarioForm
from scenarios.read.phasing import read_phasing
from scenarios.read.symbols import Symbols
from scenarios.read.variants import place_of
from scenarios.scenario import Metric
from scenarios.tables.headings import currency_of, scale_of
from scenarios.tables.number_style import is_other_currency
from scenarios.values.quoting import quoted
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
        self._check_currency()
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

    def _check_currency(self) -> None:
        """Amounts of the baseline bear the sign of the metric's currency, where they bear one."""
        table, column = self.known.table, self.form.baseline
        if column is None:
            return
        heading = table.options.columns.get(column, column)
        scale = scale_of(heading)
        if scale is not None and scale_of(self.form.unit) is None:
            message = f"the heading {quoted(heading)} says {scale}, and its numbers are read as they stand"
            remedy = f"Say so in the unit of {self.name}, such as thousand {self.form.unit}, or multiply the column."
            place = Place(table.name, table.cells.header_line)
            self.known.report.warn("ambiguous-number", place, message, remedy)
        from_format = table.cells.currencies.get(table.cells.letters_of(table.columns.index(column)) or "")
        signs = table.figures(column).currencies or tuple(filter(None, [from_format or currency_of(heading)]))
        for sign in signs if len(signs) == 1 else ():
            if is_other_currency(sign, self.form.unit):
                message = f"{column} holds amounts in {sign}, and {self.name} is counted in {self.form.unit}"
                place = Place(table.name, table.cells.header_line)
                self.known.report.warn("mixed-currency", place, message, "Convert them, or correct the unit.")

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
