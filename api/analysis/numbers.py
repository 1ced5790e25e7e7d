"""The numbers of a scenario: what each rule and target says, and what of it may be tuned."""

from __future__ import annotations

from api.analysis.request import Request
from api.output.document import Amount, Document
from rules.describe import describe
from rules.load import Loaded
from rules.rule import Rule
from rules.tunable import TunableParameter, tunable_parameters
from scenarios.values.rational_array import decimal_text


class NumbersRequest(Request):
    """The rules and targets of a scenario, with the numbers in them."""


class NumberPart(Document):
    """One number of a rule or a target."""

    field: str
    """As `change` of a variant names it; a dot before the key of a mapping."""
    label: str
    about: str
    """What the field means."""
    as_text: str
    """As it is written: 3%, 600,000."""
    value: Amount
    """In percent points where it is a percentage."""
    percent: bool


class RuleNumbers(Document):
    """One rule or target."""

    rule: str
    kind: str
    sentence: str
    """What the kind says."""
    priority: int | None
    """Null for a hard rule."""
    metric: str | None
    reason: str
    file: str
    line: int | None
    numbers: tuple[NumberPart, ...]


class NumbersDocument(Document):
    """The rules and targets of a scenario, in their order."""

    scenario: str
    title: str
    rules: tuple[RuleNumbers, ...]


def numbers_of(loaded: Loaded) -> NumbersDocument:
    """What each rule of the book says."""
    book = loaded.book
    return NumbersDocument(
        scenario=loaded.scenario.name,
        title=loaded.scenario.title,
        rules=tuple(_rule(rule, loaded) for rule in book.rules),
    )


def _rule(rule: Rule, loaded: Loaded) -> RuleNumbers:
    place, about = loaded.book.places[rule.name], describe(type(rule))
    fields = about.fields
    return RuleNumbers(
        rule=rule.name,
        kind=rule.kind,
        sentence=about.sentence,
        priority=rule.priority,
        metric=rule.metric or None,
        reason=rule.reason,
        file=place.file,
        line=place.line,
        numbers=tuple(_number(each, fields.get(each.field, "")) for each in tunable_parameters(rule)),
    )


def _number(parameter: TunableParameter, about: str) -> NumberPart:
    label = parameter.field.replace("_", " ") + (f" for {parameter.key}" if parameter.key else "")
    return NumberPart(
        field=parameter.path,
        label=label,
        about=about,
        as_text=parameter.text(parameter.value),
        value=decimal_text(parameter.value * 100 if parameter.percent else parameter.value),
        percent=parameter.percent,
    )
