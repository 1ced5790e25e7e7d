"""Overrides from a filled workbook: priced, or turned into adjustments of a stored scenario."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.analysis.adjust.decide import Decided, decide
from api.analysis.answer import Question, answer
from api.db.tables.scenarios import ENTRY
from api.processes.pool import ANALYSE
from api.processes.work_process import TooMuch
from api.resources.scenarios.draft import refusal
from api.resources.scenarios.uploads import laid_out
from api.web.context import caller, service
from api.web.problems import HttpProblem, retry_after

_WORKBOOK = "overrides.xlsx"
"""How findings call the workbook, which came without a name."""


def price(files: Mapping[str, bytes], workbook: bytes, by: str) -> str:
    """The document of `cascade adjust --json` for the scenario in these files; raises HttpProblem."""
    name = _free(files)
    question = Question("adjust", {"by": by}, scenarios=(ENTRY,), workbook=name)
    found = _in_analyst(answer, {**files, name: workbook}, question)
    if found.findings:
        raise refusal(found.findings, files)
    if found.text is None:
        raise HttpProblem("infeasible", "; ".join(one.message for one in found.mistakes))
    return str(found.text)


def decided(files: Mapping[str, bytes], workbook: bytes, by: str) -> Decided:
    """The adjustments of the workbook, with which the rules can hold; raises HttpProblem."""
    name = _free(files)
    found: Decided = _in_analyst(decide, {**files, name: workbook}, name, by)
    if any(finding.severity == "error" for finding in found.findings):
        raise refusal(found.findings, files)
    if found.state != "succeeded":
        raise HttpProblem("infeasible", f"{found.reason} Nothing was written.")
    if not found.adjustments:
        raise HttpProblem("invalid", "No override is filled in.")
    return found


def _in_analyst(work: Any, files: Mapping[str, bytes], *arguments: Any) -> Any:
    """What the work answers, called with a folder of the files in a process of its own; raises HttpProblem."""
    with service().wait_slots.slot(caller().org_id) as room, laid_out(files) as (folder, _):
        if not room:
            raise retry_after("busy", "Too many analyses are under way already.", 5)
        try:
            return service().pool.call(ANALYSE, caller().org_id, work, folder, *arguments)
        except TooMuch as fault:
            raise HttpProblem("too-long", str(fault)) from None


def _free(files: Mapping[str, bytes]) -> str:
    """A name for the workbook that no file of the scenario has."""
    name = _WORKBOOK
    while name in files:
        name = f"filled {name}"
    return name
