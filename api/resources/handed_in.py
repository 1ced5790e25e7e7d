"""What was handed in, looked into: mistakes end the request, doubts are told with the answer."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from api.composing import Written, lines_of, refusal, written
from api.http.looking import look, weight
from api.inspecting import (
    TableFacts,
    inspect_document,
    inspect_rules,
    inspect_scenario,
    inspect_table,
)
from api.store import scenarios
from scenarios import Finding


def read_table(content: bytes, form: str, id_column: str, sheet: str | None) -> TableFacts:
    """What is known of the partner table; raises Problem."""
    facts = look(weight(form, len(content)), inspect_table, content, form, id_column, sheet)
    _refuse(facts.findings)
    return facts


def check_rules(content: bytes) -> None:
    """Raises Problem for a rule file that is wrong whatever table it will meet."""
    _refuse(look(weight("yaml", len(content)), inspect_rules, content), lines=lines_of(content))


def read_document(text: str | bytes, *, pointed: bool) -> Written:
    """The scenario in a YAML file, or in JSON (`pointed`), which is YAML as well; raises Problem."""
    document = look(weight("yaml", len(text)), inspect_document, text, scenarios.ENTRY)
    return written(text, document, pointed=pointed)


def doubts_of(files: Mapping[str, bytes], scenario: Written) -> tuple[Finding, ...]:
    """The doubts a solve would tell of these files; raises Problem for mistakes."""
    with laid_out(files) as (folder, heaviness):
        found = look(heaviness, inspect_scenario, folder)
    _refuse(found, scenario)
    return found


@contextmanager
def laid_out(files: Mapping[str, bytes]) -> Iterator[tuple[Path, int]]:
    """A folder with these files, and how heavy they are to read."""
    heaviness = sum(weight(path.rpartition(".")[2], len(content)) for path, content in files.items())
    with TemporaryDirectory(prefix="cascade-read-") as folder:
        for path, content in files.items():
            (Path(folder) / path).write_bytes(content)
        yield Path(folder), heaviness


def _refuse(
    findings: tuple[Finding, ...], scenario: Written | None = None, *, lines: Sequence[str] = ()
) -> None:
    if any(finding.severity == "error" for finding in findings):
        raise refusal(findings, scenario, lines=lines)
