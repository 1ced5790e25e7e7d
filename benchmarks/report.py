"""The report: seconds and ratios in a table, then what is asked of us and whether it is so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.measure import Timed

NAMES = {
    "ours": "ours: rules to rounded, audited targets",
    "piqp_bare": "PIQP on the bare arrays (QP)",
    "pulp_cbc": "PuLP + CBC (LP)",
    "linopy_highs": "linopy + HiGHS (LP)",
    "cvxpy_clarabel": "cvxpy + Clarabel (QP)",
}
ELASTIC = {
    "ours_elastic": "ours: exact rows to unrounded targets, each priority proved",
    "ours": "ours: rules to rounded, audited targets",
    "cvxpy_clarabel_elastic": "cvxpy + Clarabel (a QP for each priority)",
    "linopy_highs_elastic": "linopy + HiGHS (an LP for each priority)",
    "pulp_cbc_elastic": "PuLP + CBC (an LP for each priority)",
}


@dataclass
class Report:
    """What was measured, as it comes."""

    figures: dict[tuple[str, int | str], Timed | str] = field(default_factory=dict)
    """(peer, partners or the name of an instance) to its time, or why it has none."""
    asked: list[tuple[str, str, bool | None]] = field(default_factory=list)
    """What must be, what is, and whether that will do; None where it was not measured."""

    def ratio(self, peer: str, to: str, partners: int | str) -> float | None:
        """The first peer's processor time by the second's."""
        one, other = self.figures.get((peer, partners)), self.figures.get((to, partners))
        return one.cpu / other.cpu if isinstance(one, Timed) and isinstance(other, Timed) else None

    def must(
        self,
        what: str,
        found: float | None,
        *,
        least: float | None = None,
        most: float | None = None,
        unit: str = "",
    ) -> None:
        """Notes whether a figure keeps within what is asked."""
        if found is None:
            self.asked.append((what, "not measured", None))
            return
        fine = (least is None or found >= least) and (most is None or found <= most)
        self.asked.append((what, f"{found:.3g}{unit}", fine))

    def table(self, sizes: Sequence[int]) -> str:
        """Peers down, sizes across: seconds of processor (of clock), and the ratio to ours."""
        return self._table(
            "4 metrics, hard rules", NAMES, {size: f"{size:,} partners" for size in sizes}, "ours"
        )

    def elastic_table(self, instances: Mapping[str, str]) -> str:
        """The same for rules of several priorities; ratios are to our stages alone."""
        return self._table("4 metrics, elastic rules", ELASTIC, instances, "ours_elastic")

    def _table(self, title: str, names: Mapping[str, str], columns: Mapping[Any, str], ours: str) -> str:
        lines = [f"| {title} | " + " | ".join(columns.values()) + " |", "|---|" + "--:|" * len(columns)]
        for peer, name in names.items():
            lines.append(f"| {name} | " + " | ".join(self._cell(peer, each, ours) for each in columns) + " |")
        return "\n".join(lines)

    def _cell(self, peer: str, column: int | str, ours: str) -> str:
        found = self.figures.get((peer, column), "left out")
        if isinstance(found, str):
            return found
        ratio = self.ratio(peer, ours, column)
        times = "" if peer == ours or ratio is None else f", {ratio:.2g} × ours"
        return f"{found.cpu:.3g} s ({found.wall:.3g} s){times}"

    def verdicts(self) -> str:
        """One line for each thing asked."""
        words = {True: "met", False: "NOT MET", None: "-"}
        lines = ["| must | measured | |", "|---|--:|---|"]
        lines += [f"| {what} | {found} | {words[fine]} |" for what, found, fine in self.asked]
        return "\n".join(lines)
