"""What still is this period's in the next one: amounts that targets and rules state, and columns that nothing renewed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from api.analysis.renew.document import StatedAmount
from rules.book import RuleBook
from rules.fields import references
from rules.kinds.personal_best import PersonalBest
from rules.kinds.ratchet import Ratchet
from rules.rule import Rule
from rules.tunable import TunableParameter, tunable_parameters
from scenarios import Finding, Scenario
from scenarios.values.inline_yaml import inline

_AMOUNTS = ("total", "total_min", "total_max")
"""Fields of a target that state an amount."""
_SAME = (0, 1)
"""What limits or counts alike in every period: nothing at all, and each unit once."""
_REMEDY = "Where the next period has more, say so there: what has grown may be in conflict with it."


def stated_amounts(scenario: Scenario, book: RuleBook) -> Iterator[StatedAmount]:
    """The amounts of targets, then of rules, each with the field that has it."""
    there = {rule.name for rule in book.rules}
    for entry in scenario.targets:
        for field in _AMOUNTS:
            if field in entry.data and entry.name in there:
                yield StatedAmount(name=entry.name, field=field, value=inline(entry.data[field]))
    for rule in _rules(scenario, book):
        for each in _amounts(rule):
            yield StatedAmount(name=rule.name, field=each.path, value=each.text(each.value))


def stated_doubts(scenario: Scenario, book: RuleBook, unchanged: Sequence[str]) -> Iterator[Finding]:
    """Hard rules that limit the next period by what is this period's, with the numbers and columns to look at."""
    for rule in _rules(scenario, book):
        held = [name for _, name, to in references(rule) if to != "metric" and name in unchanged]
        if rule.hard and not isinstance(rule, Ratchet | PersonalBest):
            numbers = [*_amounts(rule), *(_shares(rule) if held else ())]
            still = [f"{each.path} still is {each.text(each.value)}" for each in numbers]
            still += [f"{name} holds what it held" for name in dict.fromkeys(held)]
            if still:
                message = f"{rule.name} is not renewed: {', '.join(still)}"
                yield Finding("not-renewed", book.places[rule.name], message, _REMEDY, "warning")


def _rules(scenario: Scenario, book: RuleBook) -> Iterator[Rule]:
    names = {entry.name for entry in scenario.rules}
    return (rule for rule in book.rules if rule.name in names)


def _amounts(rule: Rule) -> Iterator[TunableParameter]:
    return (each for each in tunable_parameters(rule) if not each.percent and each.value not in _SAME)


def _shares(rule: Rule) -> Iterator[TunableParameter]:
    """Those that are taken of a column, and not the steps of a ramp."""
    return (each for each in tunable_parameters(rule) if each.percent and each.key is None)
