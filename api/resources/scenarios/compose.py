"""From an uploaded scenario to the folder that a solve reads: stored things it names by id become files.

A file is called by the name of its dataset or rule set, so that findings and conflicts name it as its owner does.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from api.db import NotFound
from api.db.tables import actuals, blobs, datasets, plans, results, rulesets, scenarios
from api.db.tables.plans import Stage
from api.db.tables.scenarios import ENTRY
from api.resources.scenarios.draft import WRAPPED, Draft, finding_documents, findings_problem, snippet
from api.web.problems import HttpProblem, pointer
from scenarios import Place, Report
from scenarios.read.replan import BESIDE
from scenarios.yaml.parse import List, Map

_REFERENCE = re.compile(r"(ds|rs|scn|plan|act)_[0-9A-HJKMNP-TV-Z]{26}")
_UNFIT = re.compile(r"[^\w.() -]+")
"""What a file name is better without."""


@dataclass(frozen=True)
class ResolvedDraft:
    """A folder, ready to be checked and kept."""

    draft: Draft
    files: Mapping[str, bytes]
    """Path to content of the files that are new, the scenario file among them."""
    stored: Mapping[str, str]
    """Path to the hash of a content that is kept already."""

    @property
    def name(self) -> str:
        return str(self.draft.document["scenario"])

    @property
    def title(self) -> str:
        return str(self.draft.document.get("title") or self.name)

    def keep(self, session: Session, org_id: str) -> dict[str, str]:
        """Path to hash of every file, all of them kept."""
        kept = {path: blobs.put(session, org_id, content) for path, content in self.files.items()}
        return {**self.stored, **kept}


@dataclass(frozen=True)
class _Reference:
    """Something stored that the scenario names."""

    field: str
    index: int | str | None
    """In the list of rules; the key where the partner table is a mapping."""
    value: str
    kind: str
    item: int | None = None
    """In a list under the key."""

    @property
    def pointer(self) -> str:
        path = [self.field, self.index, self.item]
        return pointer(*(each for each in path if each is not None))

    def place(self, top: Map) -> Place:
        if self.index is None:
            return top.value_places[self.field]
        if isinstance(self.index, str):
            table: Map = top[self.field]
            if self.item is None:
                return table.value_places[self.index]
            inner: List = table[self.index]
            return inner.places[self.item]
        listed = top[self.field]
        assert isinstance(listed, List)
        return listed.places[self.index]


def compose(
    session: Session, org_id: str, draft: Draft, beside: Mapping[str, str] | None = None
) -> ResolvedDraft:
    """The folder; raises HttpProblem for every reference that leads nowhere.

    `beside` are files of the version before, by name: a scenario that is revised may go on naming them.
    """
    names: dict[_Reference, str] = {}
    stored: dict[str, str] = {path: sha256 for path, sha256 in (beside or {}).items() if path != ENTRY}
    new: dict[str, bytes] = {}
    lost: list[_Reference] = []
    for reference in _references(draft.document):
        if not _REFERENCE.fullmatch(reference.value):
            if not draft.files and reference.value not in stored:
                lost.append(reference)
            continue
        try:
            if reference.kind in ("plan", "actuals"):
                names[reference], files, more = _of_replan(session, org_id, reference)
                new |= more
                if reference.kind == "plan" and not _names_actuals(draft.document):
                    files |= _uploads(session, org_id, reference.value)
            else:
                names[reference], files = _resolve(session, org_id, reference.value, taken=stored)
        except NotFound:
            lost.append(reference)
        else:
            stored |= files
    if lost:
        raise _nowhere(lost, draft)
    return ResolvedDraft(draft, {**_folder(draft, names), **new}, stored)


def contents(session: Session, org_id: str, resolved: ResolvedDraft) -> dict[str, bytes]:
    """Path to content of every file of the folder."""
    stored = {path: blobs.read(session, org_id, sha256) for path, sha256 in resolved.stored.items()}
    return {**stored, **resolved.files}


def _nowhere(lost: list[_Reference], draft: Draft) -> HttpProblem:
    """The problem with references that lead to nothing of the organisation's."""
    if draft.top is None:
        return findings_problem([{**_finding(one, Place(ENTRY)), "pointer": one.pointer} for one in lost])
    text = {ENTRY: (draft.text or "").encode()}
    placed = [_finding(one, one.place(draft.top)) for one in lost]
    return findings_problem([{**one, "snippet": snippet(one["line"], text[ENTRY])} for one in placed])


def _finding(reference: _Reference, place: Place) -> dict[str, Any]:
    report = Report()
    remedy = f"Upload the {reference.kind} first and write its id, or upload the file beside the scenario."
    described = f"{reference.value[:100]!r} is no {reference.kind} of yours"
    report.error("missing-file", place, described, remedy)
    return finding_documents(report.findings)[0]


def _references(document: Mapping[str, Any]) -> Iterator[_Reference]:
    """Everything stored that the scenario may name."""
    for field, kind in (("partners", "dataset"), ("extends", "scenario")):
        if isinstance(document.get(field), str):
            yield _Reference(field, None, document[field], kind)
    table = document.get("partners")
    if isinstance(table, Mapping) and isinstance(table.get("file"), str):
        yield _Reference("partners", "file", table["file"], "dataset")
    for field, key, kind in (("replan", "plan", "plan"), ("actuals", "file", "actuals")):
        found = document.get(field)
        if isinstance(found, Mapping) and isinstance(found.get(key), str):
            yield _Reference(field, key, found[key], kind)
    yield from _actuals_of_replan(document.get("replan"))
    rules = document.get("rules")
    for index, rule in enumerate(rules if isinstance(rules, list) else ()):
        if isinstance(rule, str) and not rule.startswith("library:"):
            yield _Reference("rules", index, rule, "ruleset")


def _actuals_of_replan(block: object) -> Iterator[_Reference]:
    """The uploads that a re-plan names, one or a list."""
    named = block.get("actuals") if isinstance(block, Mapping) else None
    if isinstance(named, str):
        yield _Reference("replan", "actuals", named, "actuals")
    for item, each in enumerate(named if isinstance(named, list) else ()):
        if isinstance(each, str):
            yield _Reference("replan", "actuals", each, "actuals", item)


def _resolve(
    session: Session, org_id: str, reference: str, *, taken: Mapping[str, str]
) -> tuple[str, dict[str, str]]:
    """The file that stands for the reference, and the files it brings along; raises NotFound."""
    if reference.startswith("ds_"):
        dataset = datasets.get(session, org_id, reference)
        name = _free(dataset.name, f".{dataset.format}", dataset.sha256, taken)
        return name, {name: dataset.sha256}
    if reference.startswith("rs_"):
        ruleset = rulesets.get(session, org_id, reference)
        name = _free(ruleset.name, ".yaml", ruleset.sha256, taken)
        return name, {name: ruleset.sha256}
    base = scenarios.get(session, org_id, reference)
    folder = f"{file_stem(base.name)} v{base.version}"
    files = scenarios.files(session, org_id, base.id, base.version)
    return f"{folder}/{ENTRY}", {f"{folder}/{path}": sha256 for path, sha256 in files.items()}


def _of_replan(
    session: Session, org_id: str, reference: _Reference
) -> tuple[str, dict[str, str], dict[str, bytes]]:
    """The file of a published plan's targets, or of an upload of actuals: what is stored and what is new of it.

    Raises NotFound for what there is not, HttpProblem for a plan that is not published.
    """
    if reference.kind == "actuals":
        upload = actuals.get(session, org_id, reference.value)
        name = f"{upload.id}.{upload.format}"
        return name, {name: upload.sha256}, {}
    plan = plans.get(session, org_id, reference.value)
    if plan.stage not in (Stage.PUBLISHED, Stage.SUPERSEDED):
        raise HttpProblem(
            "not-published", f"{plan.id} is {plan.stage}: a re-plan starts from what was published."
        )
    name = f"{plan.id}/allocation.csv"
    return name, {}, {name: b"".join(results.table_csv(session, org_id, plan.run_id, "allocation"))}


def _names_actuals(document: Mapping[str, Any]) -> bool:
    """Whether a re-plan says which actuals it is about."""
    found = [(document.get(field), key) for field, key in (("replan", "actuals"), ("actuals", "file"))]
    return any(isinstance(block, Mapping) and block.get(key) for block, key in found)


def _uploads(session: Session, org_id: str, plan_id: str) -> dict[str, str]:
    """Every upload about the period of a plan, where a re-plan that names none finds them."""
    plan = plans.get(session, org_id, plan_id)
    uploads = actuals.all_of(session, org_id, plan.name, plan.period)
    return {f"{plan.id}/{BESIDE}/{each.id}.{each.format}": each.sha256 for each in uploads}


def _free(name: str, ending: str, sha256: str, taken: Mapping[str, str]) -> str:
    """A file name like the thing's own, which no other content has."""
    stem, number = file_stem(name.removesuffix(ending)), 1
    path = f"{stem}{ending}"
    while path == ENTRY or taken.get(path, sha256) != sha256:
        number += 1
        path = f"{stem} ({number}){ending}"
    return path


def file_stem(name: str) -> str:
    """The name as one part of a path."""
    return _UNFIT.sub("-", name).strip(". ")[:100] or "unnamed"


def _folder(draft: Draft, names: Mapping[_Reference, str]) -> dict[str, bytes]:
    """The new files: the scenario file at ENTRY, with file names for ids, and those uploaded beside it."""
    if draft.top is None:
        return {ENTRY: json.dumps(_with_names(draft.document, names), ensure_ascii=False, indent=1).encode()}
    entry = _renamed(draft.text or "", draft.top, names).encode()
    if "/" not in draft.name and ENTRY not in draft.files:
        return {**draft.files, ENTRY: entry}
    wrapped = {f"{WRAPPED}{path}": content for path, content in draft.files.items()}
    start = {"scenario": draft.document["scenario"], "extends": f"{WRAPPED}{draft.name}"}
    return {**wrapped, f"{WRAPPED}{draft.name}": entry, ENTRY: json.dumps(start).encode()}


def _with_names(document: Mapping[str, Any], names: Mapping[_Reference, str]) -> dict[str, Any]:
    """The document with file names for ids."""
    resolved = dict(document)
    for reference, name in names.items():
        if reference.index is None:
            resolved[reference.field] = name
        elif isinstance(reference.index, str):
            resolved[reference.field] = {
                **resolved[reference.field],
                reference.index: _in_list(resolved, reference, name),
            }
        else:
            listed = list(resolved[reference.field])
            listed[reference.index] = name
            resolved[reference.field] = listed
    return resolved


def _in_list(document: Mapping[str, Any], reference: _Reference, name: str) -> str | list[Any]:
    """The name, or the list in which it takes the reference's place."""
    if reference.item is None:
        return name
    listed = list(document[reference.field][reference.index])
    listed[reference.item] = name
    return listed


def _renamed(text: str, top: Map, names: Mapping[_Reference, str]) -> str:
    """The YAML with each id replaced where it stands, so that lines in findings are the uploader's own."""
    lines = text.split("\n")
    placed = [(reference.place(top), reference.value, name) for reference, name in names.items()]
    for place, value, name in sorted(placed, key=_position, reverse=True):
        line = lines[(place.line or 1) - 1]
        start = line.index(value, (place.column or 1) - 1)
        quote = "" if start and line[start - 1] in "'\"" else '"'
        lines[(place.line or 1) - 1] = f"{line[:start]}{quote}{name}{quote}{line[start + len(value) :]}"
    return "\n".join(lines)


def _position(placed: tuple[Place, str, str]) -> tuple[int, int]:
    return placed[0].line or 0, placed[0].column or 0


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
