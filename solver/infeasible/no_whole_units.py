"""No whole units: which hard rules leave none, and with which finer units they all hold.

The rules are a smallest set: a deletion filter (Chinneck & Dravnieks 1991) leaves out one rule after the other as
long as the others are still proved to have no whole answer. A finer unit is reported once whole targets are found.
Either question is asked of what units leave of bounds and rows first, then of rounding, and of a search last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from rules import RuleBook
from scenarios.values.rational_array import decimal_text
from solver.engines.quadratic_program import Engine, Vector
from solver.infeasible.incremental import IncrementalModel, RulePart
from solver.infeasible.integer_feasibility import whole_verdict
from solver.infeasible.whole_steps import has_whole_targets
from solver.integer.integer_program import IntegerProgram
from solver.integer.ranks import Ranks
from solver.integer.start import start_of
from solver.integer.unit_bounds import FAR
from solver.integer.whole_point import finds_whole_point, hard_rows
from solver.integer.whole_program import solve
from solver.integer.window import columns_of, everything, implied_most

_FINER = (2, 5, 10, 20, 50, 100, 1_000, 10_000, 1_000_000)
"""Parts into which units are divided, one after the other, until whole ones keep every hard rule."""


@dataclass(frozen=True)
class FinerUnits:
    """Units in which whole targets were found that keep every hard rule exactly."""

    round_to: Mapping[str, Fraction]
    """Metric to its finer unit."""

    def sentence(self, book: RuleBook) -> str:
        """As people read it."""
        was = {name: Fraction(metric.round_to) for name, metric in book.frame.metrics.items()}
        parts = [
            f"round_to {decimal_text(size)} for {metric} (it is {decimal_text(was[metric])})"
            for metric, size in self.round_to.items()
        ]
        return f"With {' and '.join(parts)} every hard rule holds."


@dataclass(frozen=True)
class NoWholeUnits:
    """The hard rules can hold, but not in whole units."""

    rules: tuple[str, ...]
    """A smallest set of rules that are proved to leave no whole units."""
    finer: tuple[FinerUnits, ...]
    """The coarsest units tried that every hard rule leaves; none where none of them was enough."""

    def sentences(self, book: RuleBook) -> tuple[str, ...]:
        """As people read it."""
        names = " and ".join(self.rules)
        message = f"{names} can hold, but in no whole units."
        return (message, *(finer.sentence(book) for finer in self.finer))


def no_whole_units(book: RuleBook, unrounded: Vector, engine: Engine) -> NoWholeUnits:
    """What leaves no whole units, after rounding targets (cells,) ended with a proof that there are none."""
    limiting = _smallest(IncrementalModel.of(book), unrounded, engine)
    names = tuple(book.rules[part.rule].name for part in limiting)
    return NoWholeUnits(names, tuple(_finer(book, unrounded, engine)))


def _smallest(model: IncrementalModel, unrounded: Vector, engine: Engine) -> list[RulePart]:
    """The hard rules without those that need not be there for the others to have no whole answer."""
    needed = model.hard
    for part in model.hard:
        others = [other.rule for other in needed if other is not part]
        if others and _is_refuted(model.restricted(others), unrounded, engine):
            needed = model.only(others)
    return needed


def _is_refuted(model: IncrementalModel, unrounded: Vector, engine: Engine) -> bool:
    """Whether the hard rules are proved to have no whole answer, wherever it lies."""
    if whole_verdict(model, engine) is False:
        return True
    return not has_whole_targets(model, engine) and _search_refutes(model, unrounded)


def _search_refutes(model: IncrementalModel, unrounded: Vector) -> bool:
    start = start_of(model.book, [part.block for part in model.hard], (), unrounded)
    window, ranks = everything(start), Ranks.of(model.book)
    rows = hard_rows(start, window)
    asked = np.unique(rows.matrix.indices)
    endless = np.minimum(start.hard.most, implied_most(start))[asked] >= FAR
    answer = solve(IntegerProgram.of(columns_of(start, window, ranks), rows))
    # Cells in no row may be endless: nothing of them is missing.
    return answer.counts is None and answer.settled and not endless.any()


def _finer(book: RuleBook, unrounded: Vector, engine: Engine) -> Iterator[FinerUnits]:
    """The coarsest finer unit of one metric that is enough, else of all of them."""
    metrics = list(book.frame.metrics)
    choices = [[metric] for metric in metrics] + ([metrics] if len(metrics) > 1 else [])
    for parts in _FINER:
        found = [
            finer
            for chosen in choices
            if (finer := _divided(book, chosen, parts)) and _is_enough(book, unrounded, finer, engine)
        ]
        if found:
            yield from found[: max(1, len(found) - 1)] if len(metrics) > 1 else found
            return


def _divided(book: RuleBook, metrics: Sequence[str], parts: int) -> FinerUnits:
    return FinerUnits({metric: Fraction(book.frame.metrics[metric].round_to) / parts for metric in metrics})


def _is_enough(book: RuleBook, unrounded: Vector, finer: FinerUnits, engine: Engine) -> bool:
    metrics = {
        name: replace(metric, round_to=finer.round_to.get(name, metric.round_to))
        for name, metric in book.frame.metrics.items()
    }
    finely = replace(book, frame=replace(book.frame, metrics=metrics))
    model = IncrementalModel.of(finely)
    found = has_whole_targets(model, engine)
    return _are_found(model, unrounded) if found is None else found


def _are_found(model: IncrementalModel, unrounded: Vector) -> bool:
    """Whether whole targets are found near the unrounded ones, where cells are of too many kinds for a brief search."""
    start = start_of(model.book, [part.block for part in model.hard], (), unrounded)
    return finds_whole_point(start)
