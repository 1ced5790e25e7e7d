"""Verdict: whether rules can hold together, with a point that keeps them or a certificate that they cannot.

No engine is believed: a point is put into the rows, a certificate is added up, in fractions where rules are as they
are stated. Arithmetic comes first: a floor above its cap, a row out of reach of its bounds, by more than floats can be
wrong. Then the rows that bounds alone do not keep, over one column for all cells alike in them, are asked for the least
sum of squared violations: where that is not zero, the violations themselves are the multipliers of a certificate.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from solver.engines.ortools import OrTools
from solver.engines.quadratic_program import Engine, Vector
from solver.infeasible.certificate import Certificate
from solver.infeasible.question import Alone, Question, certificate_of, refined
from solver.infeasible.system import System

_LARGEST_SECOND = 5_000
"""Columns up to which a second engine is asked too: a simplex is slow beyond, and the certificate is added up anyway."""

_LARGEST_SIMPLEX = 20_000
"""Rows up to which a simplex is asked before an interior-point method."""


@dataclass(frozen=True, eq=False)
class Verdict:
    """Whether rules can hold."""

    feasible: bool
    certificate: Certificate | None = None
    """The proof that they cannot."""


class UndecidedError(ArithmeticError):
    """No engine finds a point that keeps the rules or a proof that none does."""


def decide(system: System, engine: Engine, known: Alone | None = None) -> Verdict:
    """The verdict on a system; rows `known` to fail when dealt out are asked by themselves.

    Raises UndecidedError where nothing can be proved within what floats can tell.
    """
    if certificate := by_arithmetic(system):
        return Verdict(False, certificate)
    if system.apart:
        return Verdict(True)
    found = refined(system, lambda question: least_squares(question, engine), known)
    if found is not None:
        return found
    question = Question.of(system)
    found, _ = least_squares(question, engine)
    return found or least_sum(question, engine)


def confirmed(system: System, engine: Engine, second: Engine) -> tuple[str, ...]:
    """Who finds that rules cannot hold, of which there is a certificate: the engine, and another where that is asked."""
    if by_arithmetic(system):
        return ("arithmetic",)
    question = Question.of(system)
    if len(question.program.lower) > _LARGEST_SECOND:
        return (engine.name, "arithmetic")
    agrees = second.solve(question.program).termination == "infeasible"
    return (engine.name, second.name) if agrees else (engine.name, "arithmetic")


def by_arithmetic(system: System) -> Certificate | None:
    """A certificate of one cell or one row, where one is enough."""
    if part := system.impossible:
        return Certificate({part.rule: np.zeros(len(part.several))})
    gap = system.bounds.gap
    if gap.max(initial=0.0) > 0:
        # In shares of company targets: units of metrics cannot be compared.
        worst = np.argmax(gap / system.scale)
        return Certificate({}, np.array([worst], dtype=np.intp))
    rows = np.flatnonzero(system.row_gap > 0)
    if not len(rows):
        return None
    worst = rows[np.argmax(system.row_gap[rows] / system.row_scale[rows])]
    return _of_row(system, int(worst))


def _of_row(system: System, row: int) -> Certificate:
    """The certificate that one row is out of reach, or at odds with another over the same cells."""
    y = np.zeros(len(system.lower))
    below, above = (each[row] for each in system.tightest)
    if below != above and system.lower[below] - system.upper[above] >= system.row_gap[row]:
        y[[below, above]] = 1.0, -1.0
        return certificate_of(system, y)
    short = system.lower[row] - system.most[row] >= system.least[row] - system.upper[row]
    y[row] = 1.0 if short else -1.0
    return certificate_of(system, y)


def least_squares(question: Question, engine: Engine) -> tuple[Verdict | None, Question | None]:
    """The verdict by the least squared violations of all asked rows; None where it proves nothing.

    Then the finer question whose answer may prove something, if there is one.
    """
    asked, (rows, columns) = len(question.length), question.program.matrix.shape
    # A violation column each, of either sign: its least square is its row's multiplier, by the
    # optimality conditions.
    violations = sparse.csr_array(sparse.eye_array(rows, asked, format="csr"))
    solution = engine.solve(
        replace(
            question.program,
            curvature=np.concatenate([np.zeros(columns), np.ones(asked)]),
            cost=np.zeros(columns + asked),
            matrix=sparse.csr_array(sparse.hstack([question.program.matrix, violations])),
            lower=np.concatenate([question.program.lower, np.full(asked, -np.inf)]),
            upper=np.concatenate([question.program.upper, np.full(asked, np.inf)]),
        )
    )
    if solution.termination != "optimal":
        return None, None
    x = solution.x[:columns]
    found = _proved(question, x, solution.x[columns:])
    return found, None if found else question.finer(x)


def least_sum(question: Question, engine: Engine) -> Verdict:
    """The verdict by the least sum of violations: multipliers stay large where rules all but hold.

    Raises UndecidedError.
    """
    asked, (rows, columns) = len(question.length), question.program.matrix.shape
    violations = sparse.csr_array(sparse.eye_array(rows, asked, format="csr"))
    problem = replace(
        question.program,
        curvature=np.zeros(columns + 2 * asked),
        cost=np.concatenate([np.zeros(columns), np.ones(2 * asked)]),
        matrix=sparse.csr_array(sparse.hstack([question.program.matrix, violations, -violations])),
        lower=np.concatenate([question.program.lower, np.zeros(2 * asked)]),
        upper=np.concatenate([question.program.upper, np.full(2 * asked, np.inf)]),
    )
    # A vertex is surer, and of many rows takes minutes.
    for judge in (OrTools(), engine) if rows <= _LARGEST_SIMPLEX else (engine, OrTools()):
        solution = judge.solve(problem)
        if solution.termination != "optimal":
            continue
        found = _proved(question, solution.x[:columns], solution.multipliers[:asked])
        if found is not None:
            return found
    raise UndecidedError("no engine finds targets that keep the hard rules, or a proof that there are none")


def _proved(question: Question, x: Vector, y: Vector) -> Verdict | None:
    """The verdict that a point (columns,) or multipliers (asked rows,) prove, if they do.

    Multipliers come first: they are judged in fractions, and the point only within what floats can tell.
    """
    for thinned in question.thinned(y):
        certificate = question.certificate(thinned)
        if certificate.refutes(question.system):
            return Verdict(False, certificate)
    return Verdict(True) if question.kept_by(x) else None
