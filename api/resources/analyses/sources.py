"""The files that an analysis is about: laid out from what the store keeps, or as they were uploaded."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Request
from sqlalchemy.orm import Session

from api.analysis.answer import Question as AnalysisQuestion
from api.db.tables import results, rulesets, runs, scenarios
from api.db.tables.scenarios import ENTRY
from api.output.record import FILE
from api.resources.analyses.schemas import Question
from api.resources.results.records import record_bytes
from api.resources.results.service import of_run as result_of_run
from api.resources.scenarios.bundle import from_parts
from api.resources.scenarios.compose import file_stem
from api.web.problems import invalid_value

RESULT = "result.json"


@dataclass
class Sources:
    """Files by path, and which of them are meant."""

    files: dict[str, bytes] = field(default_factory=dict)
    scenarios: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    workbook: str | None = None
    actuals: list[str] = field(default_factory=list)
    record: str | None = None

    def question(self, analysis: str, request: Mapping[str, Any]) -> AnalysisQuestion:
        """The question of the analysis about these files."""
        return AnalysisQuestion(
            analysis,
            request,
            scenarios=tuple(self.scenarios),
            rules=tuple(self.rules),
            workbook=self.workbook,
            actuals=tuple(self.actuals),
            record=self.record,
        )


def uploaded(request: Request, question: Question, most_bytes: int) -> Sources:
    """The files of a form, named as the question names them; raises HttpProblem for one that is not there."""
    if question.runs:
        raise invalid_value("/runs", "With uploaded files, name scenario files.")
    files = from_parts(request, most_bytes, but="question")
    others = [name for name in (question.workbook, question.record) if name]
    for name in [*question.scenarios, *question.rules, *others, *question.actuals]:
        if name not in files:
            raise invalid_value("/files", f"There is no file {name[:100]!r} in the form.")
    return Sources(
        files,
        scenarios=list(question.scenarios),
        rules=list(question.rules),
        workbook=question.workbook,
        actuals=list(question.actuals),
        record=question.record,
    )


def recorded(runs: Sequence[str]) -> Sources:
    """The record of the only run; raises NotFound, and HttpProblem for none, or several."""
    if len(runs) != 1:
        raise invalid_value("/runs", "Name one run.")
    return Sources({FILE: record_bytes(runs[0])}, record=FILE)


def stored(session: Session, org_id: str, question: Question) -> Sources:
    """The files of scenarios, runs and rule sets that the organisation has; raises NotFound."""
    found = Sources()
    alone = len(question.scenarios) + len(question.runs) == 1
    for scenario_id in question.scenarios:
        scenario = scenarios.get(session, org_id, scenario_id)
        folder = "" if alone else _free(file_stem(scenario.name), found)
        for path, content in scenarios.contents(session, org_id, scenario.id, scenario.version).items():
            found.files[f"{folder}{path}"] = content
        found.scenarios.append(f"{folder}{ENTRY}")
    for run_id in question.runs:
        folder = f"{run_id}/"
        found.files |= {f"{folder}{path}": content for path, content in _finished(session, org_id, run_id)}
        found.scenarios.append(run_id)
    for number, ruleset_id in enumerate(question.rules, 1):
        name = f"rules {number}/{file_stem(rulesets.get(session, org_id, ruleset_id).name)}.yaml"
        found.files[name] = rulesets.content(session, org_id, ruleset_id)
        found.rules.append(name)
    return found


def of_run(session: Session, org_id: str, run_id: str, *, beside: bool = False) -> Sources:
    """The scenario as the run read it; with `beside` after what the run came to, for a comparison with it."""
    run = runs.get(session, org_id, run_id)
    files = scenarios.contents(session, org_id, *run.solved)
    if not beside:
        return Sources(files, [ENTRY])
    kept = {f"{run_id}/{path}": content for path, content in _finished(session, org_id, run_id)}
    return Sources({**files, **kept}, [run_id, ENTRY])


def of_runs(session: Session, org_id: str, run_ids: list[str]) -> Sources:
    """The scenarios as the runs read them, each in a folder called by its run."""
    found = Sources()
    for run_id in run_ids:
        files = of_run(session, org_id, run_id).files
        found.files |= {f"{run_id}/{path}": content for path, content in files.items()}
        found.scenarios.append(f"{run_id}/{ENTRY}")
    return found


def _finished(session: Session, org_id: str, run_id: str) -> Iterator[tuple[str, bytes]]:
    """The files that the command line would have written for the run."""
    runs.get(session, org_id, run_id)
    yield (
        RESULT,
        result_of_run(session, org_id, run_id, lambda: results.document_bytes(session, org_id, run_id)),
    )
    for name in results.get(session, org_id, run_id).columns:
        yield f"{name}.csv", b"".join(results.table_csv(session, org_id, run_id, name))


def _free(stem: str, found: Sources) -> str:
    """A folder that no scenario has yet."""
    number, folder = 1, f"{stem}/"
    while f"{folder}{ENTRY}" in found.files:
        number += 1
        folder = f"{stem} ({number})/"
    return folder
