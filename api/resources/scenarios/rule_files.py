"""The rule files of a scenario: read, checked as a solve would, and kept as new versions when they are clean."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from api.db.tables import audit_log, blobs, rulesets, scenarios
from api.db.tables.scenarios import ENTRY, Scenario
from api.resources.scenarios.draft import finding_documents
from api.resources.scenarios.inputs import RULES, inputs_of
from api.resources.scenarios.service import next_version
from api.resources.scenarios.uploads import doubts_of
from api.web.context import caller
from api.web.problems import HttpProblem


def rule_files(session: Session, org_id: str, scenario_id: str, version: int) -> dict[str, str]:
    """Path to text of the scenario's own rule files; those that ship are not among them."""
    files = scenarios.files(session, org_id, scenario_id, version)
    texts = {
        path: blobs.read(session, org_id, sha256).decode("utf-8", "replace")
        for path, sha256 in files.items()
        if path.rpartition(".")[2].lower() in RULES and path.rpartition("/")[2] != ENTRY
    }
    return {path: text for path, text in texts.items() if _has_rules(text)}


def _has_rules(text: str) -> bool:
    return any(line.startswith(("rules:", "{")) or '"rules"' in line for line in text.splitlines())


def findings_of(contents: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """The mistakes and doubts in a scenario with these files, each with its line."""
    try:
        return finding_documents(doubts_of(contents), contents)
    except HttpProblem as problem:
        if problem.code != "findings":
            raise
        return [dict(each) for each in problem.findings]


def save(session: Session, scenario_id: str, path: str, content: bytes, *, expected: int) -> Scenario:
    """The scenario at its next version, with the file as a new version of its rule set; raises NotFound and Stale."""
    who = caller()
    version = (session, who.org_id, scenario_id, expected)
    document, files = dict(scenarios.document(*version)), scenarios.files(*version)
    old = inputs_of(session, who.org_id, {path: files[path]}).get(path)
    name = rulesets.get(session, who.org_id, old).name if old else path.rpartition("/")[2].rpartition(".")[0]
    new, _ = rulesets.put(session, who.org_id, name=name, content=content, created_by=who.key_id)
    if isinstance(document.get("rules"), list):
        document["rules"] = [new.id if rule == old else rule for rule in document["rules"]]
    files = {**files, path: blobs.put(session, who.org_id, content)}
    scenario = next_version(session, scenario_id, document, files, expected=expected)
    audit_log.record(session, who.org_id, actor=who.key_id, action="scenario.rules", subject=scenario_id)
    return scenario
