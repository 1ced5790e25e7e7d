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

from rules import RuleBook
from scenarios import Place
from scenarios.exact import decimal_text
from solver.elastic import give_way
from solver.engines.problem import Engine
from solver.feasible import feasible
from solver.program import NOBODY, Demand, Limits, Program, assemble

_SHOWN = 5


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
    """By how much its limits would have to give way if it gave way alone; None if that alone makes no peace."""
    unit: str
    """The unit of that amount."""


@dataclass(frozen=True)
class Conflict:
    """Why the hard rules cannot all hold."""

    parties: tuple[Party, ...]
    """The smallest set of rules: any one of them removed, the others can hold."""
    sentences: tuple[str, ...]
    """The arithmetic, in words."""
    touched: tuple[str, ...]
    """The partners caught between the rules."""
    confirmed_by: tuple[str, ...]
    """The engines that found it so."""

    @property
    def rules(self) -> tuple[str, ...]:
        """The names of the rules."""
        return tuple(party.rule for party in self.parties)

    def document(self) -> dict[str, Any]:
        """As it stands in result.json."""
        return {
            "rules": [
                {
                    "rule": p.rule,
                    "kind": p.kind,
                    "file": p.place.file,
                    "line": p.place.line,
                    "lacking": None if p.lacking is None else decimal_text(p.lacking, decimals=2),
                    "unit": p.unit,
                }
                for p in self.parties
            ],
            "sentences": list(self.sentences),
            "touched": list(self.touched),
            "confirmed_by": list(self.confirmed_by),
        }


def find_conflict(book: RuleBook, demands: Sequence[Demand], engine: Engine, second: Engine) -> Conflict:
    """The conflict among hard demands that cannot all hold.

    Raises ArithmeticError when the engines disagree about it.
    """
    hard = [d for d in demands if book.rules[d.rule].hard]
    candidates = _candidates(book, hard, engine)
    least = _deletion_filter(book, candidates, engine)
    program = assemble(book.frame, least)
    if feasible(_awake(program), second):
        raise ArithmeticError(f"{engine.name} finds a conflict among rules that {second.name} finds can hold")
    parties = tuple(_party(book, demand, least, engine) for demand in least)
    cells = _caught(program)
    touched = tuple(dict.fromkeys(book.frame.columns.ids[cell % book.frame.partners] for cell in cells.tolist()))
    sentences = tuple(_sentences(book, program, parties, len(touched)))
    return Conflict(parties, sentences, touched, (engine.name, second.name))


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
    bounds_only = _awake(program).with_rows(sparse.csr_array((0, len(program.lower))))
    several = [d.part(np.flatnonzero(d.shape.entries > 1)) for d in hard if not d.single.all()]
    give_way(book, bounds_only, several, engine, against)
    return set(against) | {rule for rules in against.values() for rule in rules}


def _worst(limits: Limits) -> tuple[int, int] | None:
    """The two rules that are furthest apart over one thing, if any cross."""
    if not len(limits.crossed):
        return None
    worst = limits.crossed[np.argmax((limits.lower - limits.upper)[limits.crossed])]
    return int(limits.lower_rule[worst]), int(limits.upper_rule[worst])


def _awake(program: Program) -> Program:
    """The program with cells without a fair share as free as any other."""
    typical = program.scale / max(1, len(program.scale))
    return replace(program, fair_share=np.where(program.fair_share > 0, program.fair_share, typical))


def _can_hold(book: RuleBook, demands: Sequence[Demand], engine: Engine) -> bool:
    return feasible(_awake(assemble(book.frame, demands)), engine)


def _deletion_filter(book: RuleBook, demands: list[Demand], engine: Engine) -> list[Demand]:
    """The demands less every one that the clash does not need; bounds of single partners are tried first."""
    needed = list(demands)
    for demand in sorted(demands, key=lambda d: (not d.single.all(), -d.rule)):
        others = [d for d in needed if d is not demand]
        if others and not _can_hold(book, others, engine):
            needed = others
    return needed


def _party(book: RuleBook, demand: Demand, least: list[Demand], engine: Engine) -> Party:
    rule = book.rules[demand.rule]
    others = [d for d in least if d is not demand]
    program = _awake(assemble(book.frame, others))
    lacking = None
    if not program.crossed:
        (reached,) = give_way(book, program, [demand], engine, {})
        lacking = round(Fraction(float(reached.given_by(demand).sum())), 2)
    units = {book.frame.metrics[m].unit for m in ([rule.metric] if rule.metric else book.frame.metrics)}
    return Party(rule.name, rule.kind, book.places[rule.name], lacking, units.pop() if len(units) == 1 else "")


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
    return sparse.csr_array(program.matrix[np.flatnonzero(sizes == sizes.min(initial=0))])


def _sentences(book: RuleBook, program: Program, parties: tuple[Party, ...], touched: int) -> list[str]:
    if len(program.bounds.crossed):
        return _cell_sentences(book, program)
    said = [_row_sentence(book, program, row) for row in range(program.matrix.shape[0])]
    return [sentence for sentence in said if sentence] or [
        f"{_and([p.rule for p in parties])} cannot hold together for {touched:,} partners."
    ]


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
