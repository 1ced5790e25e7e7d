"""The report: seconds and ratios in a table, then what is asked of us and whether it is so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.measure import Timed

NAMES = {
    "ours": "ours: rules to rounded, audited targets",
    "piqp_bare": "PIQP on the bare arrays (QP)",
    "pulp_cbc": "PuLP + CBC (LP)",
    "linopy_highs": "linopy + HiGHS (LP)",
    "cvxpy_clarabel": "cvxpy + Clarabel (QP)",
}


@dataclass
class Report:
    """What was measured, as it comes."""

    figures: dict[tuple[str, int], Timed | str] = field(default_factory=dict)
    """(peer, partners) to its time, or why it has none."""
    asked: list[tuple[str, str, bool | None]] = field(default_factory=list)
    """What must be, what is, and whether that will do; None where it was not measured."""

    def ratio(self, peer: str, to: str, partners: int) -> float | None:
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
        lines = ["| 4 metrics, hard rules | " + " | ".join(f"{size:,} partners" for size in sizes) + " |"]
        lines.append("|---|" + "--:|" * len(sizes))
        for peer, name in NAMES.items():
            lines.append(f"| {name} | " + " | ".join(self._cell(peer, size) for size in sizes) + " |")
        return "\n".join(lines)

    def _cell(self, peer: str, size: int) -> str:
        found = self.figures.get((peer, size), "left out")
        if isinstance(found, str):
            return found
        ratio = self.ratio(peer, "ours", size)
        times = "" if peer == "ours" or ratio is None else f", {ratio:.2g} × ours"
        return f"{found.cpu:.3g} s ({found.wall:.3g} s){times}"

    def verdicts(self) -> str:
        """One line for each thing asked."""
        words = {True: "met", False: "NOT MET", None: "-"}
        lines = ["| must | measured | |", "|---|--:|---|"]
        lines += [f"| {what} | {found} | {words[fine]} |" for what, found, fine in self.asked]
        return "\n".join(lines)
