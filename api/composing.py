"""From a scenario as it is handed in, which names what is stored, to the files that a solve reads.

The text is a scenario file whose `partners`, `rules` and `extends` say `ds_…`, `rs_…` and `scn_…`; each
becomes the name of a file. Everything else stays as written, so lines in findings are the caller's own.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from api.inspecting import Document
from api.problems import Problem, pointer
from api.store import NotFound, blobs, datasets, rulesets, scenarios
from scenarios import Finding, Place, Report
from scenarios.source import List, Map

_SNIPPET = 200
"""Characters of a line that a finding shows."""
_REFERENCE = re.compile(r"(ds|rs|scn)_[0-9A-HJKMNP-TV-Z]{26}")


@dataclass(frozen=True)
class Written:
    """A scenario file as it was handed in."""

    text: str
    top: Map
    """What it says, with places."""
    pointed: bool
    """Whether it came as JSON, so that findings can name the spot by pointer."""


@dataclass(frozen=True)
class Composed:
    """A folder, ready to be checked and kept."""

    written: Written
    entry: bytes
    """scenario.yaml"""
    others: Mapping[str, str]
    """Path to the hash of a content that is kept already."""

    @property
    def name(self) -> str:
        return str(self.written.top["scenario"])

    @property
    def title(self) -> str:
        return str(self.written.top.get("title") or self.name)

    @property
    def document(self) -> dict[str, Any]:
        """What was asked, as JSON."""
        told: dict[str, Any] = _plain(self.written.top)
        return told

    def keep(self, session: Session, org_id: str) -> dict[str, str]:
        """Path to hash of every file, the entry kept too."""
        return {**self.others, scenarios.ENTRY: blobs.put(session, org_id, self.entry)}


def written(text: str | bytes, document: Document, *, pointed: bool) -> Written:
    """The scenario file that says this; raises Problem with its findings."""
    report, top = Report(), document.top
    if top is not None and not isinstance(top.get("scenario"), str):
        place = top.value_places.get("scenario", Place(scenarios.ENTRY))
        report.error("missing-field", place, "the scenario has no name", "Write scenario: NAME.")
    if top is None or report.has_errors:
        found = (*document.findings, *report.findings)
        raise refusal(found, lines=() if pointed else lines_of(text))
    return Written(text if isinstance(text, str) else text.decode("utf-8-sig"), top, pointed)


def lines_of(text: str | bytes) -> list[str]:
    """The lines of a file that was handed in, whatever is in it."""
    decoded = text if isinstance(text, str) else text.decode("utf-8", "replace").removeprefix("\ufeff")
    return decoded.split("\n")


def compose(session: Session, org_id: str, written: Written) -> Composed:
    """The folder; raises Problem with a finding for every reference that leads nowhere."""
    report = Report()
    names: dict[Place, tuple[str, str]] = {}
    others: dict[str, str] = {}
    for kind, reference, place in _references(written.top):
        try:
            name, files = _resolve(session, org_id, kind, reference)
        except NotFound:
            said = f"{reference[:100]!r} is no {kind} of yours"
            report.error("missing-file", place, said, f"Hand the {kind} in first, and write its id.")
            continue
        names[place] = (reference, name)
        others |= files
    if report.has_errors:
        raise refusal(report.findings, written)
    return Composed(written, _renamed(written.text, names).encode(), others)


def contents(session: Session, org_id: str, composed: Composed) -> dict[str, bytes]:
    """Path to content of every file of the folder."""
    others = {path: blobs.read(session, org_id, sha256) for path, sha256 in composed.others.items()}
    return {**others, scenarios.ENTRY: composed.entry}


def refusal(
    findings: tuple[Finding, ...], written: Written | None = None, *, lines: Sequence[str] = ()
) -> Problem:
    """The problem that findings make; `lines` are those of the one file they are about."""
    mistakes = sum(finding.severity == "error" for finding in findings)
    said = f"The input has {mistakes} mistake{'' if mistakes == 1 else 's'}."
    return Problem("findings", said, findings=told(findings, written, lines=lines))


def told(
    findings: Sequence[Finding], written: Written | None = None, *, lines: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """The findings as on the command line, each with its spot in what was handed in: a pointer into JSON, or a line."""
    from api.findings import document

    pointers = _pointers(written.top) if written and written.pointed else {}
    entry = lines_of(written.text) if written and not written.pointed else ()
    return [
        {
            **document(finding),
            "pointer": pointers.get(finding.place) if finding.place.file == scenarios.ENTRY else None,
            "snippet": _snippet(finding.place, entry if finding.place.file == scenarios.ENTRY else lines),
        }
        for finding in findings
    ]


def _snippet(place: Place, lines: Sequence[str]) -> str | None:
    """The line that the place names."""
    if place.line is None or place.line > len(lines):
        return None
    return lines[place.line - 1].strip()[:_SNIPPET]


def _references(top: Map) -> list[tuple[str, str, Place]]:
    """Kind, id and place of everything stored that the scenario names."""
    found = [
        (kind, top[key], top.value_places[key])
        for key, kind in (("partners", "dataset"), ("extends", "scenario"))
        if isinstance(top.get(key), str)
    ]
    rules = top.get("rules")
    if isinstance(rules, List):
        named = zip(rules, rules.places, strict=True)
        found += [
            ("ruleset", rule, place)
            for rule, place in named
            if isinstance(rule, str) and not rule.startswith("library:")
        ]
    return found


def _resolve(session: Session, org_id: str, kind: str, reference: str) -> tuple[str, dict[str, str]]:
    """The file that stands for the reference, and the files it brings along; raises NotFound."""
    if not _REFERENCE.fullmatch(reference):
        raise NotFound(kind, reference)
    if kind == "dataset":
        dataset = datasets.get(session, org_id, reference)
        name = f"{dataset.id}.{dataset.format}"
        return name, {name: dataset.sha256}
    if kind == "ruleset":
        ruleset = rulesets.get(session, org_id, reference)
        name = f"{ruleset.id}.yaml"
        return name, {name: ruleset.sha256}
    base = scenarios.get(session, org_id, reference)
    files = scenarios.files(session, org_id, base.id, base.version)
    name = f"{base.id}.v{base.version}.yaml"
    return name, {name if path == scenarios.ENTRY else path: sha256 for path, sha256 in files.items()}


def _renamed(text: str, names: Mapping[Place, tuple[str, str]]) -> str:
    """The text with the reference at each place replaced by the file's name."""
    lines = text.split("\n")
    for place in sorted(names, key=lambda place: (place.line or 0, place.column or 0), reverse=True):
        reference, name = names[place]
        line = lines[(place.line or 1) - 1]
        start = line.index(reference, (place.column or 1) - 1)
        lines[(place.line or 1) - 1] = line[:start] + name + line[start + len(reference) :]
    return "\n".join(lines)


def _pointers(top: Map) -> dict[Place, str]:
    """Place of every value and key to its JSON pointer; a value's pointer wins."""
    found: dict[Place, str] = {}
    waiting: list[tuple[Map | List, tuple[str | int, ...]]] = [(top, ())]
    while waiting:
        value, path = waiting.pop()
        for part, inner, place in _parts(value):
            spot = (*path, part)
            found[place] = pointer(*spot)
            if isinstance(inner, Map | List):
                waiting.append((inner, spot))
        if isinstance(value, Map):
            for key, place in value.places.items():
                found.setdefault(place, pointer(*path, key))
    return found


def _parts(value: Map | List) -> Iterator[tuple[str | int, Any, Place]]:
    if isinstance(value, Map):
        yield from ((key, inner, value.value_places[key]) for key, inner in value.items())
    else:
        yield from (
            (i, inner, place) for i, (inner, place) in enumerate(zip(value, value.places, strict=True))
        )


def _plain(value: Any) -> Any:
    if isinstance(value, Map):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, List):
        return [_plain(inner) for inner in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def merged(document: Any, patch: Any) -> Any:
    """RFC 7396: the document with the patch laid over it; null takes a member away."""
    if not isinstance(patch, Mapping):
        return patch
    known = dict(document) if isinstance(document, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            known.pop(key, None)
        else:
            known[key] = merged(known.get(key), value)
    return known
