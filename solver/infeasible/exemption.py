"""Exemptions: partners whom a rule could leave out, where none of its numbers repairs a conflict.

A rule may take its limits from a column alone, or a partner's cell may be zero: no percentage helps then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from rules import Rule
from rules.where import Condition, Selection
from solver.engines.quadratic_program import Engine
from solver.infeasible.iis import IrreducibleSet
from solver.infeasible.incremental import IncrementalModel
from solver.infeasible.tuning import hard_system
from solver.infeasible.verdict import UndecidedError, decide
from solver.infeasible.violation import least_violation

_NAMED = 5
"""Partners whom a sentence names; of more it tells the number, and the document has them all."""


@dataclass(frozen=True)
class Exemption:
    """Partners whom one rule would no longer speak of."""

    rule: str
    """Its name."""
    column: str
    """The column that identifies partners."""
    partners: tuple[str, ...]
    """Those left out, by id."""
    cost: Fraction
    """How far the limits of the rule are passed then at least, in the metric's unit."""

    unit: str = ""
    """The unit of the cost."""

    @property
    def affected(self) -> tuple[str, ...]:
        """The partners whose limits are lifted."""
        return self.partners

    @property
    def sentence(self) -> str:
        """In words."""
        more = len(self.partners) - _NAMED
        rest = f" and {more:,} more" if more > 0 else ""
        return f"leave {', '.join(self.partners[:_NAMED])}{rest} out of {self.rule}"

    def further(self, _steps: int) -> Exemption:
        """The same: limits that are lifted can go no further."""
        return self

    def repaired(self, rule: Rule) -> Rule:
        """The rule without them."""
        out = Selection((Condition(self.column, any_of=self.partners),))
        where = replace(rule.where, excluded=(*rule.where.excluded, out))
        return rule.model_copy(update={"where": where})


def exemptions(model: IncrementalModel, found: IrreducibleSet, engine: Engine) -> tuple[Exemption, ...]:
    """For each rule about single partners, whom to leave out so that the least amount is passed, verified.

    The cheapest first; of equals, out of what is asked before out of what is allowed: who has no cap may take it all.
    """
    floors = {part.rule: bool(np.isinf(part.block.upper).all()) for part in model.only(found.rules)}
    numbers = sorted(found.rules, key=lambda number: (not floors[number], number))
    made = [_exemption(model, found, number, engine) for number in numbers]
    return tuple(sorted((each for each in made if each), key=lambda each: each.cost))


def _exemption(
    model: IncrementalModel, found: IrreducibleSet, number: int, engine: Engine
) -> Exemption | None:
    book, (part,) = model.book, model.only({number})
    # A row of a group has no one partner who could be left out of it.
    if (part.rows.partner < 0).any():
        return None
    others = model.only(found.rules - {number})
    missed = least_violation(book.frame, others, [part], engine)
    if missed is None or not missed.amount.any():
        return None
    # In whole units some more may be caught, whose limits are less than a unit apart.
    whole = least_violation(book.frame, [other.in_units for other in others], [part.in_units], engine)
    rows = [each.row[each.amount > 0] for each in (missed, whole) if each is not None]
    partners = np.unique(part.rows.partner[np.concatenate(rows)])
    # A rule that speaks of no one any more is switched off, which is no repair.
    if len(partners) == len(np.unique(part.rows.partner)):
        return None
    ids = tuple(book.frame.columns.ids[partner] for partner in partners.tolist())
    made = Exemption(
        book.rules[number].name,
        book.frame.columns.table.id_column,
        ids,
        round(Fraction(missed.of(number)), 2),
    )
    # Asked of the conflict's rules alone: other conflicts may stand, and have repairs of their own.
    repaired = model.restricted(found.rules).with_rule(made.repaired(book.rules[number]))
    try:
        return made if decide(hard_system(repaired), engine).feasible else None
    except UndecidedError:
        return None
