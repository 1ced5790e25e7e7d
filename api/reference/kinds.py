"""Reference pages of kinds: what each says, its formula and fields, an example, and its cases."""

from collections.abc import Mapping, Sequence

from api.reference.markdown import Lines, block, code, table
from rules import KINDS, Rule
from rules.cases import Case
from rules.describe import describe

SYMBOLS = (
    "b is the baseline, r the fair share, x the target, T the company target of the metric, "
    "s the selected partners."
)
_GENERAL = {
    "unknown-kind": "its `kind` is misspelt",
    "unknown-field": "a field is misspelt, or belongs to another kind",
    "missing-field": "a required field, or the metric where there are several, is absent",
    "unknown-metric": "it names a metric that the scenario does not declare",
    "unknown-column": "it names a column that the partner table does not have",
    "unknown-period": "it names a part of the period that the scenario does not declare",
    "missing-value": "a cell that it needs is empty, and no policy says what that means",
    "not-a-number": "text stands where a number is due, in the rule or in a column",
    "negative-amount": "an amount is negative",
    "percent-large": "a percentage is 1 or more without its sign, or above 1000 %",
    "bad-value": "its numbers contradict each other",
    "where-nobody": "its `where` matches no partner",
    "duplicate-name": "another rule or target has its name",
}


def kinds_page() -> Lines:
    """The list of kinds, and what all of them have in common."""
    yield from ("# Kinds of rules", "", SYMBOLS, "")
    described = {name: describe(kind) for name, kind in KINDS.items()}
    linked = [(f"[`{name}`](kinds/{name}.md)", each.sentence) for name, each in described.items()]
    yield from table(("kind", "says"), linked)
    yield from ("", "## Fields of every kind", "")
    fields = next(iter(described.values())).fields
    yield from table(
        ("field", "meaning"), [(code(name), fields[name]) for name in fields if name in Rule.model_fields]
    )
    yield from ("", "## Findings about every kind", "", "A rule has a finding where", "")
    yield from table(("code", "because"), [(code(name), text) for name, text in _GENERAL.items()])


def kind_page(name: str, *, cases: Sequence[Case] = (), case_file: str = "") -> Lines:
    """One kind. `cases` are what puts it under test, `written` is their file. Raises KeyError for no kind."""
    described = describe(KINDS[name])
    own = {field: text for field, text in described.fields.items() if field not in Rule.model_fields}
    yield from (f"# {name}", "", described.sentence, "", code(described.formula), "", SYMBOLS, "")
    if described.notes:
        yield from (described.notes, "")
    if KINDS[name].spares:
        yield from (f"Asks nothing of {KINDS[name].spares}.", "")
    yield from ("## Fields", "")
    yield from table(
        ("field", "needed", "meaning"), [_field(name, field, text) for field, text in own.items()]
    )
    yield from (
        "",
        "`name`, `metric`, `where`, `priority` and the like are [of every kind](../kinds.md).",
        "",
    )
    yield from ("## Example", "", *block("yaml", described.example))
    if rows := _findings(cases):
        yield from ("", "## Findings", "", "Besides [those of every kind](../kinds.md), in its cases:", "")
        yield from (f"- {code(finding)}: {case}" for finding, case in rows.items())
    if case_file:
        yield from (
            "",
            "## Cases",
            "",
            "As they are tested; [how to read them](../../how-to/rule-tests.md).",
            "",
        )
        yield from block("yaml", case_file)


def _field(kind: str, field: str, text: str) -> tuple[str, str, str]:
    needed = KINDS[kind].model_fields[field].is_required()
    return code(field), "yes" if needed else "", text


def _findings(cases: Sequence[Case]) -> Mapping[str, str]:
    """Each finding, on one line, to the case that gets it."""
    return {" ".join(case.finding.split()): case.name for case in cases if case.finding}
