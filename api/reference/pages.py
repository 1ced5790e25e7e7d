"""Which reference pages there are, and what they are made from."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import click

from api.reference.commands import commands_page
from api.reference.endpoints import endpoints_page
from api.reference.fields import fields_page
from api.reference.folders import folders_page
from api.reference.kinds import kind_page, kinds_page
from api.reference.markdown import Lines, block, code, table
from api.reference.settings import settings_page
from rules import KINDS
from rules.cases import Case
from scenarios import CODES

_MADE = "<!-- Written by `make docs` from the code; changes go there. -->"


@dataclass(frozen=True)
class Examples:
    """What pages show besides the code itself: all of it is under test."""

    cases: Mapping[str, Sequence[Case]] = field(default_factory=dict)
    """The cases of each kind."""
    case_files: Mapping[str, str] = field(default_factory=dict)
    """The same as text."""
    findings: Mapping[str, str] = field(default_factory=dict)
    """A finding for each code, as it is printed."""


def pages(examples: Examples, commands: click.Group) -> dict[str, str]:
    """File name to text of every reference page; `commands` is the command line."""
    made: dict[str, Callable[[], Lines]] = {
        "kinds.md": kinds_page,
        "fields.md": fields_page,
        "findings.md": lambda: _findings_page(examples.findings),
        "commands.md": lambda: commands_page(commands),
        "settings.md": lambda: settings_page(commands),
        "endpoints.md": endpoints_page,
        "folders.md": folders_page,
    }
    texts = {name: _text(page()) for name, page in made.items()}
    for name in KINDS:
        lines = kind_page(
            name, cases=examples.cases.get(name, ()), case_file=examples.case_files.get(name, "")
        )
        texts[f"kinds/{name}.md"] = _text(lines)
    return texts


def finding_text(name: str) -> Iterator[str]:
    """What a finding code means. Raises KeyError for an unknown one."""
    yield from (f"# {name}", "", CODES[name])


def _findings_page(findings: Mapping[str, str]) -> Lines:
    yield from ("# Findings", "", "Codes keep their meaning from release to release.", "")
    yield from table(
        ("code", "meaning"), [(f"[{code(name)}](#{name})", text) for name, text in CODES.items()]
    )
    for name in CODES:
        yield from ("", *(line.replace("# ", "## ", 1) for line in finding_text(name)))
        if name in findings:
            yield from ("", *block("text", findings[name]))


def _text(lines: Lines) -> str:
    return "\n".join([_MADE, "", *lines, ""])
