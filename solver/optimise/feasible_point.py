"""A feasible point of a program, or the proof that it has none.

The even spread is one where it is found at once. Otherwise the least squares of what rows are missed by, each scaled
to length one, decide: no miss is a point, and what pulls at the rows that are missed refutes them (see
`solver.model.refutation`). Where neither can be shown, the least sum of misses is looked for by the simplex method.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from scipy import sparse

from solver import tolerances
from solver.engines.ortools import OrTools
from solver.engines.quadratic_program import Engine, QuadraticProgram, Vector
from solver.infeasible.feasibility import origin, problem_of, widths, with_typical_shares
from solver.model.matrices import Matrix, absolute, by_columns, lengths, times
from solver.model.program import NO_RULE, ConstraintBlock, Limits, Program
from solver.model.refutation import ExactRules
from solver.optimise.decision import decide
from solver.optimise.even_spread import spread_evenly
from solver.optimise.feasible_set import FeasibleSet
from solver.optimise.priority_level import Level
from solver.optimise.stage import least_misses

_MISSED = 1e-9
"""Of scaled rows: the sum of misses at which a vertex counts as keeping them all, as simplex methods leave it."""


def feasible_point(
    region: FeasibleSet,
    blocks: Sequence[ConstraintBlock],
    rules: ExactRules,
    engine: Engine,
    refuted: Callable[[], bool] = lambda: False,
) -> Vector | None:
    """(cells,) targets that keep a set before any stage; None where a proof shows that there are none.

    `blocks` are those of the set, and `rules` the same as fractions. `refuted` may prove that there are none at less
    cost, and is asked once the quick way gives no spread. Raises ArithmeticError when neither can be shown.
    """
    if region.program.crossed:
        return None
    spread = spread_evenly(region.program, engine, refuted=refuted)
    # Only what is certified: an engine's "infeasible" proves nothing in floats, and neither does its
    # "optimal".
    if spread.certificate is not None and spread.certificate.sharp:
        return spread.x
    if _settled_rows_miss(region) or refuted():
        return None
    level = _rows_as_level(region)
    # The rows are the level whose misses are sought: kept as rows too, they would leave nothing to miss.
    free = Limits.free(len(region.program.row_lower), -np.inf)
    bounds_only = replace(region, program=replace(region.program, limits=free))
    found = least_misses(bounds_only, level, [engine])
    if found.certificate.cost <= tolerances.KEPT:
        return decide(bounds_only, level, found).point
    y = np.zeros(len(level.row))
    # At the least squares each multiplier is its row's miss: by Farkas they refute the rules, unless all
    # are zero.
    y[found.scaled.soft] = found.y / found.scaled.length
    if rules.refuted_by(_by_rule(region.program, blocks, y)):
        return None
    return _vertex(region.program, blocks, rules)


def _settled_rows_miss(region: FeasibleSet) -> bool:
    """Whether a row is missed all of whose cells have no choice: no stage weighs it, for nothing can bring it nearer."""
    program, opened = region.program, region.open.astype(np.float64)
    rows = absolute(program.matrix)
    amount = times(program.matrix, region.point)
    room = tolerances.STAGE_EXACT * times(rows, np.abs(region.point))
    missed = (amount < program.row_lower - room) | (amount > program.row_upper + room)
    return bool((missed & (times(rows, opened) == 0)).any())


def _by_rule(program: Program, blocks: Sequence[ConstraintBlock], y: Vector) -> dict[int, Vector]:
    """Rule to (its rows,) multipliers, from those of the program's rows (rows,), each of which is some rule's row."""
    found, limits = {}, program.limits
    for block in blocks:
        mine = found[block.rule] = np.zeros(len(block.lower))
        for active, rule, row in (
            (y > 0, limits.lower_rule, limits.lower_row),
            (y < 0, limits.upper_rule, limits.upper_row),
        ):
            chosen = np.flatnonzero(active & (rule == block.rule))
            # The program's row is the rule's over its first coefficient: y there is y / first on the rule's own.
            np.add.at(mine, row[chosen], y[chosen] / block.shape.first[row[chosen]])
    return found


def _vertex(program: Program, blocks: Sequence[ConstraintBlock], rules: ExactRules) -> Vector | None:
    """(cells,) targets of the least sum of misses, which are none; None where their multipliers refute the rules."""
    simplex, free = OrTools(), with_typical_shares(program)
    problem = problem_of(free)
    rows, columns = problem.matrix.shape
    miss = sparse.eye_array(rows, format="csr")
    solution = simplex.solve(
        QuadraticProgram(
            curvature=np.zeros(columns + 2 * rows),
            cost=np.concatenate([np.zeros(columns), np.ones(2 * rows)]),
            matrix=Matrix(sparse.hstack([problem.matrix, miss, -miss])),
            row_lower=problem.row_lower,
            row_upper=problem.row_upper,
            lower=np.concatenate([problem.lower, np.zeros(2 * rows)]),
            upper=np.concatenate([problem.upper, np.full(2 * rows, np.inf)]),
        )
    )
    if solution.termination == "optimal":
        if solution.x[columns:].sum() <= _MISSED:
            x = origin(free) + widths(free) * solution.x[:columns]
            return np.clip(x, program.lower, program.upper)
        length = lengths(by_columns(program.matrix, widths(free)))
        if rules.refuted_by(_by_rule(program, blocks, solution.multipliers / np.maximum(length, 1e-300))):
            return None
    raise ArithmeticError(f"{simplex.name} ends with {solution.termination} on a question of feasibility")


def _rows_as_level(region: FeasibleSet) -> Level:
    """The rows of several cells as one level, each miss measured by the length of its row."""
    rows = np.arange(len(region.program.row_lower))
    # 1e-300: a row without cells has no length, and nothing is divided by zero.
    price = 1 / np.maximum(lengths(by_columns(region.program.matrix, region.width)), 1e-300) ** 2
    return Level(
        rule=region.program.limits.upper_rule,
        row=rows,
        cell=np.full(len(rows), NO_RULE, dtype=np.intp),
        lower=region.program.row_lower,
        upper=region.program.row_upper,
        price_lower=price,
        price_upper=price,
    )
