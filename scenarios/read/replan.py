"""Reading what a re-plan starts from: the published plan, the parts that are over, and what was done in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import numpy as np

from scenarios.actuals.actuals import Actuals, read_actuals
from scenarios.actuals.calendar import Calendar
from scenarios.actuals.facts import ActualsFile, Asked
from scenarios.actuals.past import Past
from scenarios.actuals.published import MAX_BYTES, Published, read_published, targets_in
from scenarios.findings.finding import Place, did_you_mean
from scenarios.forms import ActualsForm, ReplanForm, ScenarioForm
from scenarios.read.sandboxed_folder import Folder
from scenarios.read.symbols import Symbols
from scenarios.read.variants import place_of
from scenarios.values.quoting import quoted
from scenarios.values.rational_array import Exact
from scenarios.yaml.parse import Map

_CODE = "does-not-fit"
BESIDE = "actuals"
"""The folder beside a plan with the files of actuals about it."""


def read_replan(
    form: ScenarioForm, data: Map, known: Symbols, folder: Folder, calendar: Calendar | None, as_of: date
) -> Past | None:
    """The past of a re-plan; None where the scenario is none, or after reporting what is wrong with it."""
    if form.replan is None or known.periods is None:
        return None
    reader = _Reader(form, form.replan, data, known, folder)
    reader.check_goals()
    done = reader.done(calendar, as_of)
    published = reader.published()
    actuals = None if done is None else reader.actuals(done, calendar, as_of)
    if done is None or published is None or actuals is None:
        return None
    over = np.repeat(np.isin(np.arange(len(known.periods)), done), len(known.table))
    over = np.tile(over, len(known.metrics))
    return Past(
        known.periods,
        done,
        published.targets,
        published.known,
        actuals.done.where(over, Exact.full(len(over), 0)),
        form.replan.ahead,
        published.gone,
        tuple(each for each in actuals.unassigned if each.part in done),
        tuple(form.cascade),
    )


@dataclass(frozen=True)
class _Reader:
    form: ScenarioForm
    replan: ReplanForm
    data: Map
    known: Symbols
    folder: Folder

    def _error(self, key: str, code: str, message: str, remedy: str) -> None:
        self.known.report.error(code, place_of(self.data["replan"], key), message, remedy)

    def done(self, calendar: Calendar | None, as_of: date) -> tuple[int, ...] | None:
        """The parts that are over: those named, else those whose last day has passed."""
        periods = self.known.periods or ()
        if not periods:
            self._error("done", _CODE, "the period is not divided", "Declare periods: [Q1, Q2].")
            return None
        unknown = [part for part in self.replan.done if part not in periods]
        for part in unknown:
            there = did_you_mean(part, periods) or f"There are: {', '.join(periods)}."
            self._error("done", "unknown-period", f"no period {quoted(part)}", there)
        if unknown:
            return None
        if not self.replan.done and calendar is None:
            self._error("done", _CODE, "it is not known which parts are over", "Add done: or a calendar.")
            return None
        named = self.replan.done or tuple(p for p in periods if calendar and calendar.gone(p, as_of) == 1)
        if not named or len(set(named)) == len(periods):
            left = (
                "every part is over: nothing remains to be planned"
                if named
                else f"no part is over on {as_of}"
            )
            self._error("done", _CODE, left, "Name the parts that are over: done: [Q1].")
            return None
        return tuple(at for at, part in enumerate(periods) if part in named)

    def check_goals(self) -> None:
        """Reports goals that compare the rest with a plan of the whole period."""
        for goal, raw in zip(self.form.goals, self.data.get("goals", ()), strict=True):
            if goal.stay_close_to is not None:
                message = f"stay_close_to {goal.stay_close_to} is about the whole period, and a re-plan about the rest"
                remedy = "A re-plan stays near what was published; write goals: [] to leave the goal out."
                self.known.report.error(_CODE, raw.place, message, remedy)

    def published(self) -> Published | None:
        """The targets of the published plan."""
        found = self._content(self.replan.plan, place_of(self.data["replan"], "plan"))
        if found is None:
            return None
        name, content = found
        targets = targets_in(content, Place(name), self.known.report)
        if targets is None:
            return None
        return read_published(targets, name, self.known.report, ids=self._ids, metrics=self.known.metrics,
                              parts=self.known.periods or (), who_left=True)  # fmt: skip

    def actuals(self, done: tuple[int, ...], calendar: Calendar | None, as_of: date) -> Actuals | None:
        """What was done in the parts that are over; a later file restates an earlier one."""
        stated, periods = self.form.actuals or ActualsForm(), self.known.periods or ()
        named = self._named()
        found = [self._content(file, place) for file, place in named]
        if not named:
            remedy = "Add actuals: {file: actuals.csv}."
            self._error("plan", "missing-field", "a re-plan without actuals", remedy)
        asked = Asked(
            id_column=self.form.partner_id,
            ids=self._ids,
            metrics=self.known.metrics,
            units=tuple(metric.unit for metric in self.form.metrics.values()),
            parts=periods,
            cascade=tuple(self.form.cascade),
            calendar=None if self.replan.done else calendar,
            missing=stated.missing == "zero",
            unassigned=stated.unassigned == "keep",
        )
        options = replace(stated.options(), sheet=stated.sheet)
        files = [ActualsFile(each[1], Path(each[0]).name, each[0], options) for each in found if each]
        if not named or len(files) < len(found):
            return None
        over = [Fraction(part in done) for part in range(len(periods))]
        day = None if self.replan.done else as_of
        return read_actuals(files, asked, self.known.report, day=day, over=over)

    def _named(self) -> list[tuple[str, Place]]:
        """The files of actuals, each with the place that names it: the re-plan's, else those of the scenario."""
        listed, place = self.replan.actuals, place_of(self.data["replan"], "actuals")
        if listed:
            return [(file, place) for file in ([listed] if isinstance(listed, str) else listed)]
        if self.form.actuals is not None and self.form.actuals.file is not None:
            return [(self.form.actuals.file, place_of(self.data, "actuals"))]
        place = place_of(self.data["replan"], "plan")
        beside = (self.folder.root / place.file).parent
        folder = Path(self.replan.plan).parent / BESIDE
        return [(file, place) for file in self.folder.files_in(folder, beside)]

    @property
    def _ids(self) -> tuple[str, ...]:
        return tuple(sorted(self.known.table.ids.tolist()))

    def _content(self, file: str, place: Place) -> tuple[str, bytes] | None:
        """The name and the bytes of a file beside the scenario; None with a finding."""
        report = self.known.report
        path = self.folder.find(file, (self.folder.root / place.file).parent, place, report)
        if path is None:
            return None
        name = self.folder.name(path)
        content = self.folder.read(path, report, name=name, most=MAX_BYTES)
        return None if content is None else (name, content)
