"""The names that a scenario may use: columns, metrics, periods; each unknown one becomes a finding."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenarios.findings.finding import Finding, Place, Report, did_you_mean
from scenarios.forms import Policy
from scenarios.partners import PartnerTable
from scenarios.tables.row_findings import row_findings
from scenarios.values.quoting import quoted


@dataclass(frozen=True, eq=False)
class Symbols:
    """What there is to refer to."""

    table: PartnerTable
    metrics: tuple[str, ...]
    periods: tuple[str, ...] | None
    """None if they could not be read."""
    report: Report

    def column(self, name: str, place: Place) -> bool:
        """Whether the partner table has the column."""
        if (why := self.table.cells.left_out.get(name)) is not None:
            self.report.error("unknown-column", place, f"no column {quoted(name)}", why)
            return False
        return self._is(name, self.table.columns, "unknown-column", "column", place)

    def metric(self, name: str, place: Place) -> bool:
        """Whether the scenario declares the metric."""
        return self._is(name, self.metrics, "unknown-metric", "metric", place)

    def period(self, name: str, place: Place) -> bool:
        """Whether the scenario declares the period."""
        return self.periods is None or self._is(name, self.periods, "unknown-period", "period", place)

    def _is(self, name: str, names: tuple[str, ...], code: str, noun: str, place: Place) -> bool:
        if name in names:
            return True
        there = f"There are: {', '.join(names[:30])}." if names else f"The scenario has no {noun}s."
        self.report.error(code, place, f"no {noun} {quoted(name)}", did_you_mean(name, names) or there)
        return False

    def amounts(self, column: str, use: str, policy: Policy | None) -> NDArray[np.float64]:
        """(partners,) the column, NaN where empty; mistakes and gaps without a policy are reported.

        `use` says who needs the column, such as `fair_share of revenue`.
        """
        values = self.values(column, use, policy)

        def finding(row: int) -> Finding:
            message = f"{column} is {values[row]:.15g} for {self.table.ids[row]}"
            return Finding(
                "negative-amount", self.table.place(row, column), message, "Amounts are zero or more."
            )

        self._report(values < 0, finding)
        return values

    def values(self, column: str, use: str, policy: Policy | None) -> NDArray[np.float64]:
        """The same, where numbers may be negative."""

        def finding(row: int) -> Finding:
            message = f"{column} is empty for {self.table.ids[row]}, and {use} uses it"
            remedy = "Fill it, or set missing: tier_median."
            return Finding("missing-value", self.table.place(row, column), message, remedy)

        if policy is None:
            self._report(self.table.empty(column), finding)
        return self.table.numbers(column, self.report)

    def words(self, column: str, use: str) -> None:
        """Reports cells of the column that are empty."""

        def finding(row: int) -> Finding:
            message = f"{column} is empty for {self.table.ids[row]}, and {use} goes by it"
            return Finding("missing-value", self.table.place(row, column), message, "Fill it.")

        self._report(self.table.empty(column), finding)

    def _report(self, wrong: NDArray[np.bool_], make: Callable[[int], Finding]) -> None:
        for finding in row_findings(np.flatnonzero(wrong).tolist(), make):
            self.report.add(finding)
