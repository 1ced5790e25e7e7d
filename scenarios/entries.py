"""Targets and rules as they were written, with the changes of every variant applied."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from scenarios.fields import validate
from scenarios.findings import Place, Report, did_you_mean
from scenarios.folder import Folder
from scenarios.forms import RuleFileForm
from scenarios.layers import Layer, overlay, place_of
from scenarios.scenario import Entry, Library, Metric
from scenarios.shown import shown
from scenarios.source import MAX_BYTES, List, Map, parse_yaml
from scenarios.words import flaw

_SHIPPED = "library:"


class Entries:
    """Targets and rules by name, in order, while the layers of a scenario are applied to them."""

    def __init__(self, folder: Folder, library: Library, report: Report) -> None:
        self._folder = folder
        self._library = library
        self._report = report
        self._found: dict[str, Entry] = {}

    @property
    def targets(self) -> tuple[Entry, ...]:
        """The targets, in order."""
        return tuple(entry for entry in self._found.values() if entry.origin == "target")

    @property
    def rules(self) -> tuple[Entry, ...]:
        """The rules, in order."""
        return tuple(entry for entry in self._found.values() if entry.origin == "rule")

    def apply(self, layer: Layer) -> None:
        """Read what the layer lists, then leave out, change and add what it says."""
        if "targets" in layer.data:
            self._replace("target")
            self._add_all(layer.data["targets"], "target")
        if "rules" in layer.data:
            self._replace("rule")
            self._read_files(layer)
        self._remove(layer.raw.get("remove"))
        self._change(layer.raw.get("change"))
        self._add_all(layer.raw.get("add"), "rule")

    def _replace(self, origin: Literal["target", "rule"]) -> None:
        self._found = {name: entry for name, entry in self._found.items() if entry.origin != origin}

    def _add_all(self, items: object, origin: Literal["target", "rule"]) -> None:
        if isinstance(items, List):
            for item, place in zip(items, items.places, strict=True):
                self._add(item, place, origin)

    def _add(self, item: object, place: Place, origin: Literal["target", "rule"]) -> None:
        if not isinstance(item, Map):
            remedy = "Write name: and the fields of its kind."
            self._report.error("wrong-type", place, f"a {origin} is not a mapping", remedy)
            return
        name = self._name(item, origin)
        if name is None:
            return
        if name in self._found:
            first = self._found[name].place
            said = f"{shown(name)} is defined at {first} already"
            self._report.error("duplicate-name", item.value_places["name"], said, "Rename one of them.")
            return
        data = item.copy()
        data.put("name", name, item.places["name"], item.value_places["name"])
        self._found[name] = Entry(name, data, place, origin)

    def _name(self, item: Map, origin: str) -> str | None:
        written = item.get("name")
        if written is None:
            self._report.error("missing-field", item.place, f"a {origin} has no name", "Add name.")
            return None
        name = str(written)
        wrong = "is no text" if isinstance(written, Map | List) else flaw(name)
        if wrong:
            place = item.value_places["name"]
            self._report.error(
                "bad-name", place, f"the name of a {origin} {wrong}", "Write plain visible text."
            )
            return None
        return name

    def _remove(self, names: object) -> None:
        if isinstance(names, List):
            for name, place in zip(names, names.places, strict=True):
                if known := self._known(str(name), place):
                    del self._found[known]

    def _change(self, changes: object) -> None:
        if not isinstance(changes, Map):
            return
        for written, fields in changes.items():
            name = self._known(written, changes.places[written])
            if name is None or not isinstance(fields, Map):
                continue
            entry = self._found[name]
            self._check_removed(entry, fields)
            self._found[name] = Entry(name, overlay(entry.data, fields), entry.place, entry.origin)

    def _check_removed(self, entry: Entry, fields: Map) -> None:
        for key in fields:
            place = fields.places[key]
            if key == "name":
                self._report.error("unknown-field", place, "a change cannot rename", "Use remove and add.")
            elif fields[key] is None and key not in entry.data:
                remedy = f"{did_you_mean(key, entry.data)} Fields: {', '.join(entry.data)}."
                self._report.error(
                    "unknown-field", place, f"{entry.name!r} has no {shown(key)} to take away", remedy
                )

    def _known(self, written: str, place: Place) -> str | None:
        if written in self._found:
            return written
        remedy = did_you_mean(written, self._found) or "Names are those of targets and rules."
        self._report.error("unknown-name", place, f"there is no rule or target {shown(written)}", remedy)
        return None

    def _read_files(self, layer: Layer) -> None:
        listed = layer.data["rules"]
        seen = set[str]()
        if not isinstance(listed, List):
            return
        for written, place in zip(listed, listed.places, strict=True):
            found = self._find(written, layer.path.parent, place)
            if found is None:
                continue
            if found[1] in seen:
                self._report.error(
                    "duplicate-name", place, f"{shown(written)} is listed twice", "Remove one."
                )
                continue
            seen.add(found[1])
            self._read_file(*found)

    def _find(self, written: object, beside: Path, place: Place) -> tuple[Path, str] | None:
        """A rule file's path, and how findings call it."""
        if isinstance(written, str) and written.startswith(_SHIPPED):
            path = self._library(written.removeprefix(_SHIPPED))
            if path is None:
                remedy = "`cascade new --list` names the rule sets that ship."
                self._report.error("unknown-library", place, f"no rule set {shown(written)} ships", remedy)
            return None if path is None else (path, written)
        path = self._folder.find(written, beside, place, self._report)
        return None if path is None else (path, self._folder.name(path))

    def _read_file(self, path: Path, name: str) -> None:
        content = self._folder.read(path, self._report, name=name, most=MAX_BYTES)
        data = None if content is None else parse_yaml(content, self._report, name=name)
        if data is not None:
            validate(RuleFileForm, data, self._report, what="a rule file")
            self._add_all(data.get("rules"), "rule")


def check_targets(data: Map, metrics: Mapping[str, Metric], entries: Entries, report: Report) -> None:
    """Reports metrics for which nothing is to be placed."""
    named = {entry.data.get("metric") for entry in (*entries.targets, *entries.rules) if _asks(entry)}
    if not named:
        place = place_of(data, "targets")
        report.error("no-targets", place, "the scenario has no company target", "Add one under targets.")
    elif named <= metrics.keys():
        for name in metrics.keys() - named:
            said = f"nothing is to be placed for {name}"
            report.error("no-targets", metrics[name].place, said, f"Add a target with metric: {name}.")


def _asks(entry: Entry) -> bool:
    return entry.origin == "target" or entry.data.get("kind") == "company_target"
