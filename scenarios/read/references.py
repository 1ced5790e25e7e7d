"""Fields of a scenario that name one another: levels, paddings, periods, policies, targets."""

from collections.abc import Iterable, Mapping

from scenarios.findings.finding import Report
from scenarios.forms import ScenarioForm
from scenarios.read.symbols import Symbols
from scenarios.read.variants import place_of
from scenarios.scenario import Entry, Metric
from scenarios.yaml.parse import Map

COMPANY, PARTNER = "company", "partner"
"""The first and the last level of every cascade."""
TIER = "tier"
"""The column that `tier_median` goes by."""

_PLACES = "company_target"


def check_references(form: ScenarioForm, data: Map, known: Symbols) -> None:
    """Reports levels, paddings, periods and policies that name what is not there, or name it twice."""
    _check_cascade(form, data, known)
    _check_over_assign(form, data, known)
    _check_periods(form, data, known)
    _check_policies(form, data, known)


def _check_cascade(form: ScenarioForm, data: Map, known: Symbols) -> None:
    for at, level in enumerate(form.cascade):
        place = data["cascade"].places[at]
        if level in (COMPANY, PARTNER):
            message = f"{level!r} is a level of every cascade"
            known.report.error("duplicate-name", place, message, "Leave it out, or rename the column.")
        elif level in form.cascade[:at]:
            known.report.error("duplicate-name", place, f"{level!r} is a level already", "List it once.")
        elif level not in form.shares and known.column(level, place):
            known.words(level, "the cascade")


def _check_over_assign(form: ScenarioForm, data: Map, known: Symbols) -> None:
    levels = (*form.cascade, PARTNER)
    for level in form.over_assign:
        if level not in levels:
            place, remedy = data["over_assign"].places[level], f"Levels: {', '.join(levels)}."
            known.report.error("unknown-name", place, f"{level!r} is no level of the cascade", remedy)


def _check_periods(form: ScenarioForm, data: Map, known: Symbols) -> None:
    for at, period in enumerate(form.periods):
        if period in form.periods[:at]:
            place = data["periods"].places[at]
            known.report.error("duplicate-name", place, f"{period!r} is a period already", "List it once.")


def _check_policies(form: ScenarioForm, data: Map, known: Symbols) -> None:
    """Policies are for columns that exist, and medians need tiers."""
    for column, policy in form.missing.items():
        known.column(column, data["missing"].places[column])
        if policy == "tier_median":
            known.column(TIER, data["missing"].value_places[column])
    for name, metric in form.metrics.items():
        if metric.missing == "tier_median":
            known.column(TIER, data["metrics"][name].value_places["missing"])


def check_targets(data: Map, metrics: Mapping[str, Metric], entries: Iterable[Entry], report: Report) -> None:
    """Reports metrics of which nothing is to be placed."""
    asking = [entry for entry in entries if entry.origin == "target" or entry.data.get("kind") == _PLACES]
    named = {str(entry.data.get("metric")) for entry in asking}
    if not named:
        place = place_of(data, "targets")
        report.error("no-targets", place, "the scenario has no company target", "Add one under targets.")
    elif named <= metrics.keys():
        for name in metrics.keys() - named:
            message = f"nothing is to be placed for {name}"
            report.error("no-targets", metrics[name].place, message, f"Add a target with metric: {name}.")
