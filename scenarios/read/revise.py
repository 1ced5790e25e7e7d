"""Revising: a scenario that was read, under a variant of it that only changes fields of targets and rules."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from scenarios.findings.finding import Report
from scenarios.findings.validate import Form, validate_leniently
from scenarios.forms import VariantForm
from scenarios.read.entries import change_entries
from scenarios.scenario import Entry, Scenario
from scenarios.values.names import Name, Note
from scenarios.yaml.parse import Map, parse_yaml

_HEADING = ("scenario", "title")
_DIFFERENCE = ("extends", "change")
_KEPT = ("kind", "metric")
"""Fields of an entry that decide what else must be read again."""


class _Heading(Form):
    scenario: Name
    title: Note


def revise(scenario: Scenario, content: bytes, name: str) -> Scenario | None:
    """The scenario that the variant in a file called `name` comes to, as reading both files would give it.

    What stays is the same object. None where the variant says more than changes, or has mistakes: read the files then.
    """
    report = Report()
    data = parse_yaml(content, report, name=name)
    if data is None or sorted(data) != sorted((*_HEADING, *_DIFFERENCE)):
        return None
    heading = validate_leniently(_Heading, _part(data, _HEADING), report, what="scenario")
    variant = validate_leniently(VariantForm, _part(data, _DIFFERENCE), report, what="scenario")
    if heading is None or variant is None or report.findings:
        return None
    entries = {entry.name: entry for entry in (*scenario.targets, *scenario.rules)}
    changes = data["change"]
    changed = change_entries(entries, changes, report)
    follows = variant.extends == next(iter(scenario.inputs), None) and changes.keys() <= entries.keys()
    if report.findings or not follows or not _only_fields(entries, changed):
        return None
    return replace(
        scenario,
        name=heading.scenario,
        title=heading.title or heading.scenario,
        targets=tuple(changed[entry.name] for entry in scenario.targets),
        rules=tuple(changed[entry.name] for entry in scenario.rules),
        inputs={name: sha256(content).hexdigest(), **scenario.inputs},
    )


def _part(data: Map, keys: tuple[str, ...]) -> Map:
    part = Map(data.place)
    for key in keys:
        part.take(key, data)
    return part


def _only_fields(before: dict[str, Entry], after: dict[str, Entry]) -> bool:
    """Whether each entry is still of its kind and metric."""
    return all(
        entry is before[name] or all(entry.data.get(key) == before[name].data.get(key) for key in _KEPT)
        for name, entry in after.items()
    )
