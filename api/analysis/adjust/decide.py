"""Overrides decided: the adjustments of a workbook, once it is sure that the rules can hold with them."""

from __future__ import annotations

from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

from api.analysis.adjust.run import decided_in, with_them
from rules.load import load
from scenarios import Adjustment, Finding, Refused


@dataclass(frozen=True)
class Decided:
    """What a workbook decides, or why it cannot."""

    adjustments: tuple[Adjustment, ...] = ()
    findings: tuple[Finding, ...] = ()
    """Mistakes in the workbook or the scenario, else doubts about what is filled in."""
    state: str = "succeeded"
    """Of the solve with all of them: succeeded, infeasible or failed."""
    reason: str = ""
    """Why it has no targets."""


def decide(folder: Path, workbook: str, by: str) -> Decided:
    """What a workbook in the folder decides about the folder's scenario.

    The folder is the process's while it works, so nothing else may run in it.
    """
    try:
        with chdir(folder):
            loaded = load(Path("scenario.yaml"))
            adjustments, findings = decided_in(Path(workbook), loaded, by)
            if not adjustments:
                return Decided(findings=findings)
            after = with_them(loaded.scenario, adjustments)
    except Refused as refused:
        return Decided(findings=refused.findings, state="failed")
    reason = "; ".join(after.conflict.sentences) if after.conflict else after.reason
    return Decided(adjustments, findings, after.state, reason)
