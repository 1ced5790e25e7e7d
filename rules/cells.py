"""Checks the cells that rules and metrics need: filled, numbers, amounts; each cell is told of once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rules.arrays import Mask
from rules.columns import Columns, Policy
from scenarios import Finding, Report
from scenarios.tables.told import told


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of the partner table, and where their mistakes are reported."""

    columns: Columns
    report: Report

    def amounts(self, column: str, who: Mask, user: str, policy: Policy | None = None) -> None:
        """Reports cells of the selected partners that are empty without a policy, no numbers, or negative.

        `user` says who needs them, such as `rule 'everyone grows'`.
        """
        self.numbers(column, who, user, policy)
        below = who & (self.columns.floats(column) < 0)
        self._tell(column, below, "negative-amount", "Amounts are zero or more.")

    def numbers(self, column: str, who: Mask, user: str, policy: Policy | None = None) -> None:
        """The same, where numbers may be negative."""
        self.columns.table.numbers(column, self.report)
        if not np.isnan(self.columns.floats(column)).any():
            return
        policy = policy or self.columns.missing.get(column)
        gaps = self.columns.empty(column) & who
        if policy is None:
            remedy = f"Fill it (0 means none), or declare missing: {{{column}: zero}} or tier_median."
            self._tell(column, gaps, "missing-value", remedy, f", and {user} uses it")
        elif policy == "tier_median" and gaps.any():
            self._check_medians(column, gaps)

    def filled(self, column: str, who: Mask, user: str) -> None:
        """Reports cells of words of the selected partners that are empty."""
        gaps = self.columns.empty(column) & who
        self._tell(column, gaps, "missing-value", "Fill it.", f", and {user} uses it")

    def _check_medians(self, column: str, gaps: Mask) -> None:
        tier, names = self.columns.tiers
        known = np.bincount(tier[~self.columns.empty(column)], minlength=len(names)) > 0
        reason = ", and so it is for the whole tier, which has no median"
        remedy = "Fill it for one of them, or set missing: zero."
        self._tell(column, gaps & ~known[tier], "missing-value", remedy, reason)

    def _tell(self, column: str, wrong: Mask, code: str, remedy: str, reason: str = "") -> None:
        table = self.columns.table
        empty = code == "missing-value"

        def message(row: int) -> str:
            cell = "empty" if empty else f"{table.numbers(column)[row]:.15g}"
            return f"{column} is {cell} for {table.ids[row]}"

        said = [f.message for f in self.report.findings if f.code == code and f.message.startswith(column)]
        if any("more cells of this column" in each for each in said):
            return
        known = {each.partition(", and ")[0] for each in said}
        rows = [row for row in sorted(self.columns.order[wrong].tolist()) if message(row) not in known]
        for finding in told(rows, lambda row: Finding(code, table.place(row), message(row) + reason, remedy)):
            self.report.add(finding)
