"""Putting a scenario together: layers merged, rules and table read, fields checked against them."""

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from scenarios.decisions import read_adjustments
from scenarios.drivers import read_metrics
from scenarios.entries import Entries
from scenarios.fields import validate_leniently
from scenarios.findings import Place, Report, did_you_mean
from scenarios.folder import Folder
from scenarios.forms import ScenarioForm
from scenarios.goals import read_goals
from scenarios.known import Known
from scenarios.layers import Layer, merge, place_of, read_layers
from scenarios.partners import PartnerTable, parse_partners
from scenarios.references import check_references, check_targets
from scenarios.rule_files import RuleFiles
from scenarios.scenario import Library, Scenario
from scenarios.source import Map
from scenarios.tables.cells import MAX_BYTES


def assemble(path: Path, report: Report, *, library: Library, as_of: date) -> Scenario | None:
    """The scenario in a file, as `read_scenario` promises it."""
    folder = Folder(path.parent)
    start = folder.root / path.name
    if not os.path.isfile(start):
        near = did_you_mean(path.name, [each.name for each in folder.root.glob("*.y*ml")])
        report.error("missing-file", Place(path.name), "there is no such file", near)
        return None
    layers = read_layers(start, folder, report)
    return None if layers is None else _Assembly(folder, library, as_of, report).scenario(layers)


@dataclass(frozen=True)
class _Assembly:
    """What reading a scenario needs at every step."""

    folder: Folder
    library: Library
    as_of: date
    report: Report

    def scenario(self, layers: list[Layer]) -> Scenario | None:
        """The scenario that the layers come to."""
        data = merge(layers)
        form = validate_leniently(ScenarioForm, data, self.report, what="scenario")
        entries = Entries(RuleFiles(self.folder, self.library, self.report), self.report)
        for layer in layers:
            entries.apply(layer)
        table = None if form is None else self._table(form, place_of(data, "partners"))
        return None if form is None or table is None else self._checked(form, data, table, entries)

    def _table(self, form: ScenarioForm, place: Place) -> PartnerTable | None:
        path = self.folder.find(form.partners, (self.folder.root / place.file).parent, place, self.report)
        if path is None:
            return None
        name = self.folder.name(path)
        content = self.folder.read(path, self.report, name=name, most=MAX_BYTES)
        if content is None:
            return None
        return parse_partners(content, path.suffix, form.partner_id, self.report, name=name, sheet=form.sheet)

    def _checked(
        self, form: ScenarioForm, data: Map, table: PartnerTable, entries: Entries
    ) -> Scenario | None:
        """The scenario, if its metrics can be made out; whatever names what is not there is reported."""
        periods = None if "periods" in data and "periods" not in form.model_fields_set else form.periods
        known = Known(table, tuple(form.metrics), periods, self.report)
        metrics = read_metrics(form, data, known)
        goals = read_goals(form, data, known)
        alive, expired = read_adjustments(form, data, known, self.as_of)
        check_references(form, data, known)
        if metrics is None:
            return None
        if entries.are_whole:
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
            inputs=dict(self.folder.inputs),
            root=self.folder.root,
        )
