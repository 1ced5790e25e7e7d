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

from rules import Rule, RuleBook
from scenarios import Place
from scenarios.exact import decimal_text
from solver.elastic import give_way
from solver.engines.problem import Engine
from solver.feasible import feasible
from solver.program import NOBODY, Demand, Program, assemble

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
    if len(program.crossed):
        worst = program.crossed[np.argmax(program.lower[program.crossed] - program.upper[program.crossed])]
        rules = {int(program.floor_rule[worst]), int(program.cap_rule[worst])}
    else:
        rules = _relaxed(book, program, hard, engine)
    found = [d for d in hard if d.rule in rules]
    return found if not _can_hold(book, found, engine) else hard


def _relaxed(book: RuleBook, program: Program, hard: list[Demand], engine: Engine) -> set[int]:
    """The rules that a least-squares relaxation of all rows of several cells finds at odds."""
    against: dict[int, tuple[int, ...]] = {}
    bounds_only = replace(
        _awake(program),
        matrix=sparse.csr_array((0, len(program.lower))),
        row_lower=np.empty(0),
        row_upper=np.empty(0),
        row_rule=np.empty(0, dtype=np.intp),
        row_number=np.empty(0, dtype=np.intp),
    )
    several = [_several(d) for d in hard if not d.single.all()]
    give_way(book, bounds_only, several, engine, against)
    return set(against) | {rule for rules in against.values() for rule in rules}


def _several(demand: Demand) -> Demand:
    rows = np.flatnonzero(~demand.single & (np.diff(demand.matrix.indptr) > 0))
    return Demand(demand.rule, sparse.csr_array(demand.matrix[rows]), demand.lower[rows], demand.upper[rows])


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
    if not len(program.crossed):
        (reached,) = give_way(book, program, [demand], engine, {})
        lacking = round(Fraction(float(reached.given_by(demand).sum())), 2)
    units = {book.frame.metrics[m].unit for m in ([rule.metric] if rule.metric else book.frame.metrics)}
    return Party(rule.name, rule.kind, book.places[rule.name], lacking, units.pop() if len(units) == 1 else "")


def _caught(program: Program) -> np.ndarray[Any, np.dtype[np.intp]]:
    """The cells that clash on their own, or else all cells of rows that are out of reach, or of all rows."""
    if len(program.crossed):
        return program.crossed
    beyond = (program.least > program.row_upper) | (program.most < program.row_lower)
    matrix = program.matrix[np.flatnonzero(beyond)] if beyond.any() else _smallest(program)
    return np.unique(matrix.indices).astype(np.intp)


def _smallest(program: Program) -> sparse.csr_array:
    sizes = np.diff(program.matrix.indptr)
    return sparse.csr_array(program.matrix[np.flatnonzero(sizes == sizes.min(initial=0))])


def _sentences(book: RuleBook, program: Program, parties: tuple[Party, ...], touched: int) -> list[str]:
    if len(program.crossed):
        return _cell_sentences(book, program)
    said = [_row_sentence(book, program, row) for row in range(program.matrix.shape[0])]
    return [sentence for sentence in said if sentence] or [
        f"{_and([p.rule for p in parties])} cannot hold together for {touched:,} partners."
    ]


def _cell_sentences(book: RuleBook, program: Program) -> list[str]:
    lacking = program.lower[program.crossed] - program.upper[program.crossed]
    order = program.crossed[np.argsort(-lacking, kind="stable")]
    said = [_cell_sentence(book, program, int(cell)) for cell in order[:_SHOWN]]
    more = len(order) - len(said)
    whole = f"{more:,} more partners are caught likewise; together {lacking.sum():,.2f} is lacking."
    return said + ([whole] if more else [])


def _cell_sentence(book: RuleBook, program: Program, cell: int) -> str:
    floor, cap = _name(book, program.floor_rule[cell]), _name(book, program.cap_rule[cell])
    least, most = program.lower[cell], program.upper[cell]
    who = book.frame.columns.ids[cell % book.frame.partners]
    return (
        f"{floor} asks at least {least:,.2f} of {who}, and {cap} allows at most {most:,.2f}: "
        f"{least - most:,.2f} is lacking."
    )


def _row_sentence(book: RuleBook, program: Program, row: int) -> str | None:
    """The arithmetic of a row that its cells' bounds keep out of reach."""
    rule = book.rules[int(program.row_rule[row])]
    least, most = program.least[row], program.most[row]
    low, high = program.row_lower[row], program.row_upper[row]
    cells = program.matrix[[row]].indices
    if most < low:
        owners = _names(book, program.cap_rule[cells])
        return (
            f"{_said(book, program, rule, row)} asks at least {low:,.2f}, and the caps of its {len(cells):,} targets "
            f"({owners}) come to {most:,.2f}: {low - most:,.2f} is lacking."
        )
    if least > high:
        owners = _names(book, program.floor_rule[cells])
        return (
            f"{_said(book, program, rule, row)} allows at most {high:,.2f}, and the floors of its {len(cells):,} "
            f"targets ({owners}) come to {least:,.2f}: {least - high:,.2f} too much."
        )
    return None


def _said(book: RuleBook, program: Program, rule: Rule, row: int) -> str:
    rows = book.rows[int(program.row_rule[row])]
    subject = rows.subject(int(program.row_number[row]), book.frame.columns.ids)
    return f"{rule.name} ({subject})" if subject else rule.name


def _name(book: RuleBook, number: int) -> str:
    return "nothing below zero" if number == NOBODY else book.rules[int(number)].name


def _names(book: RuleBook, numbers: Any) -> str:
    return _and([_name(book, number) for number in np.unique(numbers).tolist() if number != NOBODY]) or "zero"


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
