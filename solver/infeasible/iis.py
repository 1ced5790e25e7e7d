"""IIS: a smallest set of rules that cannot hold together.

A certificate names the few rules it adds up; a deletion filter over those makes the set irreducible (Chinneck &
Dravnieks 1991).
"""

from __future__ import annotations

from dataclasses import dataclass

from rules import RuleBook
from solver.engines.quadratic_program import Engine
from solver.infeasible.certificate import Certificate, Proof
from solver.infeasible.incremental import IncrementalModel
from solver.infeasible.system import System
from solver.infeasible.verdict import UndecidedError, Verdict, decide

RuleSet = frozenset[int]


@dataclass(frozen=True, eq=False)
class IrreducibleSet:
    """Rules that cannot hold together; left out any of them, the others can, as far as engines can tell."""

    rules: RuleSet
    """Their numbers in the book."""
    system: System
    """What they ask."""
    certificate: Certificate
    """Why they cannot hold."""

    @property
    def proof(self) -> Proof:
        """The certificate added up."""
        return self.certificate.proof(self.system)


def irreducible_set(model: IncrementalModel, engine: Engine) -> IrreducibleSet | None:
    """A smallest set among the hard rules of a model; None where all can hold."""
    rules = frozenset(part.rule for part in model.hard)
    verdict = _decide(model, rules, engine)
    return None if verdict.feasible else _reduced(model, rules, verdict, engine)


def can_hold(model: IncrementalModel, engine: Engine) -> bool:
    """Whether the hard rules of a model can all hold."""
    return _decide(model, frozenset(part.rule for part in model.hard), engine).feasible


def _reduced(model: IncrementalModel, rules: RuleSet, verdict: Verdict, engine: Engine) -> IrreducibleSet:
    """The deletion filter over the rules that a certificate names; bounds of single partners are tried first."""
    rules, verdict = _supported(model, rules, verdict, engine)
    # What is tried first is dropped if it can be: bounds of single partners, then what stands late in the
    # book, so that the set that stays speaks of totals and groups where it can.
    for rule in sorted(rules, key=lambda rule: _order(model, rule)):
        # A certificate may have dropped the rule before its turn.
        if rule not in rules or len(rules) == 1:
            continue
        without = _settled(model, rules - {rule}, engine)
        if without is not None and not without.feasible:
            rules, verdict = _supported(model, rules - {rule}, without, engine)
    assert verdict.certificate is not None
    return IrreducibleSet(rules, _system(model, rules), verdict.certificate)


def _supported(
    model: IncrementalModel, rules: RuleSet, verdict: Verdict, engine: Engine
) -> tuple[RuleSet, Verdict]:
    """The rules that a certificate names, where they cannot hold by themselves; else all."""
    assert verdict.certificate is not None
    named = verdict.certificate.proof(_system(model, rules)).rules & rules
    if named == rules:
        return rules, verdict
    # Multipliers taken for noise are not named: whether those named are enough is asked, never assumed.
    alone = _settled(model, named, engine)
    return (rules, verdict) if alone is None or alone.feasible else (named, alone)


def _order(model: IncrementalModel, rule: int) -> tuple[bool, int]:
    (part,) = model.only({rule})
    return not part.block.single.all(), -rule


def _system(model: IncrementalModel, rules: RuleSet) -> System:
    return System.of(model.book.frame, model.only(rules))


def _decide(model: IncrementalModel, rules: RuleSet, engine: Engine) -> Verdict:
    return decide(_system(model, rules), engine)


def _settled(model: IncrementalModel, rules: RuleSet, engine: Engine) -> Verdict | None:
    """The verdict; None where none can be proved: a conflict is rather reported with a rule too many than not at all."""
    try:
        return _decide(model, rules, engine)
    except UndecidedError:
        return None


def names(book: RuleBook, rules: RuleSet) -> tuple[str, ...]:
    """The names of rules, in the order of the book."""
    return tuple(book.rules[number].name for number in sorted(rules))
