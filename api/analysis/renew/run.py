"""Renewal: a variant of the scenario that held, over a table with this period's targets and actuals in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from api.analysis.errors import InvalidRequest
from api.analysis.plan import Plan, scenario_of
from api.analysis.renew.columns import NewColumns, new_columns, table_text
from api.analysis.renew.document import RenewDocument, RenewedFile, RenewRequest
from api.analysis.renew.fields import Successors, not_renewed, renewed_metrics, renewed_parts, renewed_rules
from api.analysis.renew.next_period import next_calendar, next_name
from api.analysis.renew.stated import stated_amounts, stated_doubts
from api.analysis.standing.run import Found, find_standing
from api.output.adjustments import adjustment_parts
from api.output.findings import finding_parts
from rules.columns_used import columns_read
from rules.load import Loaded, load
from scenarios import Adjustment, Finding, Place, Scenario
from scenarios.actuals.calendar import START
from scenarios.actuals.facts import ActualsFile
from scenarios.read.parts import parts_of
from scenarios.values.rational_array import six_decimals
from scenarios.write.mapping import mapping_text

SCENARIO, TABLE = "scenario.yaml", "partners.csv"
_BEFORE = "before"
"""The folder with the files of the period before."""
_ENDED = f"{_BEFORE}/ended.yaml"


def renew(path: Path, plan: Plan, files: Sequence[ActualsFile], request: RenewRequest) -> RenewDocument:
    """The next period of the plan that the path names.

    Raises Refused for mistakes in the actuals, InvalidRequest for a period whose next cannot be named.
    """
    with scenario_of(path) as file:
        loaded = load(file)
        kept = _kept_files(loaded.scenario)
    found = find_standing(plan, files, _counted(plan, request))
    return _Renewal(plan, loaded, found, kept, request).document()


def _counted(plan: Plan, request: RenewRequest) -> RenewRequest:
    """The request with all parts over where nothing says otherwise: renewal is for a period that has ended."""
    if request.done is not None or plan.scenario.calendar is not None:
        return request
    parts = parts_of(plan.scenario.period, plan.scenario.periods)
    return request.model_copy(update={"done": parts})


def _kept_files(scenario: Scenario) -> dict[str, str]:
    """Name to text of the scenario's own YAML files, the scenario itself first."""
    names = [name for name in scenario.inputs if Path(name).suffix.lower() in (".yaml", ".yml")]
    return {name: (scenario.root / name).read_text(encoding="utf-8-sig") for name in names if ":" not in name}


class _Renewal:
    """One renewal in the making."""

    def __init__(
        self, plan: Plan, loaded: Loaded, found: Found, kept: dict[str, str], request: RenewRequest
    ) -> None:
        self._plan, self._found, self._kept = plan, found, kept
        self._scenario = loaded.scenario
        rules = loaded.book.rules
        self._ended_rules = [rule.name for rule in rules if rule.needs_past]
        self._book = replace(loaded.book, rules=tuple(rule for rule in rules if not rule.needs_past))
        self._period = request.period or _named(self._scenario)
        self._calendar = _next_calendar(self._scenario, self._period)
        self._name = request.scenario or next_name(self._scenario.name) or f"{self._scenario.name}-next"
        self._title = request.title or next_name(self._scenario.title) or self._scenario.title
        ended = self._scenario.period or self._scenario.name
        self._columns: NewColumns = new_columns(plan, found.actuals.done, ended)
        self._after = Successors.of(self._scenario, self._columns)
        self._metrics = renewed_metrics(self._scenario, self._after)
        self._rules = renewed_rules(self._book, self._scenario, self._columns)
        self._staying = tuple(each for each in self._scenario.adjustments if self._stays(each))

    def document(self) -> RenewDocument:
        scenario, read = self._scenario, columns_read(self._scenario, self._book)
        unchanged = not_renewed(self._book, read, self._after)
        doubts = stated_doubts(scenario, self._book, unchanged)
        ended = [each for each in scenario.adjustments if each not in self._staying]
        return RenewDocument(
            scenario=self._name,
            title=self._title,
            period=self._period,
            previous=scenario.name,
            as_of=self._found.actuals.day,
            calendar=self._calendar,
            columns=tuple(each.part for each in self._columns.columns),
            renewed=tuple(renewed_parts(scenario, self._metrics, self._rules)),
            kept_adjustments=adjustment_parts(replace(scenario, adjustments=self._staying, expired=())),
            ended_adjustments=adjustment_parts(replace(scenario, adjustments=tuple(ended))),
            left_out=(*self._ended_blocks(), *self._ended_rules),
            stated=tuple(stated_amounts(scenario, self._book)),
            unchanged=unchanged,
            by_others=self._by_others(),
            findings=finding_parts((*self._found.findings, *self._doubts(), *doubts)),
            files=(
                RenewedFile(name=SCENARIO, content=self._next_text()),
                RenewedFile(
                    name=TABLE,
                    content=table_text(scenario.table, self._plan.frame.columns.ids, self._columns, read),
                ),
                RenewedFile(name=_ENDED, content=self._ended_text()),
                *(RenewedFile(name=f"{_BEFORE}/{name}", content=text) for name, text in self._kept.items()),
            ),
        )

    def _stays(self, adjustment: Adjustment) -> bool:
        """Whether a decision is about the next period, too: it says how long it counts, and counts then."""
        begins = self._calendar[START] if self._calendar else self._found.actuals.day
        return adjustment.until is not None and adjustment.until >= begins

    def _ended_blocks(self) -> Iterator[str]:
        """Blocks of the scenario about one period alone."""
        given = {
            "replan": self._scenario.past,
            "actuals": self._scenario.actuals,
            "objectives": self._scenario.objectives,
        }
        yield from (name for name, block in given.items() if block is not None)

    def _by_others(self) -> dict[str, str]:
        sums: dict[str, Fraction] = {}
        metrics = tuple(self._plan.frame.metrics)
        for each in self._found.actuals.unassigned:
            sums[metrics[each.metric]] = sums.get(metrics[each.metric], Fraction(0)) + each.amount
        return {name: six_decimals(amount) for name, amount in sums.items()}

    def _doubts(self) -> Iterator[Finding]:
        """The period may not be over."""
        parts = parts_of(self._scenario.period, self._scenario.periods)
        running = [part for part, over in zip(parts, self._found.actuals.over, strict=True) if over < 1]
        if running:
            verb = "is" if len(running) == 1 else "are"
            message = f"{', '.join(running)} {verb} not over on {self._found.actuals.day}"
            remedy = "What is not done yet is missing from the next baseline: renew again once all is."
            yield Finding("period-not-over", Place(next(iter(self._kept))), message, remedy, "warning")

    def _next_text(self) -> str:
        fields: dict[str, Any] = {
            "scenario": self._name,
            "title": self._title,
            "period": self._period,
            "extends": _ENDED,
            "partners": {"file": TABLE, "separator": ",", "decimal": ".", "encoding": "utf-8"},
            "partner_id": self._scenario.table.id_column,
            "metrics": self._metrics,
            "calendar": self._calendar,
            "change": self._rules,
            "adjustments": [_adjustment_fields(each) for each in self._staying],
        }
        given = {name: value for name, value in fields.items() if value or name == "adjustments"}
        return f"# Made by `cascade renew`: what differs from {self._scenario.name}.\n{mapping_text(given)}"

    def _ended_text(self) -> str:
        fields: dict[str, Any] = {"extends": next(iter(self._kept)), "adjustments": None, "sheet": None}
        fields |= dict.fromkeys(self._ended_blocks())
        if self._ended_rules:
            fields["remove"] = self._ended_rules
        return f"# What ended with {self._scenario.name}.\n{mapping_text(fields)}"


def _next_calendar(scenario: Scenario, period: str) -> dict[str, date] | None:
    """The days of the next period; what is not divided is called by it. None where there is no calendar."""
    if scenario.calendar is None:
        return None
    days = next_calendar(scenario.calendar)
    return days if scenario.periods else {START: days[START], period: max(days.values())}


def _named(scenario: Scenario) -> str:
    """What the next period is called. Raises InvalidRequest where it cannot be found."""
    found = next_name(scenario.period)
    if found is None:
        problem = f"{scenario.period} names no year" if scenario.period else "the scenario names no period"
        raise InvalidRequest("period", f"{problem}: say what the next period is called.")
    return found


def _adjustment_fields(each: Adjustment) -> dict[str, Any]:
    fields = {
        "partner": each.partner,
        "metric": each.metric,
        "target": each.target,
        "by": each.by,
        "reason": each.reason,
        "until": each.until,
        "period": each.period,
        "approved_by": each.approved_by,
        "approved_on": each.approved_on,
    }
    return {name: value for name, value in fields.items() if value is not None}
