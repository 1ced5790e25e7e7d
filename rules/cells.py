"""Checks the cells that rules and metrics need: filled, numbers, amounts; each cell is reported once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rules.arrays import Mask
from rules.columns import Columns, Policy
from scenarios import Finding, Report
from scenarios.tables.row_findings import row_findings


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of the partner table, and where their mistakes are reported."""

    columns: Columns
    report: Report
    caps: bool = False
    """Whether they are upper limits, so that an empty one could mean that there is none."""

    def amounts(self, column: str, who: Mask, user: str, policy: Policy | None = None) -> None:
        """Reports cells of the selected partners that are empty without a policy, no numbers, or negative.

        `user` says who needs them, such as `rule 'everyone grows'`.
        """
        self.numbers(column, who, user, policy)
        below = who & (self.columns.floats(column) < 0)
        self._report(column, below, "negative-amount", "Amounts are zero or more.")

    def numbers(self, column: str, who: Mask, user: str, policy: Policy | None = None) -> None:
        """The same, where numbers may be negative."""
        self.columns.table.numbers(column, self.report)
        if not np.isnan(self.columns.floats(column)).any():
            return
        policy = policy or self.columns.missing.get(column)
        gaps = self.columns.empty(column) & who
        if policy is None:
            declare = f"declare missing: {{{column}: zero}} or tier_median."
            remedy = f"Fill it (0 means none), or {declare}"
            if self.caps:
                remedy = f"If empty means no limit, say so in the rule: empty: no_limit. Else fill it, or {declare}"
            self._report(column, gaps, "missing-value", remedy, f", and {user} uses it")
        elif policy == "tier_median" and gaps.any():
            self._check_medians(column, gaps)

    def days(self, column: str, user: str, *, who: Mask | None = None, doubted: bool = False) -> None:
        """Reports cells that hold no day, and gaps: as doubts where a comparison passes them over."""
        table = self.columns.table
        table.days(column, self.report)
        if who is not None:
            gaps = self.columns.empty(column) & who
            self._report(column, gaps, "missing-value", "Fill it.", f", and {user} uses it")
        elif doubted:
            rows = sorted(self.columns.order[self.columns.empty(column)].tolist())
            remedy = "Fill it, or say empty: false beside min and max."

            def doubt(row: int) -> Finding:
                message = f"{column} is empty for {table.ids[row]}, and {user} passes it over"
                return Finding("missing-value", table.place(row, column), message, remedy, "warning")

            for finding in row_findings(rows, doubt):
                self.report.add(finding)

    def filled(self, column: str, who: Mask, user: str) -> None:
        """Reports cells of words of the selected partners that are empty."""
        gaps = self.columns.empty(column) & who
        self._report(column, gaps, "missing-value", "Fill it.", f", and {user} uses it")

    def _check_medians(self, column: str, gaps: Mask) -> None:
        tier, names = self.columns.tiers
        known = np.bincount(tier[~self.columns.empty(column)], minlength=len(names)) > 0
        reason = ", and so it is for the whole tier, which has no median"
        remedy = "Fill it for one of them, or set missing: zero."
        self._report(column, gaps & ~known[tier], "missing-value", remedy, reason)

    def _report(self, column: str, wrong: Mask, code: str, remedy: str, reason: str = "") -> None:
        table = self.columns.table
        empty = code == "missing-value"

        def message(row: int) -> str:
            cell = "empty" if empty else f"{table.numbers(column)[row]:.15g}"
            return f"{column} is {cell} for {table.ids[row]}"

        earlier = [f.message for f in self.report.findings if f.code == code and f.message.startswith(column)]
        if any("more cells of this column" in each for each in earlier):
            return
        known = {each.partition(", and ")[0] for each in earlier}
        rows = [row for row in sorted(self.columns.order[wrong].tolist()) if message(row) not in known]
        for finding in row_findings(
            rows, lambda row: Finding(code, table.place(row, column), message(row) + reason, remedy)
        ):
            self.report.add(finding)
