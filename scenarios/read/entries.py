"""Targets and rules as they were written, with the changes of every variant applied."""

from collections.abc import Mapping

from scenarios.findings.finding import Place, Report, did_you_mean
from scenarios.read.rule_files import RuleFiles
from scenarios.read.variants import Layer, overlay
from scenarios.scenario import Entry, Origin
from scenarios.tables.row_findings import MAX_NAMED
from scenarios.values.names import flaw
from scenarios.values.quoting import quoted
from scenarios.yaml.parse import List, Map


class Entries:
    """Targets and rules by name, in order, while the layers of a scenario are applied to them."""

    def __init__(self, files: RuleFiles, report: Report) -> None:
        self._files = files
        self._report = report
        self._found: dict[str, Entry] = {}
        self._incomplete = False
        self._unknown = 0

    @property
    def targets(self) -> tuple[Entry, ...]:
        """The targets, in order."""
        return tuple(entry for entry in self._found.values() if entry.origin == "target")

    @property
    def rules(self) -> tuple[Entry, ...]:
        """The rules, in order."""
        return tuple(entry for entry in self._found.values() if entry.origin == "rule")

    @property
    def are_complete(self) -> bool:
        """Whether everything listed could be read, so that a name not among them is a mistake."""
        return not self._incomplete

    def apply(self, layer: Layer) -> None:
        """Read what the layer lists, then leave out, change and add what it says."""
        if "targets" in layer.data:
            self._forget("target")
            self._add_all(layer.data["targets"], "target")
        if "rules" in layer.data:
            self._forget("rule")
            self._add_files(layer)
        self._remove(layer.raw.get("remove"))
        self._change(layer.raw.get("change"))
        if "add" in layer.raw:
            self._add_all(layer.raw["add"], "rule")

    def _forget(self, origin: Origin) -> None:
        self._found = {name: entry for name, entry in self._found.items() if entry.origin != origin}

    def _add_files(self, layer: Layer) -> None:
        listed = layer.data["rules"]
        files = list(self._files.read(layer))
        self._incomplete |= not isinstance(listed, List) or len(files) < len(listed)
        for data in files:
            self._add_all(data.get("rules"), "rule")

    def _add_all(self, items: object, origin: Origin) -> None:
        if not isinstance(items, List):
            self._incomplete = True
            return
        for item, place in zip(items, items.places, strict=True):
            self._add(item, place, origin)

    def _add(self, item: object, place: Place, origin: Origin) -> None:
        name = self._name(item, place, origin)
        if name is None or not isinstance(item, Map):
            self._incomplete = True
        elif name in self._found:
            message = f"{quoted(name)} is defined at {self._found[name].place} already"
            self._report.error("duplicate-name", item.value_places["name"], message, "Rename one of them.")
        else:
            data = item.copy()
            data.put("name", name, item.places["name"], item.value_places["name"])
            self._found[name] = Entry(name, data, place, origin)

    def _name(self, item: object, place: Place, origin: Origin) -> str | None:
        """What the entry is called; None with a finding."""
        if not isinstance(item, Map):
            remedy = "Write name: and the fields of its kind."
            self._report.error("wrong-type", place, f"a {origin} is not a mapping", remedy)
            return None
        text = item.get("name")
        if text is None:
            self._report.error("missing-field", place, f"a {origin} has no name", "Add name.")
            return None
        wrong = "is no text" if isinstance(text, Map | List) else flaw(str(text))
        if wrong:
            message = f"the name of a {origin} {wrong}"
            self._report.error("bad-name", item.value_places["name"], message, "Write plain visible text.")
        return None if wrong else str(text)

    def _remove(self, names: object) -> None:
        if isinstance(names, List):
            for name, place in zip(names, names.places, strict=True):
                if self._is_known(str(name), place):
                    del self._found[str(name)]

    def _change(self, changes: object) -> None:
        if isinstance(changes, Map):
            for name in changes:
                self._is_known(name, changes.places[name])
            self._found = change_entries(self._found, changes, self._report)

    def _is_known(self, name: str, place: Place) -> bool:
        if name in self._found:
            return True
        if self.are_complete:
            self._unknown += 1
            message = f"there is no rule or target {quoted(name)}"
            near = did_you_mean(name, self._found) if self._unknown <= MAX_NAMED else ""
            remedy = near or "Names are those of targets and rules."
            self._report.error("unknown-name", place, message, remedy)
        return False


def change_entries(entries: Mapping[str, Entry], changes: Map, report: Report) -> dict[str, Entry]:
    """The entries, by name, with the fields that a `change` gives those that it names; mistakes go to the report."""
    found = dict(entries)
    for name, fields in changes.items():
        if name in found and isinstance(fields, Map):
            entry = found[name]
            _check_change(entry, fields, report)
            found[name] = Entry(name, overlay(entry.data, fields), entry.place, entry.origin)
    return found


def _check_change(entry: Entry, fields: Map, report: Report) -> None:
    """Reports a change of name, and fields to take away that are not there."""
    for key, place in fields.places.items():
        if key == "name":
            report.error("unknown-field", place, "a change cannot rename", "Use remove and add.")
        elif fields[key] is None and key not in entry.data:
            message = f"{quoted(entry.name)} has no {quoted(key)} to take away"
            remedy = f"{did_you_mean(key, entry.data)} Fields: {', '.join(entry.data)}."
            report.error("unknown-field", place, message, remedy)
