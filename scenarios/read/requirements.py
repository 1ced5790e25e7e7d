"""Requirements: what a partner needs for each tier, from the lowest tier to the highest."""

import numpy as np

from scenarios.findings.finding import Finding, did_you_mean
from scenarios.forms import ScenarioForm
from scenarios.read.references import TIER
from scenarios.read.symbols import Symbols
from scenarios.scenario import Requirement
from scenarios.tables.row_findings import row_findings
from scenarios.values.quoting import quoted
from scenarios.yaml.parse import Map

_USE = "a requirement"


def read_requirements(form: ScenarioForm, data: Map, known: Symbols) -> tuple[Requirement, ...]:
    """The requirements in order; tiers that are listed twice or nowhere, and unknown names are reported."""
    if not form.requirements:
        return ()
    found: list[Requirement] = []
    for given, raw in zip(form.requirements, data["requirements"], strict=True):
        if given.tier in [each.tier for each in found]:
            message = f"the tier {quoted(given.tier)} is listed already"
            known.report.error("duplicate-name", raw.place, message, "List it once.")
        for name in given.needs:
            _check_need(name, raw["needs"], form, known)
        found.append(Requirement(given.tier, given.needs))
    if known.column(TIER, data.places["requirements"]):
        _check_tiers([each.tier for each in found], known)
    return tuple(found)


def _check_need(name: str, raw: Map, form: ScenarioForm, known: Symbols) -> None:
    if name in known.metrics:
        return
    names = (*known.metrics, *known.table.columns)
    if name not in known.table.columns:
        message = f"no metric and no column {quoted(name)}"
        known.report.error("unknown-column", raw.places[name], message, did_you_mean(name, names))
        return
    known.amounts(name, _USE, form.missing.get(name))


def _check_tiers(tiers: list[str], known: Symbols) -> None:
    """Reports partners of tiers that are not listed."""
    stated = known.table.text(TIER)

    def finding(row: int) -> Finding:
        place, word = known.table.place(row, TIER), str(stated[row])
        message = f"tier is {quoted(word)} for {known.table.ids[row]}, and requirements do not list it"
        return Finding("unknown-name", place, message, f"There are: {', '.join(tiers)}.")

    for each in row_findings(np.flatnonzero(~np.isin(stated.astype(str), tiers)).tolist(), finding):
        known.report.add(each)
