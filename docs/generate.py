"""Writes the reference pages from the code: kinds, fields, findings, commands. Run by `make docs`."""

from collections.abc import Iterator, Mapping
from inspect import cleandoc
from pathlib import Path

import click

from api.cli import cascade
from api.schemas import field_docs
from rules import KINDS, Rule
from rules.describe import Description, describe
from scenarios import CODES
from scenarios.fields import Form
from scenarios.forms import (
    AdjustmentForm,
    GoalForm,
    MetricForm,
    PhasingForm,
    RuleFileForm,
    ScenarioForm,
    VariantForm,
)

REFERENCE = Path(__file__).parent / "reference"
_MADE = "<!-- Written by `make docs` from the code; changes go there. -->"
_FORMS: Mapping[str, type[Form]] = {
    "A scenario": ScenarioForm,
    "A metric": MetricForm,
    "Phasing by history": PhasingForm,
    "An adjustment": AdjustmentForm,
    "A goal": GoalForm,
    "A variant": VariantForm,
    "A rule file": RuleFileForm,
}


def pages() -> dict[str, str]:
    """File name to text of every generated page."""
    made = {
        "kinds.md": _kinds(),
        "fields.md": _fields(),
        "findings.md": _findings(),
        "commands.md": _commands(),
    }
    return {name: "\n".join([_MADE, "", *lines, ""]) for name, lines in made.items()}


def _kinds() -> Iterator[str]:
    described = {name: describe(kind) for name, kind in KINDS.items()}
    common = Rule.model_fields
    yield "# Kinds of rules"
    yield ""
    yield (
        "b is the baseline, r the fair share, x the target, T the company target of the metric, "
        "s the selected partners."
    )
    yield ""
    yield from (f"- [{name}](#{name}): {each.sentence}" for name, each in described.items())
    yield ""
    yield "## Fields of every kind"
    yield ""
    fields = next(iter(described.values())).fields
    yield from _table({name: text for name, text in fields.items() if name in common})
    for name, each in described.items():
        yield from _kind(
            name, each, {field: text for field, text in each.fields.items() if field not in common}
        )


def _kind(name: str, said: Description, own: Mapping[str, str]) -> Iterator[str]:
    yield from ("", f"## {name}", "", said.sentence, "", f"`{said.formula}`", "")
    if said.notes:
        yield from (said.notes, "")
    if own:
        yield from (*_table(own), "")
    yield from ("```yaml", said.example, "```")


def _fields() -> Iterator[str]:
    yield "# Fields of scenario and rule files"
    for title, form in _FORMS.items():
        yield from ("", f"## {title}", "")
        yield from _table(field_docs(form))


def _findings() -> Iterator[str]:
    yield "# Findings"
    yield ""
    yield "Codes keep their meaning from release to release."
    yield ""
    yield from _table(CODES, head=("code", "meaning"))


def _commands() -> Iterator[str]:
    yield "# Commands and their options"
    context = click.Context(cascade, info_name="cascade")
    for name in cascade.list_commands(context):
        command = cascade.get_command(context, name)
        assert command is not None
        yield from _command(command, click.Context(command, info_name=name, parent=context))


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    usage = " ".join(command.collect_usage_pieces(context))
    yield from ("", f"## {context.command_path}", "", f"`{context.command_path} {usage}`", "")
    yield from (cleandoc(command.help or "").replace("\b\n", ""), "")
    options = {", ".join(o.opts): o.help or "" for o in command.params if isinstance(o, click.Option)}
    if options:
        yield from _table(options, head=("option", "meaning"))
    if isinstance(command, click.Group):
        for name, inner in sorted(command.commands.items()):
            yield from _command(inner, click.Context(inner, info_name=name, parent=context))


def _table(texts: Mapping[str, str], head: tuple[str, str] = ("field", "meaning")) -> Iterator[str]:
    yield f"| {head[0]} | {head[1]} |"
    yield "|---|---|"
    for name, text in texts.items():
        yield f"| `{name}` | {' '.join(text.split()).replace('|', chr(92) + '|')} |"


if __name__ == "__main__":
    REFERENCE.mkdir(exist_ok=True)
    for name, text in pages().items():
        (REFERENCE / name).write_text(text, encoding="utf-8")
