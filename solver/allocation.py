"""Allocation: all targets of a run with everything that explains and proves them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from rules import CellIndex, RuleBook
from rules.kinds.company_target import CompanyTarget
from scenarios import Scenario
from scenarios.values.rational_array import Exact, decimal_text
from solver.audit import Audit
from solver.engines.quadratic_program import Termination, Vector
from solver.explain.effects import Effect, tight
from solver.explain.receipts import Receipts
from solver.explain.stretch import evenness
from solver.integer.rounding import Rounded
from solver.model.program import NO_RULE, ConstraintBlock
from solver.optimise.elastic import ElasticSolution
from solver.optimise.goals import Outcome, unevenness
from solver.optimise.stage_solution import StageCertificate

if TYPE_CHECKING:
    from solver.infeasible.conflict import Conflicts

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
    elastic: ElasticSolution | None = None
    rounded: Rounded | None = None
    receipts: Receipts | None = None
    audit: Audit | None = None
    effects: tuple[Effect, ...] = ()
    goals: tuple[Outcome, ...] = ()

    @property
    def frame(self) -> CellIndex:
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
    def placed(self) -> Exact:
        """(cells,) what the company's totals are made of: the targets, and in a re-plan what was done before."""
        return self.target

    @property
    def _settled(self) -> ElasticSolution:
        if self.elastic is None:
            raise ValueError(f"an allocation that is {self.state} has no targets")
        return self.elastic

    @cached_property
    def binding(self) -> NDArray[np.object_]:
        """(cells,) the names, `;` between, of the rules that a target stands at or that pull it; not its total."""
        names = np.full(self.frame.size, "", dtype=object)
        program, spread = self._settled.program, self._settled.spread
        at_bound = (self.unrounded <= self.floor) | (self.unrounded >= self.cap)
        puller = np.where(spread.multipliers == 0, NO_RULE, program.row_rule(spread.multipliers))
        for block in self._settled.blocks:
            rule = self.book.rules[block.rule]
            # A total pulls at everyone: named on each target it would say nothing.
            if not isinstance(rule, CompanyTarget):
                # Three ways to bind: at the rule's own bound, fixed by it, or pulled by its rows while no
                # bound holds the cell.
                bound = self._at(block) | (spread.raised_by == block.rule) | (spread.lowered_by == block.rule)
                names[bound | (self._in(puller == block.rule) & ~at_bound)] += f"; {rule.name}"
        return np.array([name[2:] for name in names.tolist()], dtype=object)

    def _at(self, block: ConstraintBlock) -> NDArray[np.bool_]:
        """(cells,) the cells that stand at a bound of the rule."""
        cells = np.zeros(self.frame.size, dtype=bool)
        cells[block.cell[tight(block, self.unrounded)[block.single]]] = True
        return cells

    def _in(self, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(cells,) the cells of these rows (rows,) of the program."""
        cells = np.zeros(self.frame.size, dtype=bool)
        cells[self._settled.program.matrix[np.flatnonzero(rows)].indices] = True
        return cells

    def document(self) -> dict[str, Any]:
        """What result.json says of the answer itself."""
        return {
            "state": self.state,
            "termination": self.termination,
            **({"reason": self.reason} if self.reason else {}),
            **({"conflict": self.conflict.summary()} if self.conflict else {}),
            **(self._answer() if self.rounded else {}),
            "engines": dict(self.engines),
        }

    def _answer(self) -> dict[str, Any]:
        assert self.rounded is not None
        assert self.audit is not None
        by = self.scenario.level_columns
        return {
            "totals": self._totals(),
            "rules": [effect.document() for effect in self.effects],
            "goals": [outcome.document() for outcome in self.goals],
            "unevenness": self.unevenness,
            "spread": evenness(self.frame, self.fair_share, self.target.floats(), by),
            "rounding": self._rounding(),
            "audit": self.audit.document(),
            "certificate": self.certificate,
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
            "proved_least": self.rounded.least,
            "targets_not_kept": self.rounded.targets_off,
            "totals_not_kept": [total.document() for total in self.rounded.unkept],
        }

    @property
    def unevenness(self) -> float:
        """The chi-square distance from the fair shares, in shares of the company target; nine digits."""
        # Nine digits: the last ones depend on the order in which a machine adds up.
        return float(f"{unevenness(self._settled):.9g}")

    @property
    def certificate(self) -> dict[str, float | bool | list[dict[str, float | bool | str]]]:
        """How exact the unrounded answer is proven to be; empty without a proof."""
        proof = self._settled.spread.certificate
        if proof is None:
            return {}
        return {
            "duality_gap": abs(proof.gap),
            "largest_violation": proof.residual,
            "newton_steps": proof.steps,
            "exact": self._settled.exact,
            "multipliers_unique": proof.unique,
            "stages": [_stage(stage) for stage in self._settled.stages],
        }


def _stage(proof: StageCertificate) -> dict[str, float | bool | str]:
    """What proves that a priority misses no more than it must; gaps as parts of what its misses cost."""
    named = "partners without a fair share" if proof.priority is None else f"priority {proof.priority}"
    return {
        "stage": named,
        "relative_gap": proof.relative_gap,
        "largest_violation": proof.violation,
        "newton_steps": proof.steps,
        "exact": proof.exact,
    }
