"""Levers: the numbers of a rule that people can turn, and a rule book with some of its rules changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, get_args, get_type_hints

from rules.book import RuleBook
from rules.rule import Rule
from rules.totals import company_totals
from scenarios import Place
from scenarios.exact import decimal_text
from scenarios.numbers import Percent, Share

_NEVER_TURNED = frozenset({"weight"})


@dataclass(frozen=True)
class Lever:
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

    @property
    def name(self) -> str:
        """As people write it: `everyone grows.growth_min`."""
        return f"{self.rule}.{self.field}" + (f".{self.key}" if self.key else "")

    def turned(self, rule: Rule, value: Fraction) -> Rule:
        """The rule with another number here."""
        changed: Any = value if self.key is None else {**getattr(rule, self.field), self.key: value}
        return rule.model_copy(update={self.field: changed})

    def text(self, value: Fraction) -> str:
        """A number as it is written here."""
        return f"{decimal_text(value * 100)}%" if self.percent else f"{float(value):,.15g}"


def levers(rule: Rule) -> tuple[Lever, ...]:
    """The numbers of a rule that decide what it demands, in the order of its fields."""
    hints = get_type_hints(type(rule), include_extras=True)
    found: list[Lever] = []
    for field in type(rule).model_fields:
        value = getattr(rule, field)
        percent = _is_percent(hints[field])
        if field in _NEVER_TURNED:
            continue
        if isinstance(value, Fraction):
            found.append(Lever(rule.name, field, None, value, percent))
        elif isinstance(value, dict):
            found += [
                Lever(rule.name, field, k, v, percent) for k, v in value.items() if isinstance(v, Fraction)
            ]
    return tuple(found)


def _is_percent(hint: Any) -> bool:
    return hint in (Percent, Share) or any(_is_percent(part) for part in get_args(hint))


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
    totals, parts = company_totals(rules, book.frame)
    return RuleBook(rules, places, replace(book.frame, totals=totals, part_totals=parts))
