"""Key results as the plan knows them: which targets and actuals each is read off, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rules.arrays import Mask
from rules.cell_index import REST, CellIndex
from rules.check import place_of
from rules.read import read_rule
from rules.rule import Rule
from rules.selected import selected
from scenarios import Entry, Finding, Place, Report, Scenario
from scenarios.findings.finding import did_you_mean
from scenarios.objectives import BASELINE, Commitment, KeyResultForm, ObjectiveForm
from scenarios.read.references import COMPANY, PARTNER
from scenarios.values.quoting import quoted
from scenarios.yaml.parse import Map

_PERCENT = "%"
_MOST_OBJECTIVES, _FEWEST, _MOST_RESULTS = 5, 3, 5
"""What the literature recommends: three to five objectives, each with about three key results (re:Work)."""


@dataclass(frozen=True, eq=False)
class Measure:
    """The part of a plan that a key result is read off."""

    metric: str
    who: Mask
    """(partners,)"""
    parts: tuple[int, ...]
    """The parts of the period, by number."""
    from_baseline: bool
    """Whether it starts where its partners were before, rather than at zero."""

    @property
    def is_of_all(self) -> bool:
        """Whether it is about every partner, so that what others did counts, too."""
        return bool(self.who.all())


@dataclass(frozen=True, eq=False)
class KeyResult:
    """How an objective is measured."""

    form: KeyResultForm
    place: Place
    measure: Measure | None
    """None where it states its own numbers."""
    kind: Commitment
    is_percent: bool
    """Whether its own numbers are written as percentages."""

    @property
    def name(self) -> str:
        """What it is called."""
        return self.form.name


@dataclass(frozen=True, eq=False)
class Objective:
    """What is to be reached."""

    form: ObjectiveForm
    place: Place
    key_results: tuple[KeyResult, ...]

    @property
    def name(self) -> str:
        """What it is called."""
        return self.form.name


def read_objectives(scenario: Scenario, frame: CellIndex, report: Report) -> tuple[Objective, ...]:
    """The objectives of a scenario; what is wrong with them is reported."""
    if scenario.objectives is None:
        return ()
    data = scenario.objectives.data["objectives"]
    pairs = list(zip(scenario.objectives.form.objectives, data, strict=True))
    _check_names([(form.name, raw) for form, raw in pairs], "objective", report)
    return tuple(_Reader(scenario, frame, report, form, raw).objective() for form, raw in pairs)


def _check_names(named: Sequence[tuple[str, Map]], noun: str, report: Report) -> None:
    for at, (name, raw) in enumerate(named):
        if name in [before for before, _ in named[:at]]:
            message = f"an {noun} is called {quoted(name)} already"
            report.error("duplicate-name", raw.value_places["name"], message, "Rename one.")


@dataclass(frozen=True)
class _Reader:
    scenario: Scenario
    frame: CellIndex
    report: Report
    form: ObjectiveForm
    data: Map

    def objective(self) -> Objective:
        """The objective, with the key results that are sound."""
        self._check_cascade()
        parts = self._parts()
        pairs = list(zip(self.form.key_results, self.data["key_results"], strict=True))
        _check_names([(form.name, raw) for form, raw in pairs], "key result", self.report)
        found = [self._key_result(form, raw, parts) for form, raw in pairs]
        return Objective(self.form, self.data.place, tuple(each for each in found if each is not None))

    def _check_cascade(self) -> None:
        known, cascade = self.frame.columns.table.columns, self.form.cascade
        for at, level in enumerate(cascade):
            place = self.data["cascade"].places[at]
            if level in cascade[:at] or level == COMPANY:
                message = f"{quoted(level)} is a level already"
                self.report.error("duplicate-name", place, message, "Leave it out.")
            elif level == PARTNER and at < len(cascade) - 1:
                message = "partner is not the last level"
                self.report.error("bad-value", place, message, "Write it last.")
            elif level != PARTNER and level not in known:
                there = did_you_mean(level, known) or f"There are: {', '.join(known[:30])}."
                self.report.error("unknown-column", place, f"no column {quoted(level)}", there)

    def _parts(self) -> tuple[int, ...]:
        """The parts of the period that it is about, by number."""
        period, parts = self.form.period, self.frame.periods
        if period is None or period == self.scenario.period:
            return tuple(range(self.frame.parts))
        if period in parts:
            return (parts.index(period),)
        known = (*([self.scenario.period] if self.scenario.period else []), *parts)
        there = did_you_mean(period, known) or f"There are: {', '.join(known)}."
        place = self.data.value_places["period"]
        self.report.error("unknown-period", place, f"no period {quoted(period)}", there)
        return ()

    def _key_result(self, form: KeyResultForm, data: Map, parts: tuple[int, ...]) -> KeyResult | None:
        entry = Entry(form.name, data, data.place, "rule")
        measure = None
        if form.of is not None and (measure := self._measure(form, entry, parts)) is None:
            return None
        kind = form.kind or self.form.kind
        return KeyResult(form, data.place, measure, kind, is_percent=_is_percent(data))

    def _measure(self, form: KeyResultForm, entry: Entry, parts: tuple[int, ...]) -> Measure | None:
        rule, who = self._rule(form.of or "", entry), selected(form.where, entry, self.frame, self.report)
        if rule is None or who is None:
            return None
        if rule.metric is None:
            self._refuse(entry, f"{quoted(rule.name)} speaks of no single metric")
            return None
        spoken = self._spoken(rule, entry, parts)
        who = who & rule.who(self.frame)
        if not who.any():
            self._refuse(entry, f"{quoted(rule.name)} speaks of no partner there", code="where-nobody")
            return None
        starts = form.from_ == BASELINE
        if starts and self.frame.metrics[rule.metric].baseline is None:
            place = place_of(entry, ("from",))
            remedy = f"Add baseline: COLUMN to metric {rule.metric}, or leave from out."
            self.report.error("missing-field", place, f"{rule.metric} has no baseline", remedy)
        return Measure(rule.metric, who, spoken, starts)

    def _rule(self, name: str, entry: Entry) -> Rule | None:
        """The target or rule of this name; None after reporting that there is none, or if it has mistakes itself."""
        entries = {each.name: each for each in (*self.scenario.targets, *self.scenario.rules)}
        if name not in entries:
            remedy = did_you_mean(name, entries) or f"There are: {', '.join(list(entries)[:30])}."
            place = place_of(entry, ("of",))
            self.report.error("unknown-name", place, f"no target or rule {quoted(name)}", remedy)
            return None
        rule = read_rule(entries[name], tuple(self.scenario.metrics), Report())
        known = self.frame.columns.table.columns
        columns = {condition.column for _, condition in rule.where.all_conditions()} if rule else set()
        return rule if columns <= {*known} else None

    def _spoken(self, rule: Rule, entry: Entry, parts: tuple[int, ...]) -> tuple[int, ...]:
        """The parts that both speak of."""
        if rule.period == REST and REST not in self.frame.periods:
            self._refuse(entry, f"{quoted(rule.name)} is about the rest of the period")
            return parts
        own = rule.parts(self.frame)
        if any(part not in self.frame.periods for part in own):
            return parts  # the rule's own mistake
        both = tuple(at for at in parts if not own or self.frame.periods[at] in own)
        if parts and not both:
            self._refuse(entry, f"{quoted(rule.name)} is about {', '.join(own)} alone")
        return both

    def _refuse(self, entry: Entry, message: str, code: str = "does-not-fit") -> None:
        place = place_of(entry, ("of",))
        self.report.error(code, place, message, "Name another target or rule, or correct where and period.")


def _is_percent(data: Map) -> bool:
    """Whether a number of it is written with a percent sign."""
    own = [data.get(key) for key in ("from", "to", "now")]
    return any(isinstance(each, str) and each.strip().endswith(_PERCENT) for each in own)


def objective_doubts(objectives: Sequence[Objective], frame: CellIndex) -> Iterator[Finding]:
    """Doubts about objectives that can be scored all the same."""
    if len(objectives) > _MOST_OBJECTIVES:
        message = f"{len(objectives)} objectives: attention is for {_MOST_OBJECTIVES} at most"
        yield _doubt("many-objectives", objectives[0].place, message, "Keep those that matter most.")
    for objective in objectives:
        count = len(objective.form.key_results)
        if not _FEWEST <= count <= _MOST_RESULTS:
            code = "few-key-results" if count < _FEWEST else "many-key-results"
            message = f"{quoted(objective.name)} has {count} key results"
            yield _doubt(code, objective.place, message, f"Write {_FEWEST} to {_MOST_RESULTS}.")
        for each in objective.key_results:
            yield from _result_doubts(each, frame)


def _result_doubts(each: KeyResult, frame: CellIndex) -> Iterator[Finding]:
    if each.form.weight == 0:
        message = f"{quoted(each.name)} has weight 0 and counts for nothing"
        yield _doubt("no-weight", each.place, message, "Give it a weight, or remove it.")
    measure = each.measure
    if measure and frame.metrics[measure.metric].unit == _PERCENT and measure.who.sum() > 1:
        message = f"{quoted(each.name)} adds up {measure.metric} of several partners, which is a percentage"
        remedy = "Count what it is a rate of: 85 % of 350 renewals is 298."
        yield _doubt("rate-summed", each.place, message, remedy)


def _doubt(code: str, place: Place, message: str, remedy: str) -> Finding:
    return Finding(code, place, message, remedy, "warning")
