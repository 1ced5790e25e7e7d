"""Reading a scenario: layers merged, rules and table read, fields checked against them."""

import os
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

from scenarios.findings.finding import Place, Report, did_you_mean
from scenarios.findings.validate import validate_leniently
from scenarios.forms import PartnersForm, ScenarioForm
from scenarios.incentives import IncentivesForm
from scenarios.objectives import ObjectivesForm
from scenarios.partners import PartnerTable, parse_partners
from scenarios.read.adjustments import read_adjustments
from scenarios.read.declared import read_declared
from scenarios.read.entries import Entries
from scenarios.read.goals import read_goals
from scenarios.read.metrics import read_metrics
from scenarios.read.parts import read_calendar
from scenarios.read.references import check_references, check_targets
from scenarios.read.requirements import read_requirements
from scenarios.read.rule_files import RuleFiles
from scenarios.read.sandboxed_folder import Folder
from scenarios.read.shares import check_shares
from scenarios.read.symbols import Symbols
from scenarios.read.variants import Layer, merge, place_of, read_layers
from scenarios.scenario import Library, Scenario
from scenarios.tables.cells import MAX_BYTES, Unreadable
from scenarios.tables.outside import (
    CODE,
    QUERY_NAME,
    STREAM,
    STREAM_NAME,
    Outside,
    ending_of_stream,
)
from scenarios.yaml.parse import Map


def read_scenario(
    path: Path,
    report: Report,
    *,
    library: Library | None = None,
    as_of: date | None = None,
    outside: Outside | None = None,
) -> Scenario | None:
    """The scenario in a file, variants applied, checked against its partner table.

    Mistakes go to the report. A scenario is still returned where its rules can be looked at, so that
    one reading reports all mistakes; nothing may be solved while `report.has_errors`. None if the
    partners or metrics could not be made out. `library` finds shipped rule sets; adjustments count
    up to `as_of`, today if left out. `outside` gives tables that are no files; left out, they are refused.
    """
    folder = Folder(path.parent)
    start = folder.root / path.name
    if not os.path.isfile(start):
        near = did_you_mean(path.name, [each.name for each in folder.root.glob("*.y*ml")])
        report.error("missing-file", Place(path.name), "there is no such file", near)
        return None
    layers = read_layers(start, folder, report)
    if layers is None:
        return None
    assembly = Assembly(folder, library or (lambda _: None), as_of or date.today(), report, outside)
    return assembly.scenario(layers)


@dataclass(frozen=True)
class Assembly:
    """What reading a scenario needs at every step."""

    folder: Folder
    library: Library
    as_of: date
    report: Report
    outside: Outside | None = None

    def scenario(self, layers: list[Layer], table: PartnerTable | None = None) -> Scenario | None:
        """The scenario that the layers come to, on the table given or else the one that they name."""
        data = merge(layers)
        form = validate_leniently(ScenarioForm, data, self.report, what="scenario")
        entries = Entries(RuleFiles(self.folder, self.library, self.report), self.report)
        for layer in layers:
            entries.apply(layer)
        if table is None and form is not None:
            table = self._table(form, place_of(data, "partners"))
        return None if form is None or table is None else self._checked(form, data, table, entries)

    def _table(self, form: ScenarioForm, place: Place) -> PartnerTable | None:
        chosen = form.table
        found = self._file(chosen, place) if _is_file(chosen) else self._from_outside(chosen, place)
        if found is None:
            return None
        name, content = found
        return parse_partners(
            content,
            name,
            form.partner_id,
            self.report,
            name=name,
            sheet=chosen.sheet,
            options=chosen.options(),
        )

    def _file(self, chosen: PartnersForm, place: Place) -> tuple[str, bytes] | None:
        """Name and content of the table's file; None after reporting why there is none."""
        path = self.folder.find(chosen.file, (self.folder.root / place.file).parent, place, self.report)
        if path is None:
            return None
        name = self.folder.name(path)
        content = self.folder.read(path, self.report, name=name, most=MAX_BYTES)
        return None if content is None else (name, content)

    def _from_outside(self, chosen: PartnersForm, place: Place) -> tuple[str, bytes] | None:
        """The same for a query or standard input."""
        try:
            if self.outside is None:
                remedy = (
                    "Export the table and name its file; the command line reads databases and standard input."
                )
                raise Unreadable(CODE, "a table from a database or standard input is not read here", remedy)
            if chosen.sql is not None:
                name, content = QUERY_NAME, self.outside.query(chosen.sql, chosen.url or "")
            else:
                content = self.outside.stream()
                name = f"{STREAM_NAME}{ending_of_stream(content)}"
        except Unreadable as error:
            self.report.error(error.code, place, error.message, error.remedy)
            return None
        self.folder.inputs[name] = sha256(content).hexdigest()
        self.folder.snapshots[name] = content
        return name, content

    def _checked(
        self, form: ScenarioForm, data: Map, table: PartnerTable, entries: Entries
    ) -> Scenario | None:
        """The scenario, if its metrics can be made out; whatever names what is not there is reported."""
        periods = None if "periods" in data and "periods" not in form.model_fields_set else form.periods
        known = Symbols(table, tuple(form.metrics), periods, self.report)
        metrics = read_metrics(form, data, known)
        goals = read_goals(form, data, known)
        requirements = read_requirements(form, data, known)
        alive, expired = read_adjustments(form, data, known, self.as_of)
        calendar = read_calendar(form, data, known)
        past = None
        if form.replan is not None:
            from scenarios.read.replan import read_replan  # few scenarios plan the rest of a period

            past = read_replan(form, data, known, self.folder, calendar, self.as_of)
        objectives = read_declared(
            "objectives", form.objectives, ObjectivesForm, data, self.folder, self.report
        )
        incentives = read_declared(
            "incentives", form.incentives, IncentivesForm, data, self.folder, self.report
        )
        check_references(form, data, known)
        check_shares(form, data, known)
        if metrics is None:
            return None
        if entries.are_complete:
            check_targets(data, metrics, (*entries.targets, *entries.rules), self.report)
        return Scenario(
            name=form.scenario,
            title=form.title or form.scenario,
            period=form.period or "",
            periods=form.periods,
            table=table,
            metrics=metrics,
            targets=entries.targets,
            rules=entries.rules,
            adjustments=alive,
            expired=expired,
            goals=goals,
            cascade=form.cascade,
            over_assign=form.over_assign,
            missing=form.missing,
            shares=form.shares,
            inputs=dict(self.folder.inputs),
            root=self.folder.root,
            calendar=calendar,
            actuals=form.actuals,
            past=past,
            requirements=requirements,
            track=form.track,
            objectives=objectives,
            incentives=incentives,
            snapshots=dict(self.folder.snapshots),
        )


def _is_file(chosen: PartnersForm) -> bool:
    return chosen.sql is None and chosen.file != STREAM
