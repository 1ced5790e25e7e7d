"""What was uploaded, looked into: mistakes end the request, doubts come with the answer."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from api.db.tables.scenarios import ENTRY
from api.processes.checks import TableFacts, inspect_document, inspect_rules, inspect_scenario, inspect_table
from api.resources.scenarios.draft import Draft, refusal, yaml_draft
from api.web.offload import read_within_limits, weight
from scenarios import Finding


def read_table(content: bytes, form: str, id_column: str, sheet: str | None) -> TableFacts:
    """What is known of the partner table; raises HttpProblem."""
    facts = read_within_limits(weight(form, len(content)), inspect_table, content, form, id_column, sheet)
    if _has_errors(facts.findings):
        raise refusal(facts.findings)
    return facts


def check_rules(content: bytes) -> None:
    """Raises HttpProblem for a rule file that is wrong whatever table it will meet."""
    found = read_within_limits(weight("yaml", len(content)), inspect_rules, content)
    if _has_errors(found):
        raise refusal(found, {"rules.yaml": content})


def read_draft(content: bytes, *, name: str = ENTRY, files: Mapping[str, bytes] | None = None) -> Draft:
    """The scenario in a YAML file, with the files uploaded beside it; raises HttpProblem."""
    parsed = read_within_limits(weight("yaml", len(content)), inspect_document, content, name)
    return yaml_draft(content, parsed, name=name, files=files)


def doubts_of(files: Mapping[str, bytes], draft: Draft | None = None) -> tuple[Finding, ...]:
    """The doubts a solve would report of these files; raises HttpProblem for mistakes."""
    with laid_out(files) as (folder, heaviness):
        found = read_within_limits(heaviness, inspect_scenario, folder)
    if _has_errors(found):
        raise refusal(found, files, draft)
    return found


@contextmanager
def laid_out(files: Mapping[str, bytes]) -> Iterator[tuple[Path, int]]:
    """A folder with these files, and how heavy they are to read."""
    with TemporaryDirectory(prefix="cascade-read-") as folder:
        for path, content in files.items():
            file = Path(folder) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        yield Path(folder), heaviness(files)


def heaviness(files: Mapping[str, bytes]) -> int:
    """How heavy the files are to read, a byte of CSV being 1."""
    return sum(weight(path.rpartition(".")[2], len(content)) for path, content in files.items())


def _has_errors(findings: tuple[Finding, ...]) -> bool:
    return any(finding.severity == "error" for finding in findings)
