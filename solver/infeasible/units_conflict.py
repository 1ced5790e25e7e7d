"""A conflict about units: hard rules that can hold, but in no whole units, as any other conflict is reported."""

from __future__ import annotations

from rules import RuleBook
from solver.engines.quadratic_program import Engine
from solver.infeasible.conflict import Conflict, Conflicts, Member
from solver.infeasible.incremental import IncrementalModel
from solver.infeasible.no_whole_units import NoWholeUnits
from solver.infeasible.repair import unit_repairs

JUDGE = "the integer program"
"""Who found it so."""


def units_conflict(book: RuleBook, found: NoWholeUnits, engine: Engine) -> Conflicts:
    """The conflict; finer units stand in its sentences, for they are no number of a rule; numbers of its rules beside."""
    model = IncrementalModel.of(book)
    repairs = unit_repairs(model, frozenset(map(book.number, found.rules)), engine)
    rules = [book.rules[book.number(name)] for name in found.rules]
    members = tuple(
        Member(
            rule=rule.name,
            kind=rule.kind,
            place=book.places[rule.name],
            violation=None,
            unit=book.frame.metrics[rule.metric].unit if rule.metric else "",
        )
        for rule in rules
    )
    conflict = Conflict(
        members=members,
        sentences=found.sentences(book),
        affected=(),
        confirmed_by=(JUDGE,),
        repairs=repairs,
        combination=(),
    )
    return Conflicts(each=(conflict,), repairs=repairs, together=(), unsearched=())
