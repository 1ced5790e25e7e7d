"""Putting a scenario together: layers merged, table read, fields checked against it."""

import os
from datetime import date
from pathlib import Path

from scenarios.decisions import read_adjustments
from scenarios.drivers import check_targets, read_metrics
from scenarios.entries import Entries
from scenarios.fields import validate_leniently
from scenarios.findings import Place, Report, did_you_mean
from scenarios.folder import Folder
from scenarios.forms import ScenarioForm
from scenarios.known import Known
from scenarios.layers import merge, place_of, read_layers
from scenarios.levels import check_levels, read_goals
from scenarios.partners import PartnerTable, parse_partners
from scenarios.rule_files import RuleFiles
from scenarios.scenario import Library, Scenario
from scenarios.source import Map
from scenarios.tables.cells import MAX_BYTES


def assemble(path: Path, report: Report, *, library: Library, as_of: date) -> Scenario | None:
    """The scenario in a file, as `read_scenario` promises it."""
    folder = Folder(path.parent)
    start = folder.root / path.name
    if not os.path.isfile(start):
        remedy = did_you_mean(path.name, [each.name for each in path.parent.glob("*.y*ml")])
        report.error("missing-file", Place(path.name), "there is no such file", remedy)
        return None
    layers = read_layers(start, folder, report)
    if layers is None:
        return None
    data = merge(layers)
    form = validate_leniently(ScenarioForm, data, report, what="scenario")
    entries = Entries(RuleFiles(folder, library, report), report)
    for layer in layers:
        entries.apply(layer)
    table = _table(data, form, folder, report)
    if form is None or table is None:
        return None
    return _scenario(form, data, table, entries, folder, report, as_of)


def _table(data: Map, form: ScenarioForm | None, folder: Folder, report: Report) -> PartnerTable | None:
    if form is None:
        return None
    place = place_of(data, "partners")
    path = folder.find(form.partners, (folder.root / place.file).parent, place, report)
    if path is None:
        return None
    name = folder.name(path)
    content = folder.read(path, report, name=name, most=MAX_BYTES)
    if content is None:
        return None
    return parse_partners(content, path.suffix, form.partner_id, report, name=name, sheet=form.sheet)


def _scenario(
    form: ScenarioForm,
    data: Map,
    table: PartnerTable,
    entries: Entries,
    folder: Folder,
    report: Report,
    as_of: date,
) -> Scenario | None:
    periods = None if _was_refused("periods", form, data) else form.periods
    known = Known(table, tuple(form.metrics), periods, report)
    metrics = read_metrics(form, data, known)
    goals = read_goals(form, data, known)
    check_levels(form, data, known)
    if metrics is None:
        return None
    if entries.are_whole:
        check_targets(data, metrics, (*entries.targets, *entries.rules), report)
    alive, expired = read_adjustments(form, data, known, as_of)
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
        cascade=tuple(form.cascade),
        over_assign=form.over_assign,
        missing=form.missing,
        inputs=dict(folder.inputs),
        root=folder.root,
    )


def _was_refused(field: str, form: ScenarioForm, data: Map) -> bool:
    """Whether the field was written but could not be used."""
    return field in data and field not in form.model_fields_set
