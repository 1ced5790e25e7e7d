"""PuLP, 3 or 4: linear programs by CBC or another solver that it can call, and written out for any other."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import eq, ge, le
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pulp
from scipy import sparse

from rules import CellIndex, RuleBook
from scenarios.installed import version
from solver.engines.quadratic_program import QuadraticProgram, Solution, Termination, Vector, nothing
from solver.model.program import NO_RULE, Limits, Program

_TERMINATIONS: dict[int, Termination] = {
    1: "optimal",
    0: "time_limit",
    -1: "infeasible",
    -2: "unbounded",
    -3: "infeasible",
    -4: "time_limit",
}
"""By PuLP's numbers, which 3 and 4 share as far as they go: what is undefined (-3) is infeasible or unbounded."""
_LONGEST = 100
"""Letters of a name: PuLP's writer of .lp files refuses longer ones."""
_LIKE_A_NUMBER = re.compile(r"[eE]?[0-9.]|[eE]$")
"""What readers of .lp files would take for a number, as 1st or e7: such a name gets an n before it; PuLP keeps
names with an underscore first for itself."""

Terms = Mapping[pulp.LpVariable, float]
Relation = Callable[[Any, float], Any]


class Pulp:
    """Linear programs only. PuLP's objects are slow past some ten thousand columns.

    HiGHS cannot be asked in one process with OR-Tools but through its command, `HiGHS_CMD`.
    """

    def __init__(self, solver: str = "CBC") -> None:
        """`solver` is CBC, which PuLP 3 brings along, or PuLP's name of one that is installed, say "GLPK_CMD".

        Raises ValueError for one that PuLP does not know or find.
        """
        self.name = f"PuLP, {solver}"
        self._solver = solver_named(solver)

    @property
    def version(self) -> str:
        """The version of PuLP."""
        return version("pulp")

    def solve(self, problem: QuadraticProgram) -> Solution:
        """The solution, with multipliers if the solver tells them. Raises ValueError for quadratic ones."""
        if not problem.linear:
            raise ValueError(f"{self.name} solves linear problems only")
        # Crossed limits are an answer by themselves, and need no files.
        if np.any(problem.lower > problem.upper) or np.any(problem.row_lower > problem.row_upper):
            return nothing("infeasible")
        solution = self._solved(problem)
        if solution.termination == "infeasible" and problem.cost.any() and self._has_a_point(problem):
            return nothing("unbounded")
        return solution

    def _has_a_point(self, problem: QuadraticProgram) -> bool:
        """Whether something keeps rows and bounds: presolves may call infeasible what is unbounded."""
        without = replace(problem, cost=np.zeros(len(problem.cost)))
        return self._solved(without).termination == "optimal"

    def _solved(self, problem: QuadraticProgram) -> Solution:
        model = pulp.LpProblem("program", pulp.LpMinimize)
        names = (f"c{number}" for number in range(len(problem.cost)))
        columns = _columns(model, names, problem.lower, problem.upper)
        model.setObjective(_sum(columns, problem.cost))
        rows = [
            _add_row(model, terms, f"r{number}", (f"r{number}l", f"r{number}u"), low, high)
            for number, (terms, low, high) in enumerate(
                zip(_terms(columns, problem.matrix), problem.row_lower, problem.row_upper, strict=True)
            )
        ]
        termination = self._run(model)
        if termination != "optimal":
            return nothing(termination)
        # PuLP leaves None where a column is in no row and costs nothing.
        x = np.array([column.varValue or 0.0 for column in columns])
        return Solution("optimal", x, np.array([sum(part.pi or 0.0 for part in row) for row in rows]))

    def _run(self, model: pulp.LpProblem) -> Termination:
        with TemporaryDirectory(prefix="cascade-") as folder:
            # PuLP speaks to solvers by files: in a folder of its own two solves cannot take each other's.
            solver = self._solver.copy()
            solver.tmpDir = folder
            try:
                answer = model.solve(solver)  # the status itself in PuLP 3, statistics that have it in 4
                return _TERMINATIONS.get(int(getattr(answer, "status", answer)), "error")
            except (
                pulp.PulpSolverError,
                OSError,
            ):  # a command that ends at once leaves no file of its answer
                return "error"


def solver_named(name: str) -> pulp.LpSolver:
    """PuLP's solver of this name; raises ValueError for one that PuLP does not know or find."""
    try:
        solver = _cbc() if name == "CBC" else pulp.getSolver(name, msg=False)
    except pulp.PulpSolverError:
        raise ValueError(f"PuLP knows no solver {name!r}: {', '.join(pulp.listSolvers())}") from None
    if not solver.available():
        hint = "; PuLP 4 has none of its own: install the command cbc, or cbcbox" if name == "CBC" else ""
        raise ValueError(f"PuLP does not find the solver {name!r} on this machine{hint}")
    return solver


def _cbc() -> pulp.LpSolver:
    """CBC from PuLP 3 itself; PuLP 4 finds the command `cbc`, or that of the package cbcbox."""
    brought = getattr(pulp, "PULP_CBC_CMD", None)
    return pulp.COIN_CMD(path=brought.pulp_cbc_path if brought else None, msg=False)


def write_program(program: Program, book: RuleBook, path: Path) -> None:
    """Writes the program, as .lp or .mps, for any solver to read.

    PuLP's writers of both are linear, so the objective is not the even spread's: it is the least total
    deviation from the fair shares, Σ (over + under), where a metric's amounts are weighted by the largest
    company target over its own. Floors, caps and rows are those of the even spread, each as a row named after
    its rule and the partner or group it speaks of. Columns are `x_partner`, with the metric and the period
    where there are several, and `over_…` and `under_…`. Numbers are written to twelve digits.

    Raises ValueError for another ending, OSError where the file cannot be written.
    """
    if path.suffix not in (".lp", ".mps"):
        raise ValueError(f"programs are written as .lp or .mps, and {path.name} is neither")
    model = _model(program, book)
    try:
        (model.writeLP if path.suffix == ".lp" else model.writeMPS)(str(path))
    except pulp.PulpError as error:  # PuLP 4's of a file that cannot be written
        raise OSError(str(error)) from None


def _model(program: Program, book: RuleBook) -> pulp.LpProblem:
    """Rows of a name of their own: rule and subject; `fair_share_…` measures the deviations."""
    model = pulp.LpProblem("allocation", pulp.LpMinimize)
    cells, names = _cell_names(book.frame), _Names()
    size = len(cells)
    free, zero = np.full(size, np.inf), np.zeros(size)
    x, over, under = (
        _columns(model, (names.new(what, cell) for cell in cells), zero, free)
        for what in ("x", "over", "under")
    )
    # Shares of company targets, times the largest so that numbers in the file stay near one.
    weight = program.scale.max(initial=0.0) / program.scale
    model.setObjective(_sum([*over, *under], np.concatenate([weight, weight])))
    for cell, share in enumerate(program.fair_share.tolist()):
        terms = {x[cell]: 1.0, over[cell]: -1.0, under[cell]: 1.0}
        name = names.new("fair share", cells[cell])
        _add_row(model, terms, name, (name, name), share, share)
    _add_rows(model, book, program.bounds, ({each: 1.0} for each in x), names)
    _add_rows(model, book, program.limits, _terms(x, program.matrix), names)
    return model


def _add_rows(
    model: pulp.LpProblem, book: RuleBook, limits: Limits, rows: Iterable[Terms], names: _Names
) -> None:
    owners = zip(limits.lower_rule.tolist(), limits.upper_rule.tolist(), strict=True)
    numbers = zip(limits.lower_row.tolist(), limits.upper_row.tolist(), strict=True)
    ends = zip(limits.lower.tolist(), limits.upper.tolist(), strict=True)
    for terms, rules, row, (low, high) in zip(rows, owners, numbers, ends, strict=True):
        least = -np.inf if rules[0] == NO_RULE else low
        labels = [
            names.new(*_label(book, rule, number)) if np.isfinite(limit) else ""
            for rule, number, limit in zip(rules, row, (least, high), strict=True)
        ]
        _add_row(model, terms, labels[0], (labels[0], labels[1]), least, high)


def _label(book: RuleBook, rule: int, row: int) -> tuple[str, str]:
    """The name of a rule, and whom its row speaks of."""
    if rule == NO_RULE:
        return "no_rule", ""
    return book.rules[rule].name, book.rows[rule].subject(row, book.frame.columns.ids)


def _cell_names(frame: CellIndex) -> list[str]:
    """Partner, then the metric and the period where there are several."""
    metrics = list(frame.metrics) if len(frame.metrics) > 1 else [""]
    return [
        " ".join(filter(None, (partner, metric, period)))
        for metric in metrics
        for period in frame.periods or ("",)
        for partner in frame.columns.ids
    ]


class _Names:
    """Names that every reader of these formats takes: plain letters, short, none twice."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def new(self, *parts: str) -> str:
        """A name of these parts that was not given before."""
        plain = unicodedata.normalize("NFKD", "_".join(filter(None, parts)))
        name = re.sub(r"[^A-Za-z0-9_.]+", "_", plain.encode("ascii", "ignore").decode())
        # Ten letters are left for the number that tells equal names apart.
        name = name.strip("_")[: _LONGEST - 10]
        if not name or _LIKE_A_NUMBER.match(name):
            name = f"n_{name}"
        found, count = name, 1
        while found in self._taken:
            count += 1
            found = f"{name}_{count}"
        self._taken.add(found)
        return found


def _columns(
    model: pulp.LpProblem, names: Iterable[str], lower: Vector, upper: Vector
) -> list[pulp.LpVariable]:
    return [
        model.add_variable(name, _finite(low), _finite(high))
        for name, low, high in zip(names, lower.tolist(), upper.tolist(), strict=True)
    ]


def _finite(limit: float) -> float | None:
    return limit if np.isfinite(limit) else None


def _sum(columns: Sequence[pulp.LpVariable], coefficients: Vector) -> pulp.LpAffineExpression:
    found = np.flatnonzero(coefficients).tolist()
    return _expression({columns[number]: float(coefficients[number]) for number in found})


def _expression(terms: Terms) -> pulp.LpAffineExpression:
    make = getattr(pulp.LpAffineExpression, "from_dict", pulp.LpAffineExpression)
    return make(terms)


def _terms(columns: Sequence[pulp.LpVariable], matrix: sparse.csr_array) -> Iterator[Terms]:
    """Row by row, column to coefficient."""
    for start, end in zip(matrix.indptr[:-1].tolist(), matrix.indptr[1:].tolist(), strict=True):
        mine = slice(start, end)
        entries = zip(matrix.indices[mine].tolist(), matrix.data[mine].tolist(), strict=True)
        yield {columns[number]: value for number, value in entries}


def _add_row(
    model: pulp.LpProblem, terms: Terms, both: str, sides: tuple[str, str], low: float, high: float
) -> list[pulp.LpConstraint]:
    """One constraint where both limits are the same, else one per limit there is, under their names."""
    # Two inequalities would hide from a reader, and from the presolve of a solver, that it is an equation.
    wanted: list[tuple[Relation, str, float]]
    wanted = [(eq, both, low)] if low == high else [(ge, sides[0], low), (le, sides[1], high)]
    return [
        _add_constraint(model, relation(_expression(terms), float(limit)), name)
        for relation, name, limit in wanted
        if np.isfinite(limit)
    ]


def _add_constraint(model: pulp.LpProblem, constraint: Any, name: str) -> pulp.LpConstraint:
    """The row in the model, which has its multiplier later: the constraint itself in PuLP 3, another object in 4."""
    added = model.addConstraint(constraint, name)
    return constraint if added is None else added
