"""Rule files: those beside the scenario, and the rule sets that ship."""

from collections.abc import Iterator
from pathlib import Path

from scenarios.findings.finding import Place, Report
from scenarios.findings.validate import validate
from scenarios.forms import MAX_RULE_FILES, RuleFileForm
from scenarios.read.sandboxed_folder import Folder
from scenarios.read.variants import Layer
from scenarios.scenario import Library
from scenarios.values.quoting import quoted
from scenarios.yaml.parse import MAX_BYTES, List, Map, parse_yaml

_SHIPPED = "library:"


class RuleFiles:
    """Reads the rule files that a scenario lists."""

    def __init__(self, folder: Folder, library: Library, report: Report) -> None:
        self._folder = folder
        self._library = library
        self._report = report

    def read(self, layer: Layer) -> Iterator[Map]:
        """Each rule file of the layer that can be read, in order."""
        listed, seen = layer.data.get("rules"), set[str]()
        if not isinstance(listed, List) or len(listed) > MAX_RULE_FILES:
            return
        for text, place in zip(listed, listed.places, strict=True):
            found = self._find(text, layer.path.parent, place) if isinstance(text, str) else None
            if found is None:  # what is no text has its finding from the form
                continue
            if found[1] in seen:
                message = f"{quoted(text)} is listed twice"
                self._report.error("duplicate-name", place, message, "Remove one.")
                continue
            seen.add(found[1])
            if (data := self._read_file(*found)) is not None:
                yield data

    def _find(self, text: str, beside: Path, place: Place) -> tuple[Path, str] | None:
        """A rule file's path, and how findings call it."""
        if not text.startswith(_SHIPPED):
            path = self._folder.find(text, beside, place, self._report)
            return None if path is None else (path, self._folder.name(path))
        path = self._library(text.removeprefix(_SHIPPED))
        if path is None:
            remedy = "`cascade new --list` names the rule sets that ship."
            self._report.error("unknown-library", place, f"no rule set {quoted(text)} ships", remedy)
        return None if path is None else (path, text)

    def _read_file(self, path: Path, name: str) -> Map | None:
        content = self._folder.read(path, self._report, name=name, most=MAX_BYTES)
        data = None if content is None else parse_yaml(content, self._report, name=name)
        if data is not None:
            validate(RuleFileForm, data, self._report, what="a rule file")
        return data
