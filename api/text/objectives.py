"""Objectives: each with its score, a line for every key result, and a line for every node below the company."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from api.analysis.objectives.document import ObjectiveNode, ObjectivesDocument, ObjectiveTree
from api.output.findings import finding_lines
from api.output.numbers import amount, percent
from api.output.objective_parts import CheckInPart, Grade, KeyResultPart, ObjectivePart
from api.output.text_layout import aligned, bold, cut, green, red, wrapped
from api.text.parts import over_text

_HEAD = ("", "from", "now", "to", "due", "score", "", "")
_NO_SCORE = "-"
_LONGEST_NAME = 40
"""Columns of a terminal that a key result's name may take."""


def objectives_lines(document: ObjectivesDocument, *, columns: int | None = None) -> Iterator[str]:
    """The lines to print; notes are wrapped so that lines fit into so many columns."""
    heading = f"{document.title or document.scenario}, {document.as_of:%Y-%m-%d}"
    yield bold(f"{heading}: {over_text(document.parts)}" if document.parts else heading)
    for objective in document.objectives:
        yield ""
        yield from objective_lines(objective, columns)
        yield from _nodes(objective)
        yield from _notes(objective.key_results, columns)
    if document.findings:
        yield ""
        yield from finding_lines(document.findings, 20)


def objective_lines(objective: ObjectivePart, columns: int | None = None) -> Iterator[str]:
    """The objective with its score, why it is there, and its key results."""
    who = f", {objective.by}" if objective.by else ""
    kind = f"{objective.period}, {objective.kind}{who}"
    yield bold(f"{objective.name}: {score_text(objective.score)}") + f" {_graded(objective.grade)}".rstrip()
    yield from wrapped(f"{objective.why} ({kind})" if objective.why else kind, columns, indent=2)
    rows = [_row(each, objective) for each in objective.key_results]
    yield from aligned([_HEAD, *rows], right=range(1, 6))


def score_text(score: str | None) -> str:
    """0.47: as objectives are graded."""
    return _NO_SCORE if score is None else f"{float(score):.2f}"


def _graded(grade: Grade | None) -> str:
    if grade == "green":
        return green(grade)
    return red(grade) if grade == "red" else grade or ""


def _row(each: KeyResultPart, objective: ObjectivePart) -> tuple[str, ...]:
    extra = [each.of if each.of != each.name else "", each.metric if each.metric != each.name else ""]
    extra += [each.kind if each.kind != objective.kind else "", each.by or "", _weight(each.weight)]
    if each.check_ins and each.check_ins[-1].on:
        extra.append(f"{each.check_ins[-1].on}")
    numbers = (_number(number, each.unit) for number in (each.start, each.now, each.to, each.due))
    score = score_text(each.score)
    due = f"{score_text(each.due_score)} due" if each.due_score is not None else ""
    note = ", ".join(filter(None, [each.grade or "", due, *extra]))
    unit = "" if each.unit in (None, "%") else str(each.unit)
    return (cut(each.name, _LONGEST_NAME), *numbers, score, unit, note)


def _weight(weight: str) -> str:
    return "" if weight == "1" else f"weight {weight}"


def _number(number: str | None, unit: str | None) -> str:
    if number is None:
        return _NO_SCORE
    return percent(number, sign=False) if unit == "%" else amount(number)


def _nodes(objective: ObjectiveTree) -> Iterator[str]:
    """A line for each node: the objective's score there, and each key result's."""
    if not objective.nodes:
        return
    names = [each.name for each in objective.key_results if each.of is not None]
    rows = [
        (_label(objective.levels, node), f"{score_text(node.score)} {node.grade or ''}".rstrip(),
         *(_at(node, name) for name in names))
        for node in objective.nodes
    ]  # fmt: skip
    yield from aligned([("", "score", *(cut(name, _LONGEST_NAME) for name in names)), *rows])


def _label(levels: Sequence[str], node: ObjectiveNode) -> str:
    who = " ".join(filter(None, (*node.path[-1:], node.name, node.tier)))
    return f"{'  ' * (levels.index(node.level) - 1)}{who}"


def _at(node: ObjectiveNode, name: str) -> str:
    each = node.key_results.get(name)
    if each is None:
        return ""
    start = f" from {amount(each.start)}" if float(each.start) else ""
    due = f", {amount(each.due)} due"
    return f"{score_text(each.score)} ({amount(each.now)} of {amount(each.to)}{start}{due})"


def _notes(results: Sequence[KeyResultPart], columns: int | None) -> Iterator[str]:
    """The check-ins that have something to say."""
    for each in results:
        for one in each.check_ins:
            if one.note or one.by:
                yield from wrapped(f"{each.name}{_check_in(one, each.unit)}", columns, indent=2)


def _check_in(one: CheckInPart, unit: str | None) -> str:
    day, who = f", {one.on}" if one.on else "", f", {one.by}" if one.by else ""
    note = f": {one.note}" if one.note else ""
    return f"{day}{who}: {_number(one.now, unit)}{note}"
