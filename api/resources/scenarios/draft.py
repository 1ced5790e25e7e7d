"""A scenario as it was uploaded: the scenario file, and the files beside it; and where its findings stand in it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from api.db.tables.scenarios import ENTRY
from api.output.findings import finding_part
from api.processes.checks import Document
from api.web.problems import HttpProblem, invalid_value, pointer
from scenarios import Finding, Place, Report
from scenarios.yaml.parse import List, Map, parse_yaml

_SNIPPET = 200
"""Characters of a line that a finding shows."""
WRAPPED = "files/"
"""Where the uploaded files lie when their scenario file cannot be called ENTRY."""


@dataclass(frozen=True)
class Draft:
    """What was uploaded."""

    document: Mapping[str, Any]
    """What the scenario file says."""
    text: str | None = None
    """The scenario file as YAML; None when it came as JSON."""
    top: Map | None = None
    """The same parsed, with places."""
    name: str = ENTRY
    """What the uploader calls the scenario file."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """The files beside it."""


def json_draft(document: Mapping[str, Any]) -> Draft:
    """The scenario in a JSON body; raises HttpProblem without a name."""
    if not isinstance(document.get("scenario"), str) or not document["scenario"]:
        raise invalid_value("/scenario", "The scenario has no name.")
    return Draft(document)


def yaml_draft(
    content: bytes, parsed: Document, *, name: str = ENTRY, files: Mapping[str, bytes] | None = None
) -> Draft:
    """The scenario in a YAML file with the files beside it; raises HttpProblem with its findings."""
    report, top = Report(), parsed.top
    if top is not None and not isinstance(top.get("scenario"), str):
        place = top.value_places.get("scenario", Place(name))
        report.error("missing-field", place, "the scenario has no name", "Write scenario: NAME.")
    if top is None or report.has_errors:
        raise refusal((*parsed.findings, *report.findings), {name: content})
    return Draft(_plain(top), content.decode("utf-8-sig"), top, name, files or {})


def refusal(
    findings: Sequence[Finding], texts: Mapping[str, bytes] | None = None, draft: Draft | None = None
) -> HttpProblem:
    """The problem that findings make."""
    return findings_problem(finding_documents(findings, texts, draft))


def findings_problem(documents: Sequence[Mapping[str, Any]]) -> HttpProblem:
    """The problem with these findings."""
    mistakes = sum(document["severity"] == "error" for document in documents)
    detail = f"The input has {mistakes} mistake{'' if mistakes == 1 else 's'}."
    return HttpProblem("findings", detail, findings=documents)


def finding_documents(
    findings: Sequence[Finding], texts: Mapping[str, bytes] | None = None, draft: Draft | None = None
) -> list[dict[str, Any]]:
    """The findings as on the command line, under the uploader's file names, each with its spot.

    That is a JSON pointer into a scenario that came as JSON, and the line of a text file (`texts` by name).
    """
    texts = texts or {}
    pointers = _pointers(texts[ENTRY]) if findings and draft and draft.text is None else {}
    return [
        {
            **finding_part(finding).data(),
            "file": _own_name(finding.place.file, draft),
            "pointer": pointers.get(finding.place),
            "snippet": None
            if finding.place in pointers or finding.place.file not in texts
            else snippet(finding.place.line, texts[finding.place.file]),
        }
        for finding in findings
    ]


def _own_name(file: str, draft: Draft | None) -> str:
    if draft is not None and file == ENTRY:
        return draft.name
    return file.removeprefix(WRAPPED)


def snippet(line: int | None, text: bytes) -> str | None:
    """The line of the text with this number."""
    lines = text.decode("utf-8", "replace").removeprefix("\ufeff").split("\n")
    return None if line is None or line > len(lines) else lines[line - 1].strip()[:_SNIPPET]


def _pointers(entry: bytes) -> dict[Place, str]:
    """Place of every value and key of the stored JSON to its JSON pointer; a value's pointer wins."""
    top = parse_yaml(entry, Report(), name=ENTRY)
    found: dict[Place, str] = {}
    waiting: list[tuple[Map | List, tuple[str | int, ...]]] = [] if top is None else [(top, ())]
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
