"""The conflict: a smallest set of hard rules that cannot hold together, in words and amounts.

Candidates come from arithmetic (a floor above a cap; a row out of reach of its bounds) or from the least-squares
relaxation of all rows, whose misses are a certificate of infeasibility. A deletion filter over rules (Chinneck &
Dravnieks 1991) makes them minimal, and a second engine confirms the clash before it is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from scipy import sparse

from rules import Frame, Rule, RuleBook
from rules.kinds.company_target import CompanyTarget
from rules.levers import revised
from scenarios import Place
from scenarios.exact import decimal_text
from solver.elastic import give_way
from solver.engines.problem import Engine
from solver.feasible import awake, feasible
from solver.program import NOBODY, Demand, Limits, Program, assemble, demands_of
from solver.repair import Concession, Repair, Solvers, cheapest_combination, peace_together, repairs

_SHOWN = 5
_MOST = 6


@dataclass(frozen=True)
class Party:
    """One rule of the clash."""

    rule: str
    """Its name."""
    kind: str
    """Its kind."""
    place: Place
    """Where it stands."""
    lacking: Fraction | None
    """By how much its limits must give way if it alone does, all other hard rules kept; None if that is not enough."""
    unit: str
    """The unit of that amount."""

    def document(self) -> dict[str, Any]:
        """As it stands in result.json."""
        lacking = None if self.lacking is None else decimal_text(self.lacking, decimals=2)
        place = {"file": self.place.file, "line": self.place.line}
        return {"rule": self.rule, "kind": self.kind, **place, "lacking": lacking, "unit": self.unit}


@dataclass(frozen=True)
class Conflict:
    """Why the hard rules cannot all hold, and what would make peace."""

    parties: tuple[Party, ...]
    """The smallest set of rules, any one of which removed, the others can hold; and the targets they are shares of."""
    sentences: tuple[str, ...]
    """The arithmetic, in words."""
    touched: tuple[str, ...]
    """The partners caught between the rules."""
    confirmed_by: tuple[str, ...]
    """The engines that found it so."""
    repairs: tuple[Repair, ...]
    """What single numbers could be, the cheapest first; each makes peace in this conflict, verified by a solve."""
    combination: tuple[Concession, ...]
    """The least that several rules could give together."""
    unsearched: tuple[str, ...] = ()
    """Rules whose numbers were not all looked at for repairs, because that would take long."""

    @property
    def rules(self) -> tuple[str, ...]:
        """The names of the rules."""
        return tuple(party.rule for party in self.parties)

    def document(self) -> dict[str, Any]:
        """As it stands in result.json."""
        return {
            "rules": [party.document() for party in self.parties],
            "sentences": list(self.sentences),
            "touched": list(self.touched),
            "confirmed_by": list(self.confirmed_by),
            "repairs": [repair.document() for repair in self.repairs],
            "combination": [{"rule": c.rule, "amount": decimal_text(c.amount)} for c in self.combination],
        }


@dataclass(frozen=True)
class Conflicts:
    """Every conflict among the hard rules that stands when the ones before it are settled."""

    each: tuple[Conflict, ...]
    """At least one."""
    repairs: tuple[Repair, ...]
    """What single numbers could be that make peace in all of them, the cheapest first; verified."""
    together: tuple[Repair, ...]
    """One repair for each conflict that together make peace; verified, empty where none was found."""
    unsearched: tuple[str, ...]
    """Rules whose numbers were not all looked at for repairs, because that would take long."""

    @property
    def rules(self) -> tuple[str, ...]:
        """The names of all rules at odds."""
        return tuple(dict.fromkeys(rule for conflict in self.each for rule in conflict.rules))

    @property
    def sentences(self) -> tuple[str, ...]:
        """The arithmetic of all, in words."""
        return tuple(dict.fromkeys(sentence for conflict in self.each for sentence in conflict.sentences))

    @property
    def touched(self) -> tuple[str, ...]:
        """The partners caught in any of them."""
        return tuple(dict.fromkeys(partner for conflict in self.each for partner in conflict.touched))

    def document(self) -> dict[str, Any]:
        """As it stands in result.json: the first conflict, the others, and the repairs of all."""
        first, *others = self.each
        return {
            **first.document(),
            "repairs": [repair.document() for repair in self.repairs],
            "also": [conflict.document() for conflict in others],
            "together": [repair.document() for repair in self.together],
            "unsearched": list(self.unsearched),
        }


def find_conflicts(book: RuleBook, demands: Sequence[Demand], engine: Engine, second: Engine) -> Conflicts:
    """The conflicts among hard demands that cannot all hold, at most a few.

    Raises ArithmeticError when the engines disagree about one.
    """
    found: list[tuple[Conflict, str]] = []
    left, asked = book, demands
    while len(found) < _MOST and not (found and _can_hold(left, _hard(left, asked), engine)):
        conflict = find_conflict(left, asked, engine, second)
        found.append((conflict, _pivot(left, conflict)))
        left = revised(left, without=[found[-1][1]])
        asked = demands_of(left)
    solvers = Solvers(spreads=engine, tells=second)
    each = tuple(
        _repaired(book, conflict, [p for c, p in found if c is not conflict], solvers)
        for conflict, _ in found
    )
    rules = dict.fromkeys(rule for conflict in each for rule in conflict.rules)
    if len(each) == 1:
        return Conflicts(each, each[0].repairs, (), each[0].unsearched)
    alone = repairs(book, list(rules), solvers)
    together = peace_together(book, [conflict.repairs for conflict in each], solvers)
    return Conflicts(each, alone.found, together, alone.unsearched)


def _hard(book: RuleBook, demands: Sequence[Demand]) -> list[Demand]:
    return [d for d in demands if book.rules[d.rule].hard]


def _pivot(book: RuleBook, conflict: Conflict) -> str:
    """The rule without which a further conflict would show: the last that is neither a target nor of single partners."""
    rules = [book.rules[book.number(name)] for name in conflict.rules]
    wide = [
        r.name
        for r in rules
        if not isinstance(r, CompanyTarget) and (book.rows[book.number(r.name)].partner < 0).any()
    ]
    other = [r.name for r in rules if not isinstance(r, CompanyTarget)]
    return (wide or other or list(conflict.rules))[-1]


def _repaired(book: RuleBook, conflict: Conflict, others: Sequence[str], solvers: Solvers) -> Conflict:
    """The conflict with the repairs that settle it when the others are settled."""
    alone = revised(book, without=others)
    search = repairs(alone, [r for r in conflict.rules if r not in others], solvers)
    return replace(conflict, repairs=search.found, unsearched=search.unsearched)


def find_conflict(book: RuleBook, demands: Sequence[Demand], engine: Engine, second: Engine) -> Conflict:
    """The conflict among hard demands that cannot all hold.

    Raises ArithmeticError when the engines disagree about it.
    """
    hard = _hard(book, demands)
    least = _deletion_filter(book, _candidates(book, hard, engine), engine)
    program = assemble(book.frame, least)
    if feasible(awake(program), second):
        raise ArithmeticError(f"{engine.name} finds a conflict among rules that {second.name} finds can hold")
    shared = _totals_behind(book, least)
    parties = tuple(_party(book, demand, hard, engine) for demand in [*shared, *least])
    names = [party.rule for party in parties]
    cells = _caught(program)
    touched = tuple(
        dict.fromkeys(book.frame.columns.ids[cell % book.frame.partners] for cell in cells.tolist())
    )
    return Conflict(
        parties=parties,
        sentences=tuple(_sentences(book, program, assemble(book.frame, hard), len(touched))),
        touched=touched,
        confirmed_by=(engine.name, second.name),
        repairs=(),
        combination=cheapest_combination(book, demands, names, second),
    )


def _totals_behind(book: RuleBook, least: list[Demand]) -> list[Demand]:
    """The company targets that limits of these demands are a share of, where they are not among them."""
    found = []
    for number, rule in enumerate(book.rules):
        if not isinstance(rule, CompanyTarget) or number in {d.rule for d in least}:
            continue
        frame = book.frame
        doubled = {m: t * (2 if m == rule.metric else 1) for m, t in frame.totals.items()}
        other = replace(frame, totals=doubled)
        if rule.hard and any(_limits_move(book.rules[d.rule], d, other) for d in least):
            found.append(Demand.of(number, book.rows[number], frame.size))
    return found


def _limits_move(rule: Rule, demand: Demand, frame: Frame) -> bool:
    lower, upper = rule.all_rows(frame).limits()
    return not (np.array_equal(lower, demand.lower) and np.array_equal(upper, demand.upper))


def _candidates(book: RuleBook, hard: list[Demand], engine: Engine) -> list[Demand]:
    """Demands among which there is a clash, cells' own clashes first."""
    program = assemble(book.frame, hard)
    if (worst := _worst(program.bounds) or _worst(program.limits)) is not None:
        rules = set(worst)
    else:
        rules = _relaxed(book, program, hard, engine)
    found = [d for d in hard if d.rule in rules]
    return found if not _can_hold(book, found, engine) else hard


def _relaxed(book: RuleBook, program: Program, hard: list[Demand], engine: Engine) -> set[int]:
    """The rules that a least-squares relaxation of all rows of several cells finds at odds."""
    against: dict[int, tuple[int, ...]] = {}
    bounds_only = awake(program).with_rows(sparse.csr_array((0, len(program.lower))))
    several = [d.part(np.flatnonzero(d.shape.entries > 1)) for d in hard if not d.single.all()]
    give_way(book, bounds_only, several, engine, against)
    return set(against) | {rule for rules in against.values() for rule in rules}


def _worst(limits: Limits) -> tuple[int, int] | None:
    """The two rules that are furthest apart over one thing, if any cross."""
    if not len(limits.crossed):
        return None
    worst = limits.crossed[np.argmax((limits.lower - limits.upper)[limits.crossed])]
    return int(limits.lower_rule[worst]), int(limits.upper_rule[worst])


def _can_hold(book: RuleBook, demands: Sequence[Demand], engine: Engine) -> bool:
    return feasible(awake(assemble(book.frame, demands)), engine)


def _deletion_filter(book: RuleBook, demands: list[Demand], engine: Engine) -> list[Demand]:
    """The demands less every one that the clash does not need; bounds of single partners are tried first."""
    needed = list(demands)
    for demand in sorted(demands, key=lambda d: (not d.single.all(), -d.rule)):
        others = [d for d in needed if d is not demand]
        if others and not _can_hold(book, others, engine):
            needed = others
    return needed


def _party(book: RuleBook, demand: Demand, hard: list[Demand], engine: Engine) -> Party:
    rule = book.rules[demand.rule]
    program = awake(assemble(book.frame, [d for d in hard if d.rule != demand.rule]))
    lacking = None
    if not program.crossed and feasible(program, engine):
        (reached,) = give_way(book, program, [demand], engine, {})
        lacking = round(Fraction(float(reached.given_by(demand).sum())), 2) or None
    units = {book.frame.metrics[m].unit for m in ([rule.metric] if rule.metric else book.frame.metrics)}
    return Party(
        rule.name, rule.kind, book.places[rule.name], lacking, units.pop() if len(units) == 1 else ""
    )


def _caught(program: Program) -> np.ndarray[Any, np.dtype[np.intp]]:
    """The cells that clash on their own, or else all cells of rows that are out of reach, or of all rows."""
    if len(program.bounds.crossed):
        return program.bounds.crossed
    if len(program.limits.crossed):
        return np.unique(program.matrix[program.limits.crossed].indices).astype(np.intp)
    beyond = (program.least > program.row_upper) | (program.most < program.row_lower)
    matrix = program.matrix[np.flatnonzero(beyond)] if beyond.any() else _smallest(program)
    return np.unique(matrix.indices).astype(np.intp)


def _smallest(program: Program) -> sparse.csr_array:
    sizes = np.diff(program.matrix.indptr)
    return sparse.csr_array(program.matrix[np.flatnonzero(sizes == min(sizes, default=0))])


def _sentences(book: RuleBook, program: Program, hard: Program, touched: int) -> list[str]:
    """The arithmetic of the smallest set, then what all hard rules together make of it."""
    if len(program.bounds.crossed):
        return _cell_sentences(book, program)
    said = _row_sentences(book, program)
    wider = [sentence for sentence in _row_sentences(book, hard) if sentence not in said]
    if said or wider:
        return said + [f"With every hard rule: {sentence}" for sentence in wider]
    owners = (program.limits, program.bounds)
    rules = sorted(
        {rule for o in owners for rule in (*o.lower_rule.tolist(), *o.upper_rule.tolist())} - {NOBODY}
    )
    return [f"{_and([_name(book, rule) for rule in rules])} cannot hold together for {touched:,} partners."]


def _cell_sentences(book: RuleBook, program: Program) -> list[str]:
    crossed, bounds = program.bounds.crossed, program.bounds
    lacking = (bounds.lower - bounds.upper)[crossed]
    order = crossed[np.argsort(-lacking, kind="stable")]
    said = [_cell_sentence(book, bounds, int(cell)) for cell in order[:_SHOWN]]
    more = len(order) - len(said)
    whole = f"{more:,} more partners are caught likewise; together {lacking.sum():,.2f} is lacking."
    return said + ([whole] if more else [])


def _cell_sentence(book: RuleBook, bounds: Limits, cell: int) -> str:
    floor, cap = _name(book, bounds.lower_rule[cell]), _name(book, bounds.upper_rule[cell])
    least, most = bounds.lower[cell], bounds.upper[cell]
    who = book.frame.columns.ids[cell % book.frame.partners]
    return (
        f"{floor} asks at least {least:,.2f} of {who}, and {cap} allows at most {most:,.2f}: "
        f"{least - most:,.2f} is lacking."
    )


def _row_sentences(book: RuleBook, program: Program) -> list[str]:
    """The arithmetic of the rows out of reach: all of a rule's where they are few, else its largest and their sum."""
    low, high = program.row_lower, program.row_upper
    crossed, short, over = low > high, program.most < low, program.least > high
    beyond = np.where(crossed, low - high, np.where(short, low - program.most, program.least - high))
    rule = np.where(crossed | short, program.limits.lower_rule, program.limits.upper_rule)
    rows = np.flatnonzero(crossed | short | over)
    said: list[str | None] = []
    for number in dict.fromkeys(rule[rows].tolist()):
        mine = rows[rule[rows] == number]
        if len(mine) > _SHOWN:
            mine = mine[np.argsort(-beyond[mine], kind="stable")]
        said += [_row_sentence(book, program, row) for row in mine[:_SHOWN].tolist()]
        if (more := len(mine) - _SHOWN) > 0:
            total = beyond[mine].sum()
            said.append(
                f"{more:,} more limits of {_name(book, number)} are caught likewise; all together {total:,.2f} is at odds."
            )
    return [sentence for sentence in said if sentence]


def _row_sentence(book: RuleBook, program: Program, row: int) -> str | None:
    """The arithmetic of a row that another rule, or its cells' bounds, keep out of reach."""
    least, most = program.least[row], program.most[row]
    low, high = program.row_lower[row], program.row_upper[row]
    cells = program.matrix[[row]].indices
    lower, upper = _said(book, program.limits, row, low=True), _said(book, program.limits, row, low=False)
    if low > high:
        return f"{lower} asks at least {low:,.2f}, and {upper} allows at most {high:,.2f}: {low - high:,.2f} is lacking."
    if most < low:
        return (
            f"{lower} asks at least {low:,.2f}, and the caps of its {len(cells):,} targets "
            f"({_names(book, program.bounds.upper_rule[cells])}) come to {most:,.2f}: {low - most:,.2f} is lacking."
        )
    if least > high:
        return (
            f"{upper} allows at most {high:,.2f}, and the floors of its {len(cells):,} targets "
            f"({_names(book, program.bounds.lower_rule[cells])}) come to {least:,.2f}: {least - high:,.2f} too much."
        )
    return None


def _said(book: RuleBook, limits: Limits, row: int, *, low: bool) -> str:
    rule = int((limits.lower_rule if low else limits.upper_rule)[row])
    number = int((limits.lower_row if low else limits.upper_row)[row])
    if rule == NOBODY:
        return "nothing"
    subject = book.rows[rule].subject(number, book.frame.columns.ids)
    return f"{book.rules[rule].name} ({subject})" if subject else book.rules[rule].name


def _name(book: RuleBook, number: int) -> str:
    return "nothing below zero" if number == NOBODY else book.rules[int(number)].name


def _names(book: RuleBook, numbers: Any) -> str:
    return _and([_name(book, number) for number in np.unique(numbers).tolist() if number != NOBODY]) or "zero"


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
