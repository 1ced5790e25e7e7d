"""Allocation: all targets of a run with everything that explains and proves them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rules import Frame, RuleBook
from rules.kinds.company_target import CompanyTarget
from scenarios import Scenario
from scenarios.exact import Exact, decimal_text
from solver.audit import Audit
from solver.conflict import Conflicts
from solver.effects import Effect, tight
from solver.elastic import Settlement
from solver.engines.problem import Termination, Vector
from solver.evenness import evenness
from solver.goals import Outcome, unevenness
from solver.program import NOBODY, Demand
from solver.receipt import Receipts
from solver.rounding import Rounded

State = Literal["succeeded", "infeasible", "failed"]


@dataclass(frozen=True, eq=False)
class Allocation:
    """The answer to a scenario. Arrays over cells are in the frame's order: metric, period, partner by id."""

    scenario: Scenario
    book: RuleBook
    state: State
    """succeeded: the targets may be given out; infeasible: see the conflict; failed: see the reason."""
    termination: Termination
    """What the solver said."""
    engines: Mapping[str, str]
    """Name of each engine to its version."""
    seconds: Mapping[str, float]
    """Stage to seconds."""
    reason: str = ""
    """Why it failed."""
    conflict: Conflicts | None = None
    settlement: Settlement | None = None
    rounded: Rounded | None = None
    receipts: Receipts | None = None
    audit: Audit | None = None
    effects: tuple[Effect, ...] = ()
    goals: tuple[Outcome, ...] = ()

    @property
    def frame(self) -> Frame:
        """The cells."""
        return self.book.frame

    @property
    def fair_share(self) -> Vector:
        """(cells,) in each metric's unit."""
        return self.frame.fair_shares.floats

    @property
    def floor(self) -> Vector:
        """(cells,) the floor within which each target was sought; zero where no rule sets one."""
        return self._settled.program.lower

    @property
    def cap(self) -> Vector:
        """(cells,) the cap within which each target was sought; infinite where no rule sets one."""
        return self._settled.program.upper

    @property
    def unrounded(self) -> Vector:
        """(cells,) the even spread."""
        return self._settled.spread.x

    @property
    def target(self) -> Exact:
        """(cells,) the targets. Raises ValueError where there are none."""
        if self.rounded is None:
            raise ValueError(f"an allocation that is {self.state} has no targets")
        return self.rounded.targets

    @property
    def _settled(self) -> Settlement:
        if self.settlement is None:
            raise ValueError(f"an allocation that is {self.state} has no targets")
        return self.settlement

    @cached_property
    def binding(self) -> NDArray[np.object_]:
        """(cells,) the names, `;` between, of the rules that a target stands at or that pull it; not its total."""
        names = np.full(self.frame.size, "", dtype=object)
        program, spread = self._settled.program, self._settled.spread
        at_bound = (self.unrounded <= self.floor) | (self.unrounded >= self.cap)
        puller = np.where(spread.multipliers == 0, NOBODY, program.row_rule(spread.multipliers))
        forcer = np.full(len(puller), NOBODY, dtype=np.intp)
        for row in np.flatnonzero(spread.forced).tolist():
            forcer[row] = program.tightest_rule(row)
        for demand in self._settled.demands:
            rule = self.book.rules[demand.rule]
            if not isinstance(rule, CompanyTarget):
                bound = self._at(demand) | self._in(forcer == demand.rule)
                names[bound | (self._in(puller == demand.rule) & ~at_bound)] += f"; {rule.name}"
        return np.array([name[2:] for name in names.tolist()], dtype=object)

    def _at(self, demand: Demand) -> NDArray[np.bool_]:
        """(cells,) the cells that stand at a bound of the rule."""
        cells = np.zeros(self.frame.size, dtype=bool)
        cells[demand.cell[tight(demand, self.unrounded)[demand.single]]] = True
        return cells

    def _in(self, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(cells,) the cells of these rows (rows,) of the program."""
        cells = np.zeros(self.frame.size, dtype=bool)
        cells[np.unique(self._settled.program.matrix[np.flatnonzero(rows)].indices)] = True
        return cells

    def document(self) -> dict[str, Any]:
        """What result.json says of the answer itself."""
        return {
            "state": self.state,
            "termination": self.termination,
            **({"reason": self.reason} if self.reason else {}),
            **({"conflict": self.conflict.document()} if self.conflict else {}),
            **(self._answer() if self.rounded else {}),
            "engines": dict(self.engines),
        }

    def _answer(self) -> dict[str, Any]:
        assert self.rounded is not None
        assert self.audit is not None
        by = tuple(self.scenario.cascade)
        return {
            "totals": self._totals(),
            "rules": [effect.document() for effect in self.effects],
            "goals": [outcome.document() for outcome in self.goals],
            "unevenness": float(f"{unevenness(self._settled):.9g}"),
            "spread": evenness(self.frame, self.fair_share, self.target.floats(), by),
            "rounding": self._rounding(),
            "audit": self.audit.document(),
            "certificate": self._certificate(),
        }

    def _totals(self) -> dict[str, Any]:
        return {
            metric: {
                "unit": asked.unit,
                "company_target": decimal_text(self.frame.totals[metric]),
                "placed": decimal_text(self.target[self.frame.cells(metric).ravel()].sum()),
                "baseline": decimal_text(self.frame.baseline(metric).sum()),
                "partners": self.frame.partners,
            }
            for metric, asked in self.frame.metrics.items()
        }

    def _rounding(self) -> dict[str, Any]:
        assert self.rounded is not None
        ids = self.frame.columns.ids
        kept, odd = (np.flatnonzero(m) % self.frame.partners for m in (self.rounded.kept, self.rounded.odd))
        return {
            "distance_in_units": round(self.rounded.distance, 6),
            "kept_their_bound": [ids[p] for p in kept.tolist()],
            "carry_an_odd_remainder": [ids[p] for p in odd.tolist()],
        }

    def _certificate(self) -> dict[str, Any]:
        proof = self._settled.spread.certificate
        if proof is None:
            return {}
        return {
            "duality_gap": abs(proof.gap),
            "largest_violation": proof.residual,
            "newton_steps": proof.steps,
            "exact": proof.exact,
            "multipliers_unique": proof.unique,
        }
