"""Where a stage ends: a point and multipliers, with the certificate that they come to."""

from __future__ import annotations

from dataclasses import dataclass

from solver import tolerances
from solver.engines.quadratic_program import Vector
from solver.optimise.scaled_stage import ScaledStage


@dataclass(frozen=True)
class StageCertificate:
    """The proof that a priority misses no more than it must."""

    cost: float
    """½ Σ weight · (miss / unit)²."""
    gap: float
    """The cost less the dual's bound on it."""
    violation: float
    """The most by which a scaled row that must hold is broken."""
    steps: int
    """Newton steps taken."""
    priority: int | None = None
    """Whose misses they are; None: what cells without a fair share get beyond their floors."""

    @property
    def relative_gap(self) -> float:
        """The gap as a part of the cost; of misses below 1e-9 of their unit none is said."""
        # A cost of zero is no measure: below the floor a gap of KEPT is just exact.
        return abs(self.gap) / max(self.cost, tolerances.KEPT / tolerances.STAGE_EXACT)

    @property
    def exact(self) -> bool:
        """Whether the misses are least, and so unique, to the last digits of floats."""
        return self.relative_gap <= tolerances.STAGE_EXACT and self.violation <= tolerances.STAGE_EXACT


@dataclass(frozen=True, eq=False)
class StageSolution:
    """Where a stage ended."""

    scaled: ScaledStage
    v: Vector
    """(columns,)"""
    y: Vector
    """(rows,) multipliers, in the measure of what misses cost."""
    certificate: StageCertificate


@dataclass(frozen=True, eq=False)
class StageMemory:
    """Where a stage ended, for one like it to start from."""

    point: Vector
    """(cells,) targets."""
    rows: Vector
    """(set's rows,) multipliers of rows that must hold."""
    own: Vector
    """(level's rows,) multipliers of the level's rows."""


def judged(scaled: ScaledStage, v: Vector, y: Vector, steps: int) -> StageSolution:
    """A point (columns,) and multipliers (rows,) with the certificate that they come to."""
    cost = scaled.cost(v)
    # No multipliers at all prove that misses cost nothing or more.
    proof = StageCertificate(cost, min(cost, scaled.gap(y, v)), scaled.violation(v), steps)
    return StageSolution(scaled, v, y, proof)


def clean(found: StageSolution) -> bool:
    """Whether it is so near that the stages after it will not notice: what one leaves open, the next must bear."""
    proof = found.certificate
    return proof.relative_gap <= tolerances.STAGE_CLEAN and proof.violation <= tolerances.CLEAN


def rank(found: StageSolution) -> float:
    """How far it is from clean, at most one where it is."""
    proof = found.certificate
    return max(proof.relative_gap / tolerances.STAGE_CLEAN, proof.violation / tolerances.CLEAN)
