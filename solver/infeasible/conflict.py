"""The conflict: a smallest set of hard rules that cannot hold together, in words and amounts, and what repairs it.

A set is found and proved by arithmetic alone (certificate.py, iis.py). Then single numbers of its rules are sought
that let every hard rule hold. Where there are none, another set stands beside the first: the first is settled by the
cheapest number that settles it by itself, and the rest is asked again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from rules import RuleBook
from rules.kinds.company_target import CompanyTarget
from scenarios import Place
from solver.engines.quadratic_program import Engine
from solver.infeasible.certificate import Certificate
from solver.infeasible.combination import cheapest_combination
from solver.infeasible.exemption import Exemption, exemptions
from solver.infeasible.iis import IrreducibleSet, RuleSet, can_hold, irreducible_set
from solver.infeasible.incremental import IncrementalModel
from solver.infeasible.repair import Repair, Search, Searcher
from solver.infeasible.sentences import caught, sentences
from solver.infeasible.smallest_changes import smallest_of
from solver.infeasible.verdict import confirmed
from solver.infeasible.violation import Violation, least_violation
from solver.infeasible.work import Work

MOST_CONFLICTS = 4
"""Conflicts that are reported at most: people mend what they read first."""
_MOST_SETTLED = 12
"""Conflicts that are settled one after the other at most, where nothing shorter lets the rules hold."""
_SMALL = 5_000
"""Cells up to which a simplex says what rules give together: a corner, where an interior point gives of each a part."""
_FEW = 1_000
"""Rows of a rule that may give way wherever others are at odds: those of groups, which are the first to be asked."""
_MOST_STEPS = 3
"""Repairs of one conflict that are looked at to settle it."""


@dataclass(frozen=True)
class Member:
    """One rule of a conflict."""

    rule: str
    """Its name."""
    kind: str
    """Its kind."""
    place: Place
    """Where it stands."""
    violation: Fraction | None
    """By how much its limits must be passed at least if it alone gives way to the others of the conflict."""
    unit: str
    """The unit of that amount."""


@dataclass(frozen=True)
class Concession:
    """What one rule gives in a combination."""

    rule: str
    amount: Fraction
    """The sum by which its limits are passed, in the metric's unit."""


@dataclass(frozen=True)
class Conflict:
    """Why some hard rules cannot all hold, and what would let them."""

    members: tuple[Member, ...]
    """The smallest set of rules, any one of which removed, the others can hold; and the targets they are shares of."""
    sentences: tuple[str, ...]
    """The arithmetic, in words."""
    affected: tuple[str, ...]
    """The partners caught between the rules."""
    confirmed_by: tuple[str, ...]
    """Who found it so."""
    repairs: tuple[Repair, ...]
    """What single numbers could be, the cheapest first; each lets the rules of this conflict hold, verified."""
    combination: tuple[Concession, ...]
    """The least that its rules could give together."""
    unsearched: tuple[str, ...] = ()
    """Rules whose numbers were not all looked at for repairs, because that would take long."""
    exemptions: tuple[Exemption, ...] = ()
    """Partners whom a rule could leave out, where no number repairs the conflict."""

    @property
    def rules(self) -> tuple[str, ...]:
        """The names of the rules."""
        return tuple(member.rule for member in self.members)


@dataclass(frozen=True)
class Conflicts:
    """Every conflict among the hard rules that stands when the ones before it are settled."""

    each: tuple[Conflict, ...]
    """At least one."""
    repairs: tuple[Repair, ...]
    """What single numbers could be that let all hard rules hold, the cheapest first; verified."""
    together: tuple[Repair | Exemption, ...]
    """Repairs that together let all hard rules hold where no single one does; verified."""
    unsearched: tuple[str, ...]
    """Rules whose numbers were not all looked at for repairs, because that would take long."""
    more: bool = False
    """Whether rules are known to be at odds still when all reported ones are settled."""

    @property
    def rules(self) -> tuple[str, ...]:
        """The names of all rules at odds."""
        return tuple(dict.fromkeys(rule for conflict in self.each for rule in conflict.rules))

    @property
    def sentences(self) -> tuple[str, ...]:
        """The arithmetic of all, in words."""
        return tuple(dict.fromkeys(sentence for conflict in self.each for sentence in conflict.sentences))

    @property
    def affected(self) -> tuple[str, ...]:
        """The partners caught in any of them."""
        return tuple(dict.fromkeys(partner for conflict in self.each for partner in conflict.affected))

    def summary(self) -> dict[str, Any]:
        """The rules, the arithmetic, who found it, and what repairs it, in words."""
        return {
            "rules": list(self.rules),
            "sentences": list(self.sentences),
            "confirmed_by": list(self.each[0].confirmed_by),
            "repairs": [repair.sentence for repair in self.repairs],
            "together": [repair.sentence for repair in self.together],
            "unsearched": list(self.unsearched),
            "more": self.more,
        }


def find_conflicts(book: RuleBook, engine: Engine, second: Engine) -> Conflicts:
    """The conflicts among the hard rules of a book that cannot all hold, at most a few.

    Raises ArithmeticError where no conflict can be proved.
    """
    model = IncrementalModel.of(book)
    found = irreducible_set(model, engine)
    if found is None:
        raise ArithmeticError("one engine finds the hard rules at odds, and others find that they can hold")
    chain = _Chain(model, (engine, second), Searcher(engine), found)
    chain.settle(MOST_CONFLICTS)
    reported, more = tuple(chain.each), chain.found is not None
    # A single number that settles everything must be one of a rule that is in every conflict. It says most, so that
    # the work for it is set aside apart from that for each conflict.
    shared = frozenset.intersection(*chain.members)
    search = Searcher(engine).repairs(model, chain.members[0], shared, chain.first)
    if len(reported) == 1:
        (alone,) = reported
        reported = (replace(alone, repairs=search.found or alone.repairs, unsearched=search.unsearched),)
    together: tuple[Repair | Exemption, ...] = ()
    if not search.found:
        together = _together(model, frozenset.union(*chain.members), engine)
    # The chain is an answer only where it ends in rules that hold; of one conflict a single number says more.
    if not together and not (search.found and len(reported) == 1):
        chain.settle(MOST_CONFLICTS if search.found else _MOST_SETTLED)
        together = smallest_of(model, _furthest(chain.taken), engine, Work()) if chain.settled else ()
    unsearched = dict.fromkeys(name for conflict in reported for name in conflict.unsearched)
    return Conflicts(reported, search.found, together, tuple(unsearched), more)


class _Chain:
    """One conflict after the other, each settled before the next is looked for."""

    def __init__(
        self,
        model: IncrementalModel,
        engines: tuple[Engine, Engine],
        searcher: Searcher,
        found: IrreducibleSet,
    ) -> None:
        self.searcher = searcher
        self.each: list[Conflict] = []
        self.members: list[RuleSet] = []
        self.taken: list[Repair | Exemption] = []
        self.first: Search | None = None
        """What was found for the first conflict alone."""
        self.found: IrreducibleSet | None = found
        """What cannot hold even so."""
        self._model, self._current, self._engines, self._unsettled = model, model, engines, False

    @property
    def settled(self) -> bool:
        """Whether all rules hold with what was taken."""
        return self.found is None and not self._unsettled

    def settle(self, most: int) -> None:
        """Goes on until so many conflicts are looked at, or all are settled, or one cannot be."""
        while self.found is not None and not self._unsettled and len(self.each) < most:
            members = _members(self._current, self.found.rules)
            conflict = _reported(self._current, self.found, self._engines)
            own = self.searcher.repairs(self._current.restricted(members), members, members)
            self.first = self.first or own
            self.members.append(members)
            self.each.append(_with_repairs(self._current, conflict, self.found, own, self._engines[0]))
            step = _settled(self._model, self._current, self.each[-1], self._engines[0])
            self._unsettled = step is None
            if step is not None:
                self.taken.append(step.repair)
                self._current, self.found = step.model, step.further


def _together(model: IncrementalModel, at_odds: RuleSet, engine: Engine) -> tuple[Repair, ...]:
    """The cheapest numbers that settle all, of every hard rule, or where targets are many, first of rules about groups."""
    every = {part.rule for part in model.hard}
    few = {part.rule for part in model.hard if len(part.single) <= _FEW}
    # Shares follow the company target when it moves: it is asked where nothing else is enough.
    groups = {rule for rule in few if not isinstance(model.book.rules[rule], CompanyTarget)}
    small = model.book.frame.size <= _SMALL
    # Where only groups give way, partners that are alike in all of them are one column: that is a hundred times quicker.
    for rules in [every] if small else [groups, few, few | at_odds]:
        combination = cheapest_combination(model, rules, engine, Work())
        if combination is not None:
            return combination.repairs
    return ()


@dataclass(frozen=True)
class _Step:
    """One conflict settled."""

    repair: Repair | Exemption
    model: IncrementalModel
    """The rules with it."""
    further: IrreducibleSet | None
    """What cannot hold even so."""


def _settled(
    model: IncrementalModel, current: IncrementalModel, conflict: Conflict, engine: Engine
) -> _Step | None:
    """The conflict settled by its cheapest repair whose further conflict, if any, is not of its own making."""
    first: _Step | None = None
    options: list[Repair | Exemption] = [*conflict.repairs, *conflict.exemptions]
    # A repair can make a conflict of its own, say a cap raised into another total: the next cheapest may
    # not.
    for repair in options[:_MOST_STEPS]:
        repaired = _repaired(current, repair)
        step = _Step(repair, repaired, irreducible_set(repaired, engine))
        first = first or step
        # Rules that could not hold before the repair either are a conflict that was there already.
        if step.further is None or not can_hold(model.restricted(step.further.rules), engine):
            return step
    return first


def _with_repairs(
    model: IncrementalModel, conflict: Conflict, found: IrreducibleSet, search: Search, engine: Engine
) -> Conflict:
    """The conflict with its repairs; where no number is one, with whom its rules could leave out."""
    out = () if search.found else exemptions(model, found, engine)
    return replace(conflict, repairs=search.found, unsearched=search.unsearched, exemptions=out)


def _repaired(model: IncrementalModel, repair: Repair | Exemption) -> IncrementalModel:
    return model.with_rule(repair.repaired(model.book.rules[model.book.number(repair.rule)]))


def _furthest(taken: Sequence[Repair | Exemption]) -> list[Repair | Exemption]:
    """Each number once, as it is changed last, from what the rule says now."""
    first: dict[str, Repair] = {}
    last: dict[str, Repair | Exemption] = {}
    for repair in taken:
        if isinstance(repair, Exemption):
            last[f"{repair.rule} {repair.partners}"] = repair
            continue
        name = repair.parameter.name
        start = first.setdefault(name, repair)
        last[name] = replace(repair, parameter=start.parameter)
    return list(last.values())


def _reported(
    model: IncrementalModel,
    found: IrreducibleSet,
    engines: tuple[Engine, Engine],
) -> Conflict:
    book, frame = model.book, model.book.frame
    missed = {rule: _alone(model, found, rule, engines[0]) for rule in sorted(found.rules)}
    members = [_member(book, rule, missed.get(rule)) for rule in sorted(_members(model, found.rules))]
    found = _in_money(found, missed.values())
    partners = dict.fromkeys((caught(found) % frame.partners).tolist())
    return Conflict(
        members=tuple(members),
        sentences=tuple(sentences(book, found)),
        affected=tuple(frame.columns.ids[partner] for partner in partners),
        confirmed_by=confirmed(found.system, *engines),
        repairs=(),
        # engines[1] is the one for linear programs: at its corner few rules give, in an interior point all do a little.
        combination=_combination(
            book, least_violation(frame, (), model.only(found.rules), engines[int(frame.size <= _SMALL)])
        ),
    )


def _alone(model: IncrementalModel, found: IrreducibleSet, rule: int, engine: Engine) -> Violation | None:
    """The least by which one rule must be missed if it alone gives way."""
    others = model.only(found.rules - {rule})
    return least_violation(model.book.frame, others, model.only({rule}), engine)


def _in_money(found: IrreducibleSet, missed: Iterable[Violation | None]) -> IrreducibleSet:
    """The set with a certificate that counts what one rule lacks, where there is one."""
    for each in missed:
        certificate = Certificate(each.multipliers if each else {})
        if each and certificate.proof(found.system).holds:
            return replace(found, certificate=certificate)
    return found


def _members(model: IncrementalModel, rules: RuleSet) -> RuleSet:
    """The rules, and the company targets that limits of theirs are a share of."""
    book = model.book
    reading = {book.rules[rule].metric for rule in rules & model.total_readers}
    behind = {
        part.rule
        for part in model.hard
        if isinstance(rule := book.rules[part.rule], CompanyTarget) and rule.metric in reading
    }
    return rules | behind


def _member(book: RuleBook, number: int, missed: Violation | None) -> Member:
    rule = book.rules[number]
    units = {book.frame.metrics[m].unit for m in ([rule.metric] if rule.metric else book.frame.metrics)}
    violation = round(Fraction(missed.of(number)), 2) if missed else None
    unit = units.pop() if len(units) == 1 else ""
    return Member(rule.name, rule.kind, book.places[rule.name], violation or None, unit)


def _combination(book: RuleBook, missed: Violation | None) -> tuple[Concession, ...]:
    """The rules that give something, and how much."""
    if missed is None:
        return ()
    rules = np.unique(missed.rule[missed.amount > 0]).tolist()
    return tuple(Concession(book.rules[rule].name, round(Fraction(missed.of(rule)), 2)) for rule in rules)
