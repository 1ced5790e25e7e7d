"""Tunable parameters: the numbers of a rule that people may change, and a rule book with some of its rules changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, get_args, get_type_hints

from rules.book import RuleBook
from rules.rule import Rule
from rules.totals import company_totals
from scenarios import Place
from scenarios.values.number_fields import Percent, Share
from scenarios.values.rational_array import decimal_text

_NOT_TUNABLE = frozenset({"weight"})


@dataclass(frozen=True)
class TunableParameter:
    """One number of a rule."""

    rule: str
    """The rule's name."""
    field: str
    """The field that holds it."""
    key: str | None
    """Its key, where the field is a mapping."""
    value: Fraction
    """What it is now."""
    percent: bool
    """Whether it is written as a percentage."""

    least: Fraction = Fraction(0)
    """What it may not fall to: there the rule would say nothing, or something that cannot be."""

    @property
    def name(self) -> str:
        """As people write it: `everyone grows.growth_min`."""
        return f"{self.rule}.{self.path}"

    @property
    def path(self) -> str:
        """As `change` of a variant names it; a dot before the key of a mapping."""
        return self.field + (f".{self.key}" if self.key else "")

    def with_value(self, rule: Rule, value: Fraction) -> Rule:
        """The rule with another number here."""
        changed: Any = value if self.key is None else {**getattr(rule, self.field), self.key: value}
        return rule.model_copy(update={self.field: changed})

    def change(self, to: Fraction) -> str:
        """A change in words: "raise growth max of within reach from 5% to 6.5%"."""
        verb = "raise" if to > self.value else "lower"
        field = self.field.replace("_", " ") + (f" ({self.key})" if self.key else "")
        return f"{verb} {field} of {self.rule} from {self.text(self.value)} to {self.text(to)}"

    def text(self, value: Fraction) -> str:
        """A number as it is written here."""
        return f"{decimal_text(value * 100)}%" if self.percent else f"{float(value):,.15g}"


def tunable_parameters(rule: Rule) -> tuple[TunableParameter, ...]:
    """The numbers of a rule that decide what it demands, in the order of its fields."""
    hints = get_type_hints(type(rule), include_extras=True)
    found: list[TunableParameter] = []
    for field in type(rule).model_fields:
        value = getattr(rule, field)
        percent = _is(hints[field], Percent, Share)
        least = Fraction(-1) if _is(hints[field], Percent) else Fraction(0)
        if field in _NOT_TUNABLE:
            continue
        if isinstance(value, Fraction):
            found.append(TunableParameter(rule.name, field, None, value, percent, least))
        elif isinstance(value, dict):
            found += [
                TunableParameter(rule.name, field, k, v, percent)
                for k, v in value.items()
                if isinstance(v, Fraction)
            ]
    return tuple(found)


def _is(hint: Any, *types: Any) -> bool:
    """Whether a field, or what it may hold, has one of these types."""
    return hint in types or any(_is(part, *types) for part in get_args(hint))


def revised(
    book: RuleBook, changed: Iterable[Rule] = (), *, added: Iterable[Rule] = (), without: Iterable[str] = ()
) -> RuleBook:
    """The book with rules of the same names replaced, others added at its end or left out, and totals anew."""
    news, gone, more = {rule.name: rule for rule in changed}, set(without), tuple(added)
    rules = (*(news.get(rule.name, rule) for rule in book.rules if rule.name not in gone), *more)
    places = {
        **book.places,
        **{rule.name: Place(f"({rule.name})") for rule in more if rule.name not in book.places},
    }
    totals, parts = company_totals(rules, book.frame.year)
    return RuleBook(rules, places, replace(book.frame, totals=totals, part_totals=parts))
