"""The cases of a scenario's rules: a file beside each rule file, run by the solver, kept in new versions."""

from sqlalchemy.orm import Session

from api.analysis.rule_tests import RuleTestsDocument
from api.db.tables import audit_log, blobs, scenarios
from api.db.tables.scenarios import Scenario
from api.resources.analyses.service import document_of
from api.resources.analyses.sources import Sources
from api.resources.scenarios.service import next_version
from api.web.context import caller


def cases_path(path: str) -> str:
    """Where the cases of a rule file are: `rules.cases.yaml` for `rules.yaml`, as for the command line."""
    stem, _, ending = path.rpartition(".")
    return f"{stem}.cases.{ending}"


def cases_of(session: Session, org_id: str, scenario_id: str, version: int, path: str) -> str:
    """The cases of the rule file at `path`; empty where it has none."""
    sha256 = scenarios.files(session, org_id, scenario_id, version).get(cases_path(path))
    return blobs.read(session, org_id, sha256).decode("utf-8", "replace") if sha256 else ""


def tested(path: str, rules: str, cases: str, *, mutate: bool) -> RuleTestsDocument:
    """What the cases of a rule file come to; raises HttpProblem for mistakes in either, and where it takes too much."""
    files = {path: rules.encode(), cases_path(path): cases.encode()}
    found = document_of("rule_tests", {"mutate": mutate}, Sources(files, rules=list(files)))
    assert isinstance(found, RuleTestsDocument)
    return found


def save_cases(session: Session, scenario_id: str, path: str, content: bytes, *, expected: int) -> Scenario:
    """The scenario at its next version, with these cases of the rule file; raises NotFound and Stale."""
    who = caller()
    version = (session, who.org_id, scenario_id, expected)
    document, files = dict(scenarios.document(*version)), scenarios.files(*version)
    files = {**files, cases_path(path): blobs.put(session, who.org_id, content)}
    scenario = next_version(session, scenario_id, document, files, expected=expected)
    audit_log.record(session, who.org_id, actor=who.key_id, action="scenario.cases", subject=scenario_id)
    return scenario
